"""Rows as CSV that a spreadsheet opens without running anything in it. Source: threats.md S36. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from app.plain import shown

_FORMULA: Final = ("=", "+", "-", "@")


def sheet(rows: Iterable[Sequence[object]]) -> str:
    """One line per row, as RFC 4180 has it. Texts that would be formulas begin with an apostrophe."""
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return kept.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Line ends and tabs are escaped first: some programs look behind them for a formula.
    text = shown(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
