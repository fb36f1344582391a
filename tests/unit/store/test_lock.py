"""Locks between processes."""

import os
import stat
from pathlib import Path

import pytest

from app.store.errors import StoreError, StoreLocked
from app.store.lock import FileLock


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    """ecosystem.md 2.3: SQLite is one process, enforced by a lock file."""
    held = FileLock.take(tmp_path / "lock", wait_s=0)
    with pytest.raises(StoreLocked):
        FileLock.take(tmp_path / "lock", wait_s=0)

    held.release()
    held.release()

    FileLock.take(tmp_path / "lock", wait_s=0).release()


def test_a_lock_in_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        FileLock.take(tmp_path / "nowhere" / "lock", wait_s=0)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """threats.md, A4: whoever may read a lock file could hold its lock."""
    before = os.umask(0)
    try:
        FileLock.take(tmp_path / "lock", wait_s=0).release()
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
