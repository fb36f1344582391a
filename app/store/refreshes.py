"""Runs over all accounts, as rows: implements app.pool.refreshing.RefreshBook.

The newest ten runs are kept. Never: asks the upstream anything.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Count

from app.clock import Clock
from app.ids import AccountId, random_token
from app.pool.refreshing import ALL_PARTS, STALE_S, Asked, ItemState, Part, RefreshItem, RefreshRun, RunState
from app.store.models import RefreshItemRow, RefreshRunRow
from app.store.rows import fitting, read_row, read_rows
from app.store.tx import Database, run_in_tx, run_query

_KEPT = 10
_OPEN: Final = (RunState.RUNNING, RunState.PAUSED)
_BEFORE: Final[dict[RunState, tuple[RunState, ...]]] = {
    RunState.RUNNING: (RunState.PAUSED,),
    RunState.PAUSED: (RunState.RUNNING,),
    RunState.CANCELLED: _OPEN,
    RunState.DONE: (),
}
_LONGEST_REASON = 500
MOST_PARALLEL = 32


class _Columns(Struct, frozen=True):
    """What the row of a run must hold."""

    id: str
    state: RunState
    parallel: Annotated[int, msgspec.Meta(ge=1, le=MOST_PARALLEL)]
    created_at: float
    ended_at: float | None
    worker: str
    beat_at: float
    parts: str
    stopped: str
    scope: str


class StoredRefreshes:
    """Reads and changes runs; see the protocol for what each method promises."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(
        self,
        accounts: Sequence[Asked],
        *,
        parallel: int,
        parts: frozenset[Part] = ALL_PARTS,
        scope: str = "",
    ) -> RefreshRun:
        """A new run about these accounts; the one that is not over, if there is one, which then goes on."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun:
            rows = await RefreshRunRow.filter(state__in=_OPEN).order_by("created_at")
            row = next((one for one in rows if read_row(one, _columns) is not None), None)
            if row is None:
                row = await self._created(accounts, parallel, parts, scope)
                await _forget_old()
            elif row.state != RunState.RUNNING:
                row.state, row.stopped = RunState.RUNNING, ""
                await row.save(update_fields=["state", "stopped"])
            return await _told(_columns(row))

        return await run_in_tx(self._database, work)

    async def find(self, run: str) -> RefreshRun | None:
        """One run."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            return await _told_or_none(await RefreshRunRow.get_or_none(id=run))

        return await run_query(self._database, work)

    async def all(self) -> tuple[RefreshRun, ...]:
        """Every run that is kept, newest first."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshRun, ...]:
            rows = await RefreshRunRow.all().order_by("-created_at", "id")
            return tuple([run for row in rows if (run := await _told_or_none(row)) is not None])

        return await run_query(self._database, work)

    async def items(self, run: str) -> tuple[RefreshItem, ...]:
        """The accounts of a run, in the order in which they are asked about."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshItem, ...]:
            return read_rows(await RefreshItemRow.filter(run=run).order_by("place"), _item)

        return await run_query(self._database, work)

    async def failed(self, run: str) -> tuple[RefreshItem, ...]:
        """The accounts of a run that failed, in the order in which they were asked about."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshItem, ...]:
            rows = RefreshItemRow.filter(run=run, state=ItemState.FAILED.value)
            return read_rows(await rows.order_by("place"), _item)

        return await run_query(self._database, work)

    async def items_of(self, run: str, accounts: Sequence[AccountId]) -> tuple[RefreshItem, ...]:
        """Of a run only these accounts."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshItem, ...]:
            rows = RefreshItemRow.filter(run=run, account__in=list(accounts))
            return read_rows(await rows.order_by("place"), _item)

        return await run_query(self._database, work)

    async def settled_since(self, run: str, at: float) -> int:
        """How many accounts were done or failed since an instant."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await RefreshItemRow.filter(run=run, ended_at__gte=at).count()

        return await run_query(self._database, work)

    async def steer(self, run: str, state: RunState) -> RefreshRun | None:
        """Pause, cancel or go on, where that can follow; gives the run as it stands then."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            ended_at = self._clock.now() if state is RunState.CANCELLED else None
            rows = RefreshRunRow.filter(id=run, state__in=_BEFORE[state])
            await rows.update(state=state.value, ended_at=ended_at, stopped="")
            return await _told_or_none(await RefreshRunRow.get_or_none(id=run))

        return await run_in_tx(self._database, work)

    async def stop(self, run: str, reason: str) -> None:
        """Pause a run that should not go on by itself, and note why."""

        async def work(client: BaseDBAsyncClient) -> None:
            rows = RefreshRunRow.filter(id=run, state=RunState.RUNNING.value)
            await rows.update(state=RunState.PAUSED.value, stopped=reason[:_LONGEST_REASON])

        await run_in_tx(self._database, work)

    async def unattended(self, worker: str = "") -> RefreshRun | None:
        """The run that should be going on and has no living worker but `worker`, who asks."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            for row in await RefreshRunRow.filter(state=RunState.RUNNING.value).order_by("created_at"):
                columns = read_row(row, _columns)
                if columns is not None and (columns.worker in ("", worker) or self._is_gone(columns)):
                    return await _told(columns)
            return None

        return await run_query(self._database, work)

    async def claim(self, run: str, worker: str) -> bool:
        """Make `worker` the only one at a run; what a lost one left half done waits again."""

        async def work(client: BaseDBAsyncClient) -> bool:
            row = await RefreshRunRow.select_for_update().get_or_none(id=run)
            columns = read_row(row, _columns)
            if row is None or columns is None:
                return False
            if columns.worker not in ("", worker) and not self._is_gone(columns):
                return False
            row.worker, row.beat_at = worker, self._clock.now()
            await row.save(update_fields=["worker", "beat_at"])
            left = RefreshItemRow.filter(run=run, state=ItemState.RUNNING.value)
            await left.update(state=ItemState.WAITING.value)
            return True

        return await run_in_tx(self._database, work)

    async def beat(self, run: str, worker: str) -> None:
        """A sign of life."""

        async def work(client: BaseDBAsyncClient) -> None:
            await RefreshRunRow.filter(id=run, worker=worker).update(beat_at=self._clock.now())

        await run_in_tx(self._database, work)

    async def take(self, run: str) -> RefreshItem | None:
        """The next account to ask about; None when there is none, or the run shall not go on."""

        async def work(client: BaseDBAsyncClient) -> RefreshItem | None:
            # Locked, so that two who take at once do not take the same.
            row = await RefreshRunRow.select_for_update().get_or_none(id=run)
            if row is None or row.state != RunState.RUNNING:
                return None
            waiting = RefreshItemRow.filter(run=run, state=ItemState.WAITING.value)
            item = await waiting.order_by("place").first()
            if item is None:
                return None
            item.state = ItemState.RUNNING
            await item.save(update_fields=["state"])
            return _item(item)

        return await run_in_tx(self._database, work)

    async def settle(self, run: str, account: AccountId, *, reason: str = "") -> None:
        """An account is done or, with a reason, failed."""

        async def work(client: BaseDBAsyncClient) -> None:
            state = ItemState.FAILED if reason else ItemState.DONE
            await RefreshItemRow.filter(run=run, account=account).update(
                state=state.value, reason=reason[:_LONGEST_REASON], ended_at=self._clock.now()
            )

        await run_in_tx(self._database, work)

    async def release(self, run: str, worker: str) -> None:
        """The worker leaves; a run in which nothing waits is over then."""

        async def work(client: BaseDBAsyncClient) -> None:
            await RefreshRunRow.filter(id=run, worker=worker).update(worker="")
            unsettled = (ItemState.WAITING.value, ItemState.RUNNING.value)
            if not await RefreshItemRow.filter(run=run, state__in=unsettled).exists():
                ended = RefreshRunRow.filter(id=run, state__in=_OPEN)
                await ended.update(state=RunState.DONE.value, ended_at=self._clock.now())

        await run_in_tx(self._database, work)

    def _is_gone(self, run: _Columns) -> bool:
        return abs(self._clock.now() - run.beat_at) > STALE_S

    async def _created(
        self, accounts: Sequence[Asked], parallel: int, parts: frozenset[Part], scope: str
    ) -> RefreshRunRow:
        row = await RefreshRunRow.create(
            id="run_" + random_token(16),
            state=RunState.RUNNING.value,
            parallel=parallel,
            created_at=self._clock.now(),
            worker="",
            beat_at=0.0,
            parts=",".join(sorted(parts)),
            scope=scope,
        )
        items = [
            RefreshItemRow(
                id=f"{row.id}/{place}",
                run=row.id,
                place=place,
                account=account.id,
                email=account.email,
                state=ItemState.WAITING.value,
                reason="",
            )
            for place, account in enumerate(accounts)
        ]
        await RefreshItemRow.bulk_create(items, batch_size=100)
        return row


async def _forget_old() -> None:
    rows = await RefreshRunRow.all().order_by("-created_at", "id").offset(_KEPT).limit(100)
    old = [row.id for row in rows]
    if old:
        await RefreshItemRow.filter(run__in=old).delete()
        await RefreshRunRow.filter(id__in=old).delete()


def _columns(row: RefreshRunRow) -> _Columns:
    return fitting(row, _Columns)


async def _told(run: _Columns) -> RefreshRun:
    rows = RefreshItemRow.filter(run=run.id).annotate(accounts=Count("id")).group_by("state")
    counts = {str(state): count for state, count in await rows.values_list("state", "accounts")}
    told: dict[str, Any] = {state.value: counts.get(state.value, 0) for state in ItemState}
    known = frozenset(part for part in Part if part in run.parts.split(","))
    return RefreshRun(**{**msgspec.structs.asdict(run), "parts": known or ALL_PARTS}, **told)


async def _told_or_none(row: RefreshRunRow | None) -> RefreshRun | None:
    columns = read_row(row, _columns)
    return None if columns is None else await _told(columns)


def _item(row: RefreshItemRow) -> RefreshItem:
    return fitting(row, RefreshItem)
