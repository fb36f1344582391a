"""The journal's own task and its segments."""

import errno
import os
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.store import journal, journal_format, segments
from app.store.journal import Journal


def held_in(path: Path) -> list[bytes]:
    return list(journal_format.read(path.read_bytes()).records)


async def test_a_record_is_with_the_kernel_before_the_process_can_be_killed_for_long(tmp_path: Path) -> None:
    """threats.md 5.6."""
    kept = Journal(tmp_path, SystemClock())
    kept.start()
    number = kept.append(b"{}")
    assert number is not None

    assert await kept.written()

    assert held_in(kept.path(number)) == [b"{}"]
    await kept.close()


async def test_closing_writes_what_is_held(tmp_path: Path) -> None:
    """faults.md 4: SIGTERM loses nothing."""
    kept = Journal(tmp_path, SystemClock())
    kept.start()
    number = kept.append(b'{"last":1}')
    assert number is not None

    await kept.close()

    assert held_in(kept.path(number)) == [b'{"last":1}']


async def test_a_full_segment_makes_room_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md F135: the journal is emptied in pieces."""
    monkeypatch.setattr(journal, "_SEGMENT_BYTES", 100)
    kept = Journal(tmp_path, SystemClock())
    kept.start()
    numbers = [kept.append(b'{"n":%d}' % n) for n in range(10)]
    await kept.written()

    assert len(set(numbers)) > 1
    await kept.drop([n for n in set(numbers) if n is not None and n < kept.current])

    assert [path.stem for path in tmp_path.iterdir()] == [f"{kept.current:010d}"]
    await kept.close()


async def test_numbers_go_on_after_what_an_earlier_process_left(tmp_path: Path) -> None:
    first = Journal(tmp_path, SystemClock())
    first.start()
    first.append(b"{}")
    await first.close()

    second = Journal(tmp_path, SystemClock())

    assert [path.stem for path in second.leftovers] == ["0000000001"]
    assert second.current == 2


async def test_a_full_disk_is_noticed_and_what_is_held_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md F102."""
    write_all = segments._write_all

    def refuse(handle: int, data: bytes) -> None:
        os.write(handle, data[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = Journal(tmp_path, SystemClock())
    kept.start()
    monkeypatch.setattr(segments, "_write_all", refuse)
    number = kept.append(b'{"n":1}')
    assert number is not None
    assert not await kept.written()
    assert kept.path(number).read_bytes() == b""

    monkeypatch.setattr(segments, "_write_all", write_all)
    await kept.close()

    assert held_in(kept.path(number)) == [b'{"n":1}']


async def test_what_memory_cannot_hold_is_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 3: 32 MB in memory."""
    monkeypatch.setattr(journal, "_HELD_BYTES", 100)
    kept = Journal(tmp_path, SystemClock())

    assert kept.append(b"x" * 50) == 1
    assert kept.append(b"x" * 50) is None
    kept.start()
    await kept.close()
