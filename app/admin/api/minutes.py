"""Usage of the last hours by the minute, from the sums that every finished request is added to at once.

Times to the first output over time are those of the newest requests; in rows they are those of whole hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias, TypeGuard

from app.admin.schemas.usage import ShownSpan, UsageCurve, UsageQuery, UsageRow, UsageView
from app.gateway.parts import Gateway
from app.store.grains import Dimension
from app.store.usage import UsageSum
from app.store.usage_reader import MOST_POINTS, Sums, UsageLine, UsagePoint

MOST_TIMES: Final = 5000
"""So many requests' times are looked at."""
MOST_S: Final = MOST_POINTS * 60.0
_SUMS: Final = Sums.__struct_fields__
_ByMinute: TypeAlias = dict[int, Sums]
KeptByMinute: TypeAlias = Literal["all", "key", "model", "account"]


def has_minutes(by: Dimension) -> TypeGuard[KeptByMinute]:
    """Whether sums are kept by the minute for that."""
    return by != "client"


class Minutes:
    """Reads sums; changes nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._usage = gateway.store.usage
        self._flows = gateway.store.flows
        self._reader = gateway.store.usage_reader

    async def view(
        self, query: UsageQuery, by: KeptByMinute, names: Mapping[str, str], since: float, until: float
    ) -> UsageView:
        """Curves and rows, as the desk gives them of longer spans."""
        first, last = int(since // 60), int(-(-until // 60))
        found = await self._usage.between(first, last, ("minute", by) if by != "all" else ("minute",))
        curves = _by_value(found, by)
        totals = {value: _added(minutes.values()) for value, minutes in curves.items()}
        order = sorted(totals, key=lambda value: (-getattr(totals[value], query.measure), value))
        shown = order[: query.top] if query.value is None else [query.value]
        page = order[query.cursor or 0 :][: query.limit]
        end = (query.cursor or 0) + len(page)
        return UsageView(
            span=ShownSpan(grain="minute", since=first * 60, until=last * 60),
            by=by,
            starts=[minute * 60 for minute in range(first, last)],
            curves=[_curve(value, names, curves.get(value, {})) for value in shown if by != "all"],
            total=await self._total(curves.values(), first),
            rows=await self._rows(by, page, totals, names, since, until),
            next=end if end < len(order) else None,
        )

    async def _total(self, curves: Iterable[_ByMinute], first: int) -> UsageCurve:
        minutes: dict[int, list[Sums]] = {}
        for curve in curves:
            for minute, sums in curve.items():
                minutes.setdefault(minute, []).append(sums)
        times: dict[int, list[int]] = {}
        for minute, ms in await self._flows.first_outputs(first * 60, MOST_TIMES):
            times.setdefault(minute, []).append(ms)
        points = [
            UsagePoint(
                start=minute * 60,
                sums=_added(minutes[minute]),
                first_output_p50_ms=_within(times.get(minute, ()), 0.5),
                first_output_p95_ms=_within(times.get(minute, ()), 0.95),
            )
            for minute in sorted(minutes)
        ]
        return UsageCurve(value="", name="", points=points)

    async def _rows(
        self,
        by: KeptByMinute,
        page: Sequence[str],
        totals: Mapping[str, Sums],
        names: Mapping[str, str],
        since: float,
        until: float,
    ) -> list[UsageRow]:
        lines: dict[str, UsageLine] = {}
        if page:
            table = await self._reader.table(by, since, until, "hour", limit=200)
            lines = {line.value: line for line in table.lines}
        return [
            UsageRow(
                value=value,
                name=names.get(value, value),
                sums=totals[value],
                first_output_p50_ms=lines[value].first_output_p50_ms if value in lines else None,
                first_output_p95_ms=lines[value].first_output_p95_ms if value in lines else None,
            )
            for value in page
        ]


def _by_value(found: Iterable[UsageSum], by: KeptByMinute) -> dict[str, _ByMinute]:
    curves: dict[str, _ByMinute] = {}
    for one in found:
        value = "" if by == "all" else str(getattr(one, by))
        curves.setdefault(value, {})[one.minute] = Sums(**{name: getattr(one, name) for name in _SUMS})
    return curves


def _curve(value: str, names: Mapping[str, str], minutes: _ByMinute) -> UsageCurve:
    points = [UsagePoint(start=minute * 60, sums=minutes[minute]) for minute in sorted(minutes)]
    return UsageCurve(value=value, name=names.get(value, value), points=points)


def _added(many: Iterable[Sums]) -> Sums:
    """All together."""
    rows = list(many)
    return Sums(**{name: sum(getattr(one, name) for one in rows) for name in _SUMS})


def _within(times: Sequence[int], share: float) -> int | None:
    """The time in ms that this share of them keeps within, None of none."""
    if not times:
        return None
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
