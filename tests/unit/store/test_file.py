"""SQLite files from outside: preparing, checking, copying; locks between processes."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app.store import file, upkeep
from app.store.connect import shown
from app.store.errors import StoreCorrupt, StoreError, StoreLocked
from app.store.lock import FileLock
from tests.support.store import a_store, url_in


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


async def test_a_damaged_file_is_refused_left_alone_and_the_backup_is_named(tmp_path: Path) -> None:
    """faults.md F104: overwrite 4 KB in the middle."""
    async with a_store(tmp_path) as store:
        for n in range(200):
            await store.keys.create(f"key {n}" * 10)
    copy = await upkeep.back_up(url_in(tmp_path), None)
    path = tmp_path / "database.sqlite"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(data)

    with pytest.raises(StoreCorrupt, match=str(copy)):
        async with a_store(tmp_path):
            pass

    assert path.read_bytes() == bytes(data)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """faults.md F104."""
    (tmp_path / "database.sqlite").write_bytes(b"this is a letter to a friend" * 100)

    with pytest.raises(StoreCorrupt, match="There is no backup"):
        async with a_store(tmp_path):
            pass


async def test_the_status_of_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """amendments.md 1, db status."""
    found = await upkeep.status(url_in(tmp_path))

    assert not found.exists
    assert not found.is_current
    assert list(tmp_path.iterdir()) == []


async def test_the_status_tells_what_is_applied(tmp_path: Path) -> None:
    """amendments.md 1, db upgrade and status."""
    assert await upkeep.upgrade(url_in(tmp_path)) == ("0001_initial",)

    found = await upkeep.status(url_in(tmp_path))

    assert found.is_current
    assert found.applied == ("0001_initial",)
    assert await upkeep.upgrade(url_in(tmp_path)) == ()


async def test_there_is_nothing_to_copy_where_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        await upkeep.back_up(url_in(tmp_path), None)
    with pytest.raises(StoreError, match="pg_dump"):
        await upkeep.back_up("postgres://host/name", None)


def test_an_address_is_shown_without_its_password() -> None:
    """threats.md S14."""
    assert shown("postgres://gateway:hunter2@db/x") == "postgres://gateway:***@db/x"
    assert shown("sqlite://./data/x.sqlite") == "sqlite://./data/x.sqlite"


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


async def test_a_second_gateway_on_the_same_file_is_refused_and_guests_are_not(tmp_path: Path) -> None:
    """amendments.md 1: short commands work beside a running gateway."""
    async with a_store(tmp_path) as gateway:
        with pytest.raises(StoreLocked, match="Another gateway"):
            async with a_store(tmp_path):
                pass
        async with a_store(tmp_path, serving=False) as guest:
            await guest.accounts.add(email="anna@example.test", refresh_token="1//a")

        assert [a.email for a in await gateway.accounts.all()] == ["anna@example.test"]


async def test_a_guest_does_not_change_tables_under_a_running_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md F108."""
    async with a_store(tmp_path) as store:
        await store.knobs.put("heartbeat_s", "5.0")
        held = FileLock.take(tmp_path / "old.sqlite.lock", wait_s=0)
        with pytest.raises(StoreLocked, match="stop it first"):
            await upkeep.upgrade(f"sqlite://{tmp_path}/old.sqlite")
        held.release()
