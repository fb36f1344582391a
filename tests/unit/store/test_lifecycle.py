"""Opening and closing the store."""

from pathlib import Path

import pytest

from app.store import upkeep
from app.store.errors import StoreCorrupt, StoreLocked
from app.store.lock import FileLock
from tests.support.store import a_store, url_in


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
