"""What is made from code is committed as the code makes it. `python3 run.py docs` makes it anew."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from app.dialects.base import Operation
from tests.house.errors_page import BASES, DIALECTS, all_errors, an_error
from tests.house.generate import PAGES, REQUIREMENTS, ROOT, export


@pytest.mark.parametrize("path", PAGES)
def test_a_generated_page_is_up_to_date(path: str) -> None:
    """architecture.md 13, style.md 13."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]()


@pytest.mark.skipif(shutil.which("uv") is None, reason="only uv can export the lock file")
@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_requirement_file_is_what_the_lock_file_says(name: str, tmp_path: Path) -> None:
    """amendments.md 1: a machine without uv gets the same versions, with hashes."""
    export(name, tmp_path / name)

    assert (ROOT / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


def test_every_error_has_a_row_of_its_own() -> None:
    """architecture.md 11."""
    page = PAGES["docs/reference/errors.md"]()

    for kind in all_errors():
        assert f"\n| {kind.__name__} | " in page


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_error_below_a_base_is_a_bug_to_a_client(dialect: object) -> None:
    """architecture.md 11: an error nobody thought of would be shown as a 500."""
    told = next(known for known in DIALECTS if known is dialect)
    bugs = {kind.__name__ for kind in all_errors() if told.status(an_error(kind)) == 500}

    assert bugs == {"InternalError", "AddonFailure"}
    assert not BASES & set(all_errors())


def test_every_operation_has_its_line_in_the_plan() -> None:
    """architecture.md 7.2."""
    page = PAGES["docs/reference/plan.md"]()

    for operation in get_args(Operation):
        assert f"\n| `{operation}` | " in page
