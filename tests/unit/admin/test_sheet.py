"""Rows for a spreadsheet."""

import csv
import io

import pytest

from app.admin.api.sheet import sheet


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1", "\r\n@x", '=HYPERLINK("a","b")']
)
def test_no_cell_is_a_formula(text: str) -> None:
    """threats.md S36."""
    ((cell,),) = csv.reader(io.StringIO(sheet([(text,)])))

    assert not cell.lstrip("\t\r\n ").startswith(("=", "+", "-", "@"))
    assert "\n" not in cell


def test_other_cells_are_as_they_were() -> None:
    rows = [("model", "name", 5, ""), ('a "b", c', "中文", -3, 1.5)]

    assert list(csv.reader(io.StringIO(sheet(rows)))) == [
        ["model", "name", "5", ""],
        ['a "b", c', "中文", "-3", "1.5"],
    ]
