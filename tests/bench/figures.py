"""What a benchmark found, beside its budget, and the table of it.

Budgets are for a quiet, current machine; only a miss by more than `SLACK` counts as a failure.
"""

from collections.abc import Iterable

from msgspec import Struct

SLACK = 3.0


class Figure(Struct, frozen=True):
    """One measured value; less is better. `beside` is the bare pass-through's figure of the same run."""

    what: str
    value: float
    unit: str
    budget: float | None = None
    beside: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the budget is missed by so much that no slow machine explains it."""
        return self.budget is not None and self.value > self.budget * SLACK


def table(figures: Iterable[Figure]) -> str:
    """All figures, one line each."""
    rows = [("what", "measured", "budget", "of budget", "pass-through", "ratio")]
    rows += [_row(figure) for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    budget, beside = figure.budget, figure.beside
    return (
        figure.what + ("  MISSED" if figure.is_missed else ""),
        f"{_number(figure.value)} {figure.unit}",
        "" if budget is None else f"{_number(budget)} {figure.unit}",
        "" if not budget else f"{figure.value / budget:.0%}",
        "" if beside is None else f"{_number(beside)} {figure.unit}",
        "" if not beside else f"{figure.value / beside:.1f}",
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([first, *(cell.strip().rjust(len(cell)) for cell in rest)]).rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == 0 else f"{value:.3g}"
