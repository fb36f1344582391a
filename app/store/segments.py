"""The files of the usage journal. Blocking; callers use a thread, and any of them may do so.

A write that fails half way is taken back, so that a segment never holds a piece of a record that comes again.
"""

import os
import threading
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".journal"


class Held(NamedTuple):
    """A record on its way into a segment."""

    segment: int
    data: bytes


class SegmentFiles:
    """Writes one segment at a time."""

    def __init__(self, folder: Path) -> None:
        self.is_dirty = False
        self._folder = folder
        self._lock = threading.Lock()
        self._open: int | None = None
        self._handle = -1

    def path(self, number: int) -> Path:
        """The file of a segment; names sort in the order of time."""
        return self._folder / f"{number:010d}{SUFFIX}"

    def write(self, batch: Sequence[Held]) -> tuple[int, OSError | None]:
        """Write records in order; gives how many were written, and what stopped the next one."""
        written = 0
        with self._lock:
            for number, records in groupby(batch, key=lambda held: held.segment):
                pieces = [held.data for held in records]
                try:
                    self._append(number, b"".join(pieces))
                except OSError as exc:
                    return written, exc
                written += len(pieces)
        return written, None

    def sync(self) -> OSError | None:
        """Put what was written on the disk."""
        with self._lock:
            try:
                self._sync()
            except OSError as exc:
                return exc
        return None

    def remove(self, numbers: Iterable[int]) -> None:
        """Delete segments; one that is not there is fine."""
        with self._lock:
            for number in numbers:
                if number == self._open:
                    self._shut()
                self.path(number).unlink(missing_ok=True)

    def close(self) -> None:
        """Put everything on the disk and let go."""
        with self._lock:
            try:
                self._sync()
            finally:
                self._shut()

    def _append(self, number: int, data: bytes) -> None:
        if number != self._open:
            self._sync()
            self._shut()
            self._handle = os.open(self.path(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._open = number
        size = os.fstat(self._handle).st_size
        self.is_dirty = True
        try:
            _write_all(self._handle, data)
        except OSError:
            os.ftruncate(self._handle, size)
            raise

    def _sync(self) -> None:
        if self._open is not None and self.is_dirty:
            os.fsync(self._handle)
        self.is_dirty = False

    def _shut(self) -> None:
        if self._open is not None:
            os.close(self._handle)
        self._open = None


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
