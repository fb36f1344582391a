"""SQLite files from outside."""

import stat
from pathlib import Path

import pytest

from app.store import file
from app.store.errors import StoreCorrupt, StoreError


def test_the_file_is_for_its_owner_alone_from_the_start(tmp_path: Path) -> None:
    """threats.md S13."""
    path = tmp_path / "data" / "x.sqlite"

    file.prepare(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_place_where_no_file_can_be_is_told_in_one_line(tmp_path: Path) -> None:
    """faults.md F103."""
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StoreError, match="cannot be opened for writing"):
        file.prepare(tmp_path / "data" / "x.sqlite")


def test_a_file_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    """faults.md F103: whoever reads "damaged" throws the file away; missing rights are mended otherwise."""
    with pytest.raises(StoreError, match="cannot be used: unable to open") as caught:
        file.check(tmp_path)

    assert not isinstance(caught.value, StoreCorrupt)


def test_a_file_that_is_no_database_is_called_damaged_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"no database at all " * 300)

    with pytest.raises(StoreCorrupt, match="is damaged"):
        file.check(path)

    assert path.read_bytes().startswith(b"no database")


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 60, 0), False),
    ],
)
def test_releases_that_can_corrupt_a_shared_file_are_known(version: tuple[int, ...], has_it: bool) -> None:
    """faults.md T16."""
    assert file.has_wal_bug(version) is has_it
