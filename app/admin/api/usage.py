"""Usage: curves, a table with the same numbers, a file of it, and the few numbers of an overview."""

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec import structs

from app.admin.api.minutes import MOST_S, KeptByMinute, Minutes, has_minutes
from app.admin.api.names import Names
from app.admin.api.sheet import sheet
from app.admin.refusals import Refused
from app.admin.schemas.usage import (
    ShownSpan,
    UsageCurve,
    UsageNumbers,
    UsageOverview,
    UsageQuery,
    UsageRow,
    UsageView,
)
from app.gateway.parts import Gateway
from app.store.grains import DAY_S, HOUR_S, Dimension, Grain
from app.store.output_times import OutputTimes, OutputTimesReader
from app.store.usage_reader import Sums, UsageLine, UsageSeries

_MOST_LINES: Final = 10_000
_LINES_AT_ONCE: Final = 500

_COLUMNS: Final = (
    "requests",
    "failures",
    "estimated",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
)


class UsageDesk:
    """Reads sums; changes nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._clock = gateway.clock
        self._usage = gateway.store.usage
        self._reader = gateway.store.usage_reader
        self._times = OutputTimesReader(gateway.store.database)
        self._names = Names(gateway)
        self._minutes = Minutes(gateway)

    async def view(self, query: UsageQuery) -> UsageView:
        """Curves of the largest values, and a part of the table. Raises Refused."""
        since, until = self._span(query)
        if query.grain == "minute" and has_minutes(query.by):
            return await self._by_minute(query, query.by)
        values = None if query.value is None else [query.value]
        curves = await self._reader.series(
            query.by, since, until, _stored(query), values=values, top=query.top, by=query.measure
        )
        table = await self._reader.table(
            query.by,
            since,
            until,
            _stored(query),
            by=query.measure,
            first=query.cursor or 0,
            limit=query.limit,
        )
        names = await self._named(query.by)
        return UsageView(
            span=ShownSpan(grain=curves.span.grain, since=curves.span.since, until=curves.span.until),
            by=query.by,
            starts=list(curves.starts),
            curves=[_curve(one, names) for one in curves.series],
            total=_timed(_curve(curves.total, {}), await self._times.over_time(curves.span)),
            rows=[_row(line, names) for line in table.lines],
            next=table.next,
        )

    async def csv(self, query: UsageQuery) -> str:
        """The whole table as a file for a spreadsheet. Raises Refused."""
        if query.grain == "minute" and has_minutes(query.by):
            whole = structs.replace(query, cursor=0, limit=_MOST_LINES)
            rows = (await self._by_minute(whole, query.by)).rows
        else:
            names = await self._named(query.by)
            rows = [_row(line, names) for line in await self._lines(query)]
        head = (query.by, "name", *_COLUMNS, "first_output_p50_ms", "first_output_p95_ms")
        return await asyncio.to_thread(sheet, (head, *map(_cells, rows)))

    async def overview(self) -> UsageOverview:
        """The numbers of the last hour, day and week."""
        now = self._clock.now()
        minute = int(now // 60)
        exact = await self._usage.between(minute - 59, minute + 1)
        hour = await self._reader.total(now - HOUR_S, now, "hour")
        return UsageOverview(
            hour=_numbers(1, hour, next((Sums(**_sums(one)) for one in exact), Sums())),
            day=_numbers(24, await self._reader.total(now - DAY_S, now, "hour")),
            week=_numbers(24 * 7, await self._reader.total(now - 7 * DAY_S, now, "hour")),
        )

    async def _by_minute(self, query: UsageQuery, by: KeptByMinute) -> UsageView:
        since, until = self._span(query)
        names = await self._named(by)
        return await self._minutes.view(query, by, names, max(since, until - MOST_S), until)

    async def _lines(self, query: UsageQuery) -> list[UsageLine]:
        """Every line of the table."""
        since, until = self._span(query)
        lines: list[UsageLine] = []
        first: int | None = 0
        while first is not None and len(lines) < _MOST_LINES:
            part = await self._reader.table(
                query.by, since, until, _stored(query), by=query.measure, first=first, limit=_LINES_AT_ONCE
            )
            lines += part.lines
            first = part.next
        return lines

    def _span(self, query: UsageQuery) -> tuple[float, float]:
        until = self._clock.now() if query.until is None else query.until
        since = max(0.0, until - DAY_S) if query.since is None else query.since
        if since >= until:
            raise Refused(400, "invalid_request", "The span ends before it begins.", where="until")
        return since, until

    async def _named(self, by: Dimension) -> Mapping[str, str]:
        match by:
            case "key":
                return await self._names.of_keys()
            case "account":
                return self._names.of_accounts()
            case _:
                return {}


def _stored(query: UsageQuery) -> Grain | None:
    """The grain of sums that are kept for long; those of the minute are not."""
    return "hour" if query.grain == "minute" else query.grain


def _curve(one: UsageSeries, names: Mapping[str, str]) -> UsageCurve:
    return UsageCurve(value=one.value, name=names.get(one.value, one.value), points=list(one.points))


def _timed(total: UsageCurve, times: Mapping[int, OutputTimes]) -> UsageCurve:
    """The curve of everything with its times to the first output."""
    unknown = OutputTimes(None, None)
    points = [
        structs.replace(
            point,
            first_output_p50_ms=times.get(point.start, unknown).p50_ms,
            first_output_p95_ms=times.get(point.start, unknown).p95_ms,
        )
        for point in total.points
    ]
    return structs.replace(total, points=points)


def _row(line: UsageLine, names: Mapping[str, str]) -> UsageRow:
    return UsageRow(
        value=line.value,
        name=names.get(line.value, line.value),
        sums=line.sums,
        first_output_p50_ms=line.first_output_p50_ms,
        first_output_p95_ms=line.first_output_p95_ms,
    )


def _numbers(hours: int, line: UsageLine, exact: Sums | None = None) -> UsageNumbers:
    return UsageNumbers(
        hours=hours,
        sums=exact or line.sums,
        first_output_p50_ms=line.first_output_p50_ms,
        first_output_p95_ms=line.first_output_p95_ms,
    )


def _sums(one: object) -> dict[str, int]:
    return {name: getattr(one, name) for name in _COLUMNS}


def _cells(row: UsageRow) -> tuple[object, ...]:
    times = (row.first_output_p50_ms, row.first_output_p95_ms)
    return (row.value, row.name, *_sums(row.sums).values(), *("" if one is None else one for one in times))
