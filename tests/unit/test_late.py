"""Parts that are imported when they are needed."""

import subprocess
import sys

import pytest

from app.late import late

NOT_FOR_A_START = ("quart", "httpx", "PIL", "app.simulator")


def test_a_part_is_found_by_its_place() -> None:
    assert late("app.late:late") is late


def test_a_part_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AttributeError):
        late("app.late:nothing")
    with pytest.raises(ModuleNotFoundError):
        late("app.nowhere:nothing")


@pytest.mark.parametrize(
    "where", ["app.web.site:build_quart", "app.redraw:redraw", "app.cli.simulated:beside"]
)
def test_what_is_imported_late_is_there(where: str) -> None:
    """A name in a string is not checked by the type checker."""
    assert callable(late(where))


def test_a_start_imports_none_of_the_large_parts_that_it_does_not_need() -> None:
    """architecture 21: ready in a second."""
    tell = f"import sys, app.cli.serve; print([n for n in {NOT_FOR_A_START!r} if n in sys.modules])"

    told = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
