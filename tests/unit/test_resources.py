"""Where files are that are not code."""

from pathlib import Path

import pytest

from app import resources


def test_in_a_checkout_folders_are_at_its_root() -> None:
    """architecture.md 17."""
    assert resources.folder("migrations") == Path(resources.__file__).parents[1] / "migrations"
    assert resources.migrations_package() == "migrations"


def test_in_a_wheel_folders_are_below_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """architecture.md 17: they travel inside `app/_bundled/`."""
    (tmp_path / "_bundled" / "migrations").mkdir(parents=True)
    monkeypatch.setattr(resources, "_BUNDLED", tmp_path / "_bundled")
    monkeypatch.setattr(resources, "find_spec", lambda name: object())

    assert resources.folder("migrations") == tmp_path / "_bundled" / "migrations"
    assert resources.migrations_package() == "app._bundled.migrations"


def test_an_installation_without_a_folder_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="`no_such_folder` is missing"):
        resources.folder("no_such_folder")
