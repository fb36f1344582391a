"""Runs over all accounts, as rows: implements app.pool.refreshing.RefreshBook.

The newest ten runs are kept. Never: asks the upstream anything.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.ids import AccountId, random_token
from app.pool.model import Account
from app.pool.refreshing import STALE_S, ItemState, RefreshItem, RefreshRun, RunState
from app.store.models import RefreshItemRow, RefreshRunRow
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


class StoredRefreshes:
    """Reads and changes runs; see the protocol for what each method promises."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, accounts: Sequence[Account], *, parallel: int) -> RefreshRun:
        """A new run about these accounts; the one that is not over, if there is one, which then goes on."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun:
            row = await RefreshRunRow.filter(state__in=_OPEN).order_by("created_at").first()
            if row is None:
                row = await self._created(accounts, parallel)
                await _forget_old()
            elif row.state != RunState.RUNNING:
                row.state = RunState.RUNNING
                await row.save(update_fields=["state"])
            return await _told(row)

        return await run_in_tx(self._database, work)

    async def find(self, run: str) -> RefreshRun | None:
        """One run."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            row = await RefreshRunRow.get_or_none(id=run)
            return None if row is None else await _told(row)

        return await run_query(self._database, work)

    async def all(self) -> tuple[RefreshRun, ...]:
        """Every run that is kept, newest first."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshRun, ...]:
            rows = await RefreshRunRow.all().order_by("-created_at", "id")
            return tuple([await _told(row) for row in rows])

        return await run_query(self._database, work)

    async def items(self, run: str) -> tuple[RefreshItem, ...]:
        """The accounts of a run, in the order in which they are asked about."""

        async def work(client: BaseDBAsyncClient) -> tuple[RefreshItem, ...]:
            return tuple(map(_item, await RefreshItemRow.filter(run=run).order_by("place")))

        return await run_query(self._database, work)

    async def steer(self, run: str, state: RunState) -> RefreshRun | None:
        """Pause, cancel or go on, where that can follow; gives the run as it stands then."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            ended_at = self._clock.now() if state is RunState.CANCELLED else None
            rows = RefreshRunRow.filter(id=run, state__in=_BEFORE[state])
            await rows.update(state=state.value, ended_at=ended_at)
            row = await RefreshRunRow.get_or_none(id=run)
            return None if row is None else await _told(row)

        return await run_in_tx(self._database, work)

    async def unattended(self, worker: str = "") -> RefreshRun | None:
        """The run that should be going on and has no living worker but `worker`, who asks."""

        async def work(client: BaseDBAsyncClient) -> RefreshRun | None:
            for row in await RefreshRunRow.filter(state=RunState.RUNNING.value).order_by("created_at"):
                if row.worker in ("", worker) or self._is_gone(row):
                    return await _told(row)
            return None

        return await run_query(self._database, work)

    async def claim(self, run: str, worker: str) -> bool:
        """Make `worker` the only one at a run; what a lost one left half done waits again."""

        async def work(client: BaseDBAsyncClient) -> bool:
            row = await RefreshRunRow.select_for_update().get_or_none(id=run)
            if row is None or not (row.worker in ("", worker) or self._is_gone(row)):
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

    def _is_gone(self, row: RefreshRunRow) -> bool:
        return abs(self._clock.now() - row.beat_at) > STALE_S

    async def _created(self, accounts: Sequence[Account], parallel: int) -> RefreshRunRow:
        row = await RefreshRunRow.create(
            id="run_" + random_token(16),
            state=RunState.RUNNING.value,
            parallel=parallel,
            created_at=self._clock.now(),
            worker="",
            beat_at=0.0,
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


async def _told(row: RefreshRunRow) -> RefreshRun:
    counts = Counter(map(str, await RefreshItemRow.filter(run=row.id).values_list("state", flat=True)))
    return RefreshRun(
        id=row.id,
        state=RunState(row.state),
        parallel=row.parallel,
        created_at=row.created_at,
        ended_at=row.ended_at,
        worker=row.worker,
        beat_at=row.beat_at,
        **{state.value: counts[state.value] for state in ItemState},
    )


def _item(row: RefreshItemRow) -> RefreshItem:
    return RefreshItem(
        account=AccountId(row.account),
        email=row.email,
        state=ItemState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
    )
