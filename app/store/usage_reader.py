"""Usage over time and by value, from the rollups: a year costs as much as a day.

Spans are widened to whole hours, days or months of UTC, and every answer says which it was made of.
Times to the first output come from histograms and are off by at most 5 %; over three days and more they are
those of whole days.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from app.store.buckets import quantile
from app.store.grains import DAY_S, Dimension, Grain, grain_for, next_start, start_of, starts_between
from app.store.models import LatencyRow, RollupRow
from app.store.rollups import Span
from app.store.tx import Database, run_query
from app.store.usage import SUMS

MOST_POINTS: Final = 800
"""So many hours, days or months may be asked for at once; longer spans are told in coarser ones."""

_Times: TypeAlias = Mapping[int, Mapping[int, int]]
_NO_TIMES: Final[_Times] = {}

Measure = Literal[
    "requests",
    "failures",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
]


_Curve: TypeAlias = tuple[str, str]
_POINT: Final = ("dimension", "value", "start", *SUMS)
_TIMES_BY_DAY_S: Final = 3 * DAY_S


class Sums(Struct, frozen=True, kw_only=True):
    """What was summed."""

    requests: int = 0
    failures: int = 0
    estimated: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0


class UsageSpan(Struct, frozen=True, kw_only=True):
    """The span that an answer is about, whole hours, days or months, and which of them."""

    grain: Grain
    since: int
    until: int


class UsagePoint(Struct, frozen=True, kw_only=True):
    """One value's sums in the hour, day or month that begins at `start`.

    The times to the first output in ms are those of all values together, None where there were none.
    """

    start: int
    sums: Sums
    first_output_p50_ms: int | None = None
    first_output_p95_ms: int | None = None


class UsageSeries(Struct, frozen=True, kw_only=True):
    """One value over time. Starts at which nothing was are left out."""

    value: str
    points: tuple[UsagePoint, ...]


class UsageCurves(Struct, frozen=True, kw_only=True):
    """The largest values over time, one by one; `total` is all together. `starts` are all there are."""

    span: UsageSpan
    dimension: Dimension
    starts: tuple[int, ...]
    series: tuple[UsageSeries, ...]
    total: UsageSeries


class UsageLine(Struct, frozen=True, kw_only=True):
    """One value's sums over a span, with the time to the first output in ms, None where there was none."""

    value: str
    sums: Sums
    first_output_p50_ms: int | None
    first_output_p95_ms: int | None


class UsageTable(Struct, frozen=True, kw_only=True):
    """A part of all values, largest first. `next` is where the following part begins, None at the end."""

    span: UsageSpan
    dimension: Dimension
    lines: tuple[UsageLine, ...]
    next: int | None


class UsageReader:
    """See the module's docstring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def series(
        self,
        dimension: Dimension,
        since: float,
        until: float,
        grain: Grain | None = None,
        *,
        values: Sequence[str] | None = None,
        top: int = 8,
        by: Measure = "requests",
    ) -> UsageCurves:
        """Values over time: these, or the `top` ones."""
        span, starts = span_of(dimension, since, until, grain)

        async def work(client: BaseDBAsyncClient) -> tuple[list[str], dict[_Curve, list[UsagePoint]]]:
            names = list(values or ())
            if values is None and dimension != "all":
                names = [line["value"] for line in await _largest(span, dimension, by, 0, top)]
            spans = [Span(span.grain, start, "all") for start in starts]
            spans += [Span(span.grain, start, dimension, value) for start in starts for value in names]
            rows = RollupRow.filter(id__in=[one.name for one in spans])
            return names, _points(await rows.order_by("start").values_list(*_POINT))

        names, points = await run_query(self._database, work)
        return UsageCurves(
            span=span,
            dimension=dimension,
            starts=starts,
            series=tuple(
                UsageSeries(value=name, points=tuple(points.get((dimension, name), ()))) for name in names
            ),
            total=UsageSeries(value="", points=tuple(points.get(("all", ""), ()))),
        )

    async def table(
        self,
        dimension: Dimension,
        since: float,
        until: float,
        grain: Grain | None = None,
        *,
        by: Measure = "requests",
        first: int = 0,
        limit: int = 25,
        times: bool = True,
    ) -> UsageTable:
        """Values with their sums, largest first, `limit` from the place `first` on.

        Reading the times of many values takes a while; without `times` they are all None.
        """
        span, _ = span_of(dimension, since, until, grain)

        async def work(client: BaseDBAsyncClient) -> UsageTable:
            rows = await _largest(span, dimension, by, first, limit + 1)
            shown = rows[:limit]
            named = [row["value"] for row in shown] if times else []
            found = await _histograms(span, dimension, named)
            return UsageTable(
                span=span,
                dimension=dimension,
                lines=tuple(_line(row, found.get(row["value"], {})) for row in shown),
                next=first + limit if len(rows) > limit else None,
            )

        return await run_query(self._database, work)

    async def total(self, since: float, until: float, grain: Grain | None = None) -> UsageLine:
        """All together over a span."""
        table = await self.table("all", since, until, grain, limit=1)
        empty = UsageLine(value="", sums=Sums(), first_output_p50_ms=None, first_output_p95_ms=None)
        return next(iter(table.lines), empty)

    async def first_output_ms(
        self, dimension: Dimension, values: Sequence[str], since: float, until: float, share: float
    ) -> dict[str, int]:
        """The time to the first output that this share of a value's requests kept within, by value."""
        span, _ = span_of(dimension, since, until, None)

        async def work(client: BaseDBAsyncClient) -> dict[str, dict[int, int]]:
            return await _histograms(span, dimension, values)

        found = await run_query(self._database, work)
        told = {value: quantile(counts, share) for value, counts in found.items()}
        return {value: ms for value, ms in told.items() if ms is not None}


