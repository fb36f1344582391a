"""What became of accounts: the states they came into and what was left of their quotas.

A sink of the pool's news: whoever tells it something goes on at once, and the writer writes it. A quota is
written down only when it has changed, and for 14 days. Never: tells the pool anything.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.ids import AccountId
from app.pool.cooling import FOR_QUOTA
from app.pool.model import PoolChange, State
from app.store.models import AccountEventRow, QuotaPointRow
from app.store.records import plain_text
from app.store.tx import Database, run_in_tx, run_query
from app.store.writer import Writer

KEPT_S: Final = 14 * 86_400.0
_LONGEST_CAUSE: Final = 500
_PRUNED_AT_ONCE: Final = 500


class AccountEvent(Struct, frozen=True, kw_only=True):
    """An account came into a state at an epoch instant. `cause` is a sentence, maybe of the upstream."""

    account: AccountId
    at: float
    state: str
    cause: str = ""


class QuotaPoint(Struct, frozen=True, kw_only=True):
    """What was left of a quota at an epoch instant, as a share of 1; None when that was not known."""

    account: AccountId
    quota_group: str
    window: str
    at: float
    left: float | None


class _EventShelf:
    name = "account events"
    max_waiting = 5000

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[AccountEvent]) -> None:
        await AccountEventRow.bulk_create(
            [
                AccountEventRow(account=one.account, at=one.at, state=one.state, cause=one.cause)
                for one in rows
            ]
        )

    def left(self, rows: Sequence[AccountEvent]) -> None:
        pass


class _QuotaShelf:
    name = "quota points"
    max_waiting = 10_000

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[QuotaPoint]) -> None:
        await QuotaPointRow.bulk_create(
            [
                QuotaPointRow(
                    account=one.account,
                    quota_group=one.quota_group,
                    window=one.window,
                    at=one.at,
                    left=one.left,
                )
                for one in rows
            ]
        )

    def left(self, rows: Sequence[QuotaPoint]) -> None:
        pass


class History:
    """`told` and `read` take news; `events` and `quota` give them back."""

    def __init__(self, database: Database, writer: Writer, clock: Clock) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._events = _EventShelf()
        self._points = _QuotaShelf()
        self._numbers = count()
        self._states: dict[AccountId, tuple[str, str]] = {}
        self._left: dict[tuple[AccountId, str, str], float | None] = {}

    def came_to(self, account: AccountId, state: str, cause: str = "") -> None:
        """An account is in a state now. Told twice in a row is written once."""
        cause = plain_text(cause, _LONGEST_CAUSE)
        if self._states.get(account) == (state, cause):
            return
        self._states[account] = (state, cause)
        event = AccountEvent(account=account, at=self._clock.now(), state=state[:32], cause=cause)
        self._writer.put(self._events, str(next(self._numbers)), event)

    def read(self, account: AccountId, quotas: Iterable[tuple[str, str, float | None]]) -> None:
        """What is left of an account's quotas: group, window, share. What has not changed is not written."""
        for group, window, left in quotas:
            name = (account, group, window)
            if name in self._left and self._left[name] == left:
                continue
            self._left[name] = left
            point = QuotaPoint(
                account=account,
                quota_group=plain_text(group, 64),
                window=plain_text(window, 32),
                at=self._clock.now(),
                left=left,
            )
            self._writer.put(self._points, str(next(self._numbers)), point)

    def told(self, change: PoolChange) -> None:
        """Something happened in the pool; what concerns no single account is not kept."""
        account = change.account
        if account is None:
            return
        match change.kind:
            case "cooled":
                state = State.EXHAUSTED if change.why in FOR_QUOTA else State.COOLING
                self.came_to(account, state.value, f"{change.what}: {change.why}")
            case "returned":
                self.came_to(account, State.READY.value, f"{change.what}: answers again")
            case "marked":
                self.came_to(account, change.what, change.why)
            case "added" | "enabled" | "ready":
                self.came_to(account, change.what or State.READY.value, change.kind)
            case "disabled" | "removed":
                self.came_to(account, change.kind)
        if change.kind == "removed":
            self._forget(account)

    async def events(self, account: AccountId, limit: int = 100) -> tuple[AccountEvent, ...]:
        """The states it came into, newest first."""

        async def work(client: BaseDBAsyncClient) -> list[AccountEventRow]:
            return await AccountEventRow.filter(account=account).order_by("-at", "-id").limit(limit)

        return tuple(
            AccountEvent(account=AccountId(row.account), at=row.at, state=row.state, cause=row.cause)
            for row in await run_query(self._database, work)
        )

    async def quota(self, account: AccountId, since: float = 0.0) -> tuple[QuotaPoint, ...]:
        """What was left of its quotas since an instant, oldest first; the newest 2,000."""

        async def work(client: BaseDBAsyncClient) -> list[QuotaPointRow]:
            rows = QuotaPointRow.filter(account=account, at__gte=since)
            return await rows.order_by("-at", "-id").limit(2000)

        return tuple(
            QuotaPoint(
                account=AccountId(row.account),
                quota_group=row.quota_group,
                window=row.window,
                at=row.at,
                left=row.left,
            )
            for row in reversed(await run_query(self._database, work))
        )

    async def prune(self, *, events_before: float) -> int:
        """Forget events before an instant, and quotas of more than 14 days ago; gives how many."""
        points_before = self._clock.now() - KEPT_S
        events = await _pruned(self._database, AccountEventRow, events_before)
        return events + await _pruned(self._database, QuotaPointRow, points_before)

    def _forget(self, account: AccountId) -> None:
        """One that comes back begins anew."""
        self._states.pop(account, None)
        for name in [name for name in self._left if name[0] == account]:
            del self._left[name]


async def _pruned(
    database: Database, model: type[AccountEventRow] | type[QuotaPointRow], before: float
) -> int:
    async def work(client: BaseDBAsyncClient) -> int:
        old = model.filter(at__lt=before).order_by("at").limit(_PRUNED_AT_ONCE)
        names = list(await old.values_list("id", flat=True))
        return await model.filter(id__in=names).delete() if names else 0

    total = 0
    while pruned := await run_in_tx(database, work):
        total += pruned
    return total
