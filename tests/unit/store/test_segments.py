"""The files of the usage journal."""

import errno
import os
from pathlib import Path

import pytest

from app.store.segments import Held, SegmentFiles


def test_a_write_tells_how_far_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SegmentFiles(tmp_path)
    assert files.write([Held(1, b"a"), Held(1, b"b")]) == (2, None)
    monkeypatch.setattr(os, "open", _no_room)

    written, error = files.write([Held(1, b"c"), Held(2, b"d"), Held(2, b"e")])

    assert written == 1
    assert error is not None
    monkeypatch.undo()
    assert files.sync() is None
    files.close()
    assert files.path(1).read_bytes() == b"abc"


def test_removing_a_segment_that_is_open_or_not_there_is_fine(tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path)
    files.write([Held(1, b"a")])

    files.remove([1, 2])
    files.close()

    assert list(tmp_path.iterdir()) == []


def _no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")
