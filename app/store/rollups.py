"""Sums per hour, day and month of each model, account, key, client and of all together, written as flows end.

They are added in the transaction that marks a flow as counted, so that no replay adds a flow twice. With them
go histograms of the time to the first output. What was counted before there were rollups is brought in by
`app.store.backfill`; until it has come to a minute, that minute is left to it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.store.buckets import bucket_of
from app.store.grains import DIMENSIONS, GRAINS, Dimension, Grain, start_of
from app.store.models import ErrandRow, LatencyRow, RollupRow
from app.store.records import UsageRecord
from app.store.upsert import Upsert
from app.store.usage import SUMS, UsageSum, plus, sum_of

_PLAIN: Final[tuple[Dimension, ...]] = ("all", "model", "account", "key")
_CLIENT: Final[tuple[Dimension, ...]] = ("client",)

ERRAND: Final = "rollups of earlier usage"
ALL_DONE: Final = 2**53
"""Progress of an errand that is over; before that, the first minute that is not brought in yet."""

_KEYS: Final = ("id", "grain", "start", "dimension", "value")
_ADD = Upsert(RollupRow, (*_KEYS, *SUMS), add=SUMS)
_ADD_LATENCY = Upsert(LatencyRow, (*_KEYS, "bucket", "count"), add=("count",))


class Span(Struct, frozen=True):
    """What one sum is about."""

    grain: Grain
    start: int
    dimension: Dimension
    value: str = ""

    @property
    def name(self) -> str:
        """The id of its row."""
        return f"{self.grain}|{self.start}|{self.dimension}|{self.value}"

    @property
    def values(self) -> tuple[object, ...]:
        """The first columns of its row."""
        return (self.name, self.grain, self.start, self.dimension, self.value)


class Rollups:
    """Adds what was just counted. One per process; it remembers when earlier usage is all brought in."""

    def __init__(self) -> None:
        self._is_filled = False

    async def add(self, client: BaseDBAsyncClient, records: Sequence[UsageRecord]) -> None:
        """Add flows that were counted in this very transaction."""
        if not records:
            return
        first = await self._first_unfilled(client)
        pairs = [
            (span, one)
            for record, one in zip(records, map(sum_of, records), strict=True)
            for span in _spans_of(record, (*(_PLAIN if record.minute < first else ()), *_CLIENT))
        ]
        await _add(client, pairs)
        await add_latencies(client, records)

    async def add_folded(self, client: BaseDBAsyncClient, sums: Sequence[UsageSum]) -> None:
        """Add sums of flows that nothing else is known of: no clients, no times."""
        first = await self._first_unfilled(client)
        await add_sums(client, [one for one in sums if one.minute < first])

    async def _first_unfilled(self, client: BaseDBAsyncClient) -> int:
        """The first minute that the backfill will still bring in; it is not to be added here."""
        if self._is_filled:
            return ALL_DONE
        # Locked, so that the backfill does not pass a minute while rows of it are on their way.
        row = await ErrandRow.select_for_update().get_or_none(name=ERRAND)
        progress = 0 if row is None else row.progress
        self._is_filled = progress >= ALL_DONE
        return progress


async def add_sums(client: BaseDBAsyncClient, sums: Iterable[UsageSum]) -> None:
    """Add sums for all, models, accounts and keys. Call it inside a transaction."""
    await _add(client, ((span, one) for one in sums for span in _spans_of(one, _PLAIN)))


async def add_latencies(client: BaseDBAsyncClient, records: Iterable[UsageRecord]) -> None:
    """Add times to the first output. Call it inside a transaction."""
    counts = Counter(
        (span, bucket_of(record.first_output_ms))
        for record in records
        if record.first_output_ms is not None
        for span in _spans_of(record, DIMENSIONS)
    )
    rows = [(f"{span.name}/{bucket}", *span.values[1:], bucket, n) for (span, bucket), n in counts.items()]
    await _ADD_LATENCY.write(client, sorted(rows, key=_by_name))


def _spans_of(one: UsageSum | UsageRecord, dimensions: Iterable[Dimension]) -> Iterator[Span]:
    for dimension in dimensions:
        value = "" if dimension == "all" else getattr(one, dimension)
        for grain in GRAINS:
            yield Span(grain, start_of(grain, one.minute * 60), dimension, value)


async def _add(client: BaseDBAsyncClient, pairs: Iterable[tuple[Span, UsageSum]]) -> None:
    sums: dict[Span, UsageSum] = {}
    for span, one in pairs:
        sums[span] = plus(sums[span], one) if span in sums else one
    rows = [(*span.values, *(getattr(one, name) for name in SUMS)) for span, one in sums.items()]
    await _ADD.write(client, sorted(rows, key=_by_name))


def _by_name(row: Sequence[object]) -> str:
    """One order everywhere, so that two instances that add at once wait for each other and never deadlock."""
    return str(row[0])
