"""Usage: sums per minute, key, model and account, in which every flow is counted exactly once.

A flow's id is kept beside the sums in the same transaction, so that a journal may be replayed any number of
times. Never: reads request rows; the sums outlive them.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Sum

from app.store.models import CountedRow, UsageRow
from app.store.records import UsageRecord
from app.store.tx import Database, run_in_tx, run_query
from app.store.upsert import Upsert

Dimension = Literal["minute", "key", "model", "account"]

SUMS = (
    "requests",
    "failures",
    "estimated",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
)
"""What is summed, by column."""

_ADD = Upsert(UsageRow, ("id", "minute", "key", "model", "account", *SUMS), add=SUMS)
_COUNTED = Upsert(CountedRow, ("flow", "minute"))
_PRUNED_AT_ONCE = 1000


class UsageSum(Struct, frozen=True, kw_only=True):
    """Sums over some flows. A dimension they were not grouped by is empty (0 for the minute)."""

    minute: int = 0
    key: str = ""
    model: str = ""
    account: str = ""
    requests: int = 0
    failures: int = 0
    estimated: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0

    @property
    def name(self) -> str:
        """What tells this sum from others."""
        return f"{self.minute}/{self.key}/{self.model}/{self.account}"


def summed(records: Iterable[UsageRecord], *, minutes: int = 1) -> tuple[UsageSum, ...]:
    """Sums of the records per bucket of so many minutes, key, model and account."""
    sums: dict[str, UsageSum] = {}
    for record in records:
        one = sum_of(record, minutes)
        sums[one.name] = plus(sums[one.name], one) if one.name in sums else one
    return tuple(sums.values())


def plus(left: UsageSum, right: UsageSum) -> UsageSum:
    """Both together, under the name of the left one."""
    added = {name: getattr(left, name) + getattr(right, name) for name in SUMS}
    return msgspec.structs.replace(left, **added)


def minus(left: UsageSum, right: UsageSum) -> UsageSum:
    """What of the left one is not in the right one."""
    rest = {name: getattr(left, name) - getattr(right, name) for name in SUMS}
    return msgspec.structs.replace(left, **rest)


def sum_of(record: UsageRecord, minutes: int = 1) -> UsageSum:
    """One flow as a sum, in its bucket of so many minutes."""
    return UsageSum(
        minute=record.minute - record.minute % minutes,
        key=record.key,
        model=record.model,
        account=record.account,
        requests=1,
        failures=int(record.failed),
        estimated=int(record.estimated),
        prompt_tokens=record.prompt_tokens,
        cached_tokens=record.cached_tokens,
        output_tokens=record.output_tokens,
        thought_tokens=record.thought_tokens,
    )


async def count(client: BaseDBAsyncClient, records: Sequence[UsageRecord], now: float) -> list[UsageRecord]:
    """Add flows to the sums, those left out that are in them already; gives those that were added.

    Call it inside a transaction.
    """
    by_flow = {str(record.flow): record for record in records}
    known: set[object] = set(await CountedRow.filter(flow__in=list(by_flow)).values_list("flow", flat=True))
    fresh = [record for flow, record in by_flow.items() if flow not in known]
    await _COUNTED.write(client, [(record.flow, int(now // 60)) for record in fresh])
    await add(client, summed(fresh))
    return fresh


async def add(client: BaseDBAsyncClient, sums: Sequence[UsageSum]) -> None:
    """Add sums as they are. Call it inside a transaction."""
    await _ADD.write(client, [_values(one) for one in sums])


class StoredUsage:
    """Reads usage, and forgets what is too old."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(
        self, since_minute: int, until_minute: int, by: Sequence[Dimension] = ()
    ) -> tuple[UsageSum, ...]:
        """Sums over the minutes from `since_minute` up to, not including, `until_minute`."""

        async def work(client: BaseDBAsyncClient) -> list[dict[str, object]]:
            sums = {f"sum_{name}": Sum(name) for name in SUMS}
            rows = UsageRow.filter(minute__gte=since_minute, minute__lt=until_minute).annotate(**sums)
            if by:
                return await rows.group_by(*by).order_by(*by).values(*by, *sums)
            return await rows.values(*sums)

        rows = await run_query(self._database, work)
        return tuple(_read(row) for row in rows if row["sum_requests"] is not None)

    async def prune(self, before_minute: int) -> int:
        """Forget sums older than a minute; gives how many. Short transactions, so that nobody waits long."""
        return await _prune(self._database, UsageRow, "id", before_minute)

    async def forget_counted(self, before_minute: int) -> int:
        """Forget ids of flows that were counted before a minute and that no journal holds any more."""
        return await _prune(self._database, CountedRow, "flow", before_minute)


async def _prune(
    database: Database, model: type[UsageRow] | type[CountedRow], name: str, before_minute: int
) -> int:
    async def work(client: BaseDBAsyncClient) -> int:
        old = model.filter(minute__lt=before_minute).limit(_PRUNED_AT_ONCE)
        names = await old.values_list(name, flat=True)
        return await model.filter(**{f"{name}__in": list(names)}).delete() if names else 0

    total = 0
    while pruned := await run_in_tx(database, work):
        total += pruned
    return total


def _values(one: UsageSum) -> tuple[object, ...]:
    return (one.name, one.minute, one.key, one.model, one.account, *(getattr(one, name) for name in SUMS))


def _read(row: dict[str, object]) -> UsageSum:
    return msgspec.convert({key.removeprefix("sum_"): value for key, value in row.items()}, UsageSum)
