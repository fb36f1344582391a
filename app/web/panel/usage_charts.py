"""What the figures of usage show, made from the desk's curves. Pure.

Never: a number that the desk did not give; what is not known is None, not 0.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from app.admin.schemas.usage import UsageCurve, UsageView
from app.plain import shown
from app.store.usage_reader import Sums, UsagePoint
from app.web.panel.charts import COLOURS, REST, Chart, Curve
from app.web.panel.formats import Zone, millis, number, percent
from app.web.panel.words import Words

Measure = Literal["requests", "tokens", "errors", "first_output"]
STEPS: Final = {"minute": 60, "hour": 3600, "day": 86400, "month": 30 * 86400}
_NOTHING: Final = Sums()


def tokens_of(sums: Sums) -> int:
    """Prompt and answer together."""
    return sums.prompt_tokens + sums.output_tokens


_VALUES: Final[dict[str, Callable[[Sums], int]]] = {
    "requests": lambda sums: sums.requests,
    "tokens": tokens_of,
    "errors": lambda sums: sums.failures,
}


class Charts:
    """Makes the figures of one answer in one language."""

    def __init__(self, view: UsageView, words: Words, zone: Zone) -> None:
        self._view = view
        self._t = words
        self._zone = zone
        self._total = {point.start: point for point in view.total.points}

    def requests(self) -> Chart:
        """Requests by how they ended."""
        return self._stack(
            "chart-requests",
            self._t("usage.requests_by_result"),
            self._told_requests(),
            [
                self._curve("answered", "ok", lambda sums: sums.requests - sums.failures),
                self._curve("failed", "bad", lambda sums: sums.failures),
            ],
        )

    def tokens(self) -> Chart:
        """Tokens by what they were for."""
        sums = self._sums()
        told = self._t(
            "usage.told_tokens",
            prompt=number(sums.prompt_tokens),
            cached=number(sums.cached_tokens),
            output=number(sums.output_tokens),
        )
        return self._stack(
            "chart-tokens",
            self._t("usage.tokens"),
            told,
            [
                self._curve("cached", "series-5", lambda sums: sums.cached_tokens),
                self._curve(
                    "prompt", "series-1", lambda sums: max(0, sums.prompt_tokens - sums.cached_tokens)
                ),
                self._curve("output", "series-2", lambda sums: sums.output_tokens),
            ],
        )

    def first_output(self, p50: int | None, p95: int | None) -> Chart:
        """Times to the first output; the two are those of the whole span."""
        told = self._t("usage.told_times", p50=millis(p50), p95=millis(p95))
        points = [self._total.get(start) for start in self._view.starts]
        curves = [
            Curve("p50", "series-1", [point.first_output_p50_ms if point else None for point in points]),
            Curve(
                "p95",
                "series-2",
                [point.first_output_p95_ms if point else None for point in points],
                dashed=True,
            ),
        ]
        return self._chart(
            "chart-first-output", self._t("usage.first_output"), told, curves, kind="line", unit="ms"
        )

    def by_value(self, measure: str) -> Chart:
        """The largest values on each other, and the rest."""
        value_of = _VALUES[measure]
        curves = [
            Curve(shown(one.name) or self._t("usage.no_value"), COLOURS[index], self._values(one, value_of))
            for index, one in enumerate(self._view.curves[: len(COLOURS)])
        ]
        whole = self._values(self._view.total, value_of)
        rest = [
            max(0, all_of - sum(int(curve.values[at] or 0) for curve in curves))
            for at, all_of in enumerate(whole)
        ]
        if any(rest):
            curves.append(Curve(self._t("usage.rest"), REST, rest))
        told = self.tokens().summary if measure == "tokens" else self._told_requests()
        return self._stack("chart-usage", self._t(f"usage.measure_{measure}"), told, curves)

    def _told_requests(self) -> str:
        sums = self._sums()
        if not sums.requests:
            return self._t("usage.nothing_in_range")
        peak = max(self._view.total.points, key=lambda point: point.sums.requests)
        return self._t(
            "usage.told_requests",
            n=number(sums.requests),
            failed=number(sums.failures),
            share=percent(sums.failures / sums.requests),
            most=number(peak.sums.requests),
            at=self._label(peak.start),
        )

    def _sums(self) -> Sums:
        points = self._view.total.points
        return Sums(
            **{name: sum(getattr(point.sums, name) for point in points) for name in Sums.__struct_fields__}
        )

    def _curve(self, word: str, colour: str, value_of: Callable[[Sums], int]) -> Curve:
        return Curve(self._t(f"usage.{word}"), colour, self._values(self._view.total, value_of))

    def _values(self, curve: UsageCurve, value_of: Callable[[Sums], int]) -> list[int]:
        points: dict[int, UsagePoint] = {point.start: point for point in curve.points}
        return [value_of(points[start].sums if start in points else _NOTHING) for start in self._view.starts]

    def _stack(self, name: str, title: str, summary: str, curves: Sequence[Curve]) -> Chart:
        return self._chart(name, title, summary, curves, kind="stack", unit="number")

    def _chart(
        self,
        name: str,
        title: str,
        summary: str,
        curves: Sequence[Curve],
        *,
        kind: Literal["stack", "line"],
        unit: Literal["number", "ms"],
    ) -> Chart:
        return Chart(
            id=name,
            title=title,
            summary=summary,
            kind=kind,
            unit=unit,
            starts=self._view.starts,
            labels=[self._label(start) for start in self._view.starts],
            step_s=STEPS[self._view.span.grain],
            curves=curves,
            time=self._t("usage.time"),
            nothing=self._t("usage.nothing_in_range"),
        )

    def _label(self, start: int) -> str:
        """An hour in the viewer's zone; days and months are those of UTC."""
        match self._view.span.grain:
            case "day":
                return f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d}"
            case "month":
                return f"{datetime.fromtimestamp(start, UTC):%Y-%m}"
        return self._zone.short(start)