def span_of(
    dimension: Dimension, since: float, until: float, grain: Grain | None
) -> tuple[UsageSpan, tuple[int, ...]]:
    """The whole hours, days or months that a span reaches into, and their starts."""
    wanted = grain or grain_for(dimension, since, until)
    starts = starts_between(wanted, since, until)[-MOST_POINTS:]
    since, until = (starts[0], next_start(wanted, starts[-1])) if starts else (int(since), int(until))
    return UsageSpan(grain=wanted, since=int(since), until=int(until)), starts


def _rows(span: UsageSpan, dimension: Dimension) -> QuerySet[RollupRow]:
    within = RollupRow.filter(grain=span.grain, dimension=dimension)
    return within.filter(start__gte=span.since, start__lt=span.until)


async def _largest(
    span: UsageSpan, dimension: Dimension, by: Measure, first: int, limit: int
) -> list[dict[str, Any]]:
    rows = _rows(span, dimension).annotate(**{f"sum_{name}": Sum(name) for name in SUMS})
    grouped = rows.group_by("value").order_by(f"-sum_{by}", "value").offset(first).limit(limit)
    return await grouped.values("value", *(f"sum_{name}" for name in SUMS))


async def _histograms(
    span: UsageSpan, dimension: Dimension, values: Sequence[str]
) -> dict[str, dict[int, int]]:
    """Counts by bucket, by value. Over several days they are those of whole days, which are fewer."""
    if not values:
        return {}
    is_long = span.grain == "hour" and span.until - span.since >= _TIMES_BY_DAY_S
    grain, since = ("day", start_of("day", span.since)) if is_long else (span.grain, span.since)
    rows = LatencyRow.filter(grain=grain, dimension=dimension, value__in=list(values))
    within = rows.filter(start__gte=since, start__lt=span.until).annotate(total=Sum("count"))
    found: dict[str, dict[int, int]] = {}
    for row in await within.group_by("value", "bucket").values("value", "bucket", "total"):
        found.setdefault(row["value"], {})[row["bucket"]] = int(row["total"])
    return found


def _points(rows: Iterable[Any]) -> dict[_Curve, list[UsagePoint]]:
    """Rows of `_POINT`, oldest first, as one curve per dimension and value."""
    found: dict[_Curve, list[UsagePoint]] = {}
    for dimension, value, start, *sums in rows:
        point = UsagePoint(start=start, sums=Sums(**dict(zip(SUMS, sums, strict=True))))
        found.setdefault((dimension, value), []).append(point)
    return found


def _line(row: Mapping[str, Any], times: Mapping[int, int]) -> UsageLine:
    return UsageLine(
        value=row["value"],
        # PostgreSQL gives sums as decimals.
        sums=Sums(**{name: int(row[f"sum_{name}"]) for name in SUMS}),
        first_output_p50_ms=quantile(times, 0.5),
        first_output_p95_ms=quantile(times, 0.95),
    )
