"""What an operator does to a database as a whole."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app.store import file, upkeep
from app.store.errors import StoreError
from tests.support.store import a_store, url_in


async def test_a_backup_is_whole_while_the_database_is_in_use(tmp_path: Path) -> None:
    """amendments.md 1, db backup."""
    async with a_store(tmp_path) as store:
        await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        copy = await upkeep.back_up(url_in(tmp_path), None)

    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT email FROM accounts").fetchall() == [("anna@example.test",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert file.newest_backup(tmp_path / "database.sqlite") == copy


async def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    async with a_store(tmp_path):
        pass
    target = tmp_path / "copy.sqlite"
    await upkeep.back_up(url_in(tmp_path), target)

    with pytest.raises(StoreError, match="was left as it is"):
        await upkeep.back_up(url_in(tmp_path), target)


async def test_the_status_of_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """amendments.md 1, db status."""
    found = await upkeep.status(url_in(tmp_path))

    assert not found.exists
    assert not found.is_current
    assert list(tmp_path.iterdir()) == []


async def test_the_status_tells_what_is_applied(tmp_path: Path) -> None:
    """amendments.md 1, db upgrade and status."""
    applied = await upkeep.upgrade(url_in(tmp_path))
    assert applied[0] == "0001_initial"

    found = await upkeep.status(url_in(tmp_path))

    assert found.is_current
    assert found.applied == applied
    assert await upkeep.upgrade(url_in(tmp_path)) == ()


async def test_there_is_nothing_to_copy_where_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        await upkeep.back_up(url_in(tmp_path), None)
    with pytest.raises(StoreError, match="pg_dump"):
        await upkeep.back_up("postgres://host/name", None)
