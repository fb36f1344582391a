"""Figures as values: the numbers that a script draws, and the same numbers as rows of a table.

Instants are epoch seconds. Never: a colour; a series names one of the style sheet's.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

Unit = Literal["number", "ms"]
Kind = Literal["stack", "line"]
Value = float | int | None

COLOURS = tuple(f"series-{number}" for number in range(1, 9))
REST = "series-rest"
_DAY_S = 86_400


class Curve(Struct, frozen=True):
    """One series: a name, a colour of the style sheets, a value per start; None where nothing is known."""

    name: str
    colour: str
    values: Sequence[Value]
    dashed: bool = False


class Chart(Struct, frozen=True, kw_only=True):
    """A figure over time. `starts` are as far apart as `step_s` and called `labels`; `summary` tells it in a
    sentence, `nothing` says that there is nothing to see.

    Curves of a stack stand on each other, the first at the bottom.
    """

    id: str
    title: str
    summary: str
    kind: Kind
    starts: Sequence[int]
    labels: Sequence[str]
    step_s: int
    curves: Sequence[Curve]
    time: str
    nothing: str
    unit: Unit = "number"

    @property
    def names(self) -> list[str]:
        """What the curves are called."""
        return [curve.name for curve in self.curves]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(self._says(curve.values) for curve in self.curves)

    @property
    def rows(self) -> Iterator[tuple[int, str, list[Value]]]:
        """A row per start at which anything was, newest first."""
        for at in reversed(range(len(self.starts))):
            row = [curve.values[at] for curve in self.curves]
            if self._says(row):
                yield self.starts[at], self.labels[at], row

    def _says(self, values: Sequence[Value]) -> bool:
        """Whether values tell anything. A nought in a stack is nothing; on a line it is a reading."""
        return any(values) if self.kind == "stack" else any(value is not None for value in values)

    @property
    def data(self) -> dict[str, object]:
        """What the script reads."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "time": self.time,
            "step": self.step_s,
            "utc": self.step_s >= _DAY_S,
            "starts": list(self.starts),
            "names": self.names,
            "colours": [curve.colour for curve in self.curves],
            "dashed": [curve.name for curve in self.curves if curve.dashed],
            "values": [list(curve.values) for curve in self.curves],
        }
