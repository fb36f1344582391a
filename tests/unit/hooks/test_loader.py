"""Where addons come from. Source: architecture.md 8.4."""

import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from app.hooks import loader
from app.hooks.errors import AddonRefused
from app.hooks.loader import found, installed

CLASS = "class Mine:\n    async def flow_closed(self, flow): pass\n"


def a_file(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        CLASS + "addons = [Mine()]",
        CLASS + "addons = [Mine]",
        CLASS + "addons = Mine()",
        "async def flow_closed(flow): pass",
    ],
    ids=["objects", "classes", "one", "module"],
)
def test_a_file_defines_addons_or_is_one(text: str, tmp_path: Path) -> None:
    spec = a_file(tmp_path, text)

    (one,) = found(spec)

    assert (one.name, one.source) == ("mine", spec)


def test_a_file_is_run_anew_each_time(tmp_path: Path) -> None:
    spec = a_file(tmp_path, CLASS + "addons = [Mine()]")

    (first,), (second,) = found(spec), found(spec)

    assert type(first.addon) is not type(second.addon)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "has no hook"),
        ("addons = []", "has no hook"),
        ("1 / 0", "cannot be run: ZeroDivisionError"),
        ("def broken(", "cannot be run: SyntaxError"),
        ("class Mine:\n    def __init__(self, x): pass\naddons = [Mine]", "without arguments"),
    ],
)
def test_a_file_that_is_no_addon_is_refused_with_a_sentence(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(AddonRefused, match=says):
        found(a_file(tmp_path, text))


def test_a_file_that_is_not_there_is_refused_with_its_name() -> None:
    with pytest.raises(AddonRefused, match=r"no addon file `nowhere\.py`"):
        found("nowhere.py")


def test_a_module_and_an_attribute_name_an_addon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_file(tmp_path, CLASS + "one = Mine()\nsome = [Mine]", "a_package_of_addons.py")
    monkeypatch.syspath_prepend(tmp_path)

    for spec in ("a_package_of_addons:Mine", "a_package_of_addons:one", "a_package_of_addons:some"):
        (one,) = found(spec)
        assert (one.name, one.source) == ("mine", spec)
    with pytest.raises(AddonRefused, match="has no `other`"):
        found("a_package_of_addons:other")
    with pytest.raises(AddonRefused, match="cannot be imported: ModuleNotFoundError"):
        found("no_such_package_at_all")


def points(*values: tuple[str, str]) -> Any:
    return lambda group: [EntryPoint(name, value, group) for name, value in values]


def test_installed_packages_bring_addons_by_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file(tmp_path, CLASS + "class Other(Mine): pass", "an_installed_addon.py")
    monkeypatch.syspath_prepend(tmp_path)
    wanted = points(("z", "an_installed_addon:Mine"), ("a", "an_installed_addon:Other"))
    monkeypatch.setattr(loader, "entry_points", wanted)

    assert [one.name for one in installed()] == ["other", "mine"]


def test_an_installed_addon_that_cannot_be_imported_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loader, "entry_points", points(("bad", "no_such_package_at_all:x")))

    with pytest.raises(AddonRefused, match="--no-entry-point-addons"):
        installed()


def test_a_change_of_the_same_size_within_the_same_second_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of compiled files tells versions apart by second and size."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    numbers = []
    for number in (1, 2):
        spec = a_file(tmp_path, CLASS + f"Mine.number = {number}\naddons = [Mine()]")
        os.utime(spec, (1_700_000_000, 1_700_000_000))
        (one,) = found(spec)
        numbers.append(one.addon.number)  # type: ignore[attr-defined]  # of the file

    assert numbers == [1, 2]
    assert not (tmp_path / "__pycache__").exists()


def test_a_file_that_wants_to_end_the_process_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AddonRefused, match="cannot be run: SystemExit"):
        found(a_file(tmp_path, "import sys\nsys.exit(3)"))
