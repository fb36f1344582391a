"""The usage journal: an append-only record of finished flows, beside the database, until it has them.

A record is in the kernel's hands within 50 ms and on the disk within a second; both happen in a thread. The
journal is cut into segments, so that what is in the database can be thrown away while more arrives. Segments
of an earlier process are left for whoever replays them.
Never: blocks the loop, or throws a segment away that it was not told to.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from app.clock import Clock
from app.store import journal_format
from app.store.segments import SUFFIX, Held, SegmentFiles

log = structlog.get_logger(__name__)

_WRITE_S = 0.05
_SYNC_S = 1.0
_SEGMENT_BYTES = 1024 * 1024
_HELD_BYTES = 32 * 1024 * 1024


class Journal:
    """One process's end of the journal. Needs `start` and `close`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.leftovers = tuple(sorted(folder.glob(f"*{SUFFIX}")))
        self.is_failing = False
        self._folder = folder
        self._clock = clock
        self._number = 1 + max((int(path.stem) for path in self.leftovers), default=0)
        self._size = 0
        self._begun_at = clock.monotonic()
        self._held: list[Held] = []
        self._held_bytes = 0
        self._files = SegmentFiles(folder)
        self._arrived = asyncio.Event()
        self._turned = asyncio.Event()
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write. Needs a running loop."""
        self._task = asyncio.create_task(self._run(), name="usage journal")

    def append(self, payload: bytes) -> int | None:
        """Keep a record; gives the number of its segment. None when disk and memory are full."""
        data = journal_format.record(payload)
        if self._held_bytes + len(data) > _HELD_BYTES:
            return None
        number = self._number
        self._held.append(Held(number, data))
        self._held_bytes += len(data)
        self._size += len(data)
        self._arrived.set()
        if self._size >= _SEGMENT_BYTES:
            self.roll()
        return number

    def roll(self) -> None:
        """Close the segment that is being written; the next record begins another."""
        if self._size:
            self._number += 1
            self._size = 0
        self._begun_at = self._clock.monotonic()

    @property
    def current(self) -> int:
        """The segment that the next record goes into."""
        return self._number

    @property
    def age_s(self) -> float:
        """How long the current segment has been open, in seconds."""
        return self._clock.monotonic() - self._begun_at

    def path(self, number: int) -> Path:
        """The file of a segment."""
        return self._files.path(number)

    async def drop(self, numbers: Iterable[int]) -> None:
        """Throw closed segments away, once the database has all their records."""
        await self.written()
        held = {one.segment for one in self._held}
        await asyncio.to_thread(self._files.remove, [number for number in numbers if number not in held])

    async def written(self) -> bool:
        """Wait until everything is in the kernel's hands. False when the disk refuses it."""
        while self._held and not self.is_failing:
            self._turned.clear()
            self._arrived.set()
            await self._turned.wait()
        return not self._held

    async def close(self) -> None:
        """Put everything on the disk and end."""
        self._is_closing = True
        self._arrived.set()
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task.result()
        await asyncio.to_thread(self._files.close)
        if self._held:
            log.error("records could not be put into the usage journal at the end", records=len(self._held))

    async def _run(self) -> None:
        synced_at = self._clock.monotonic()
        is_last = False
        while not is_last:
            await self._pause()
            is_last = self._is_closing
            await self._write()
            if self._files.is_dirty and (is_last or self._clock.monotonic() - synced_at >= _SYNC_S):
                await self._sync()
                synced_at = self._clock.monotonic()

    async def _pause(self) -> None:
        """Wait for a record, and a little for its fellows; or until the disk is due."""
        try:
            async with asyncio.timeout(_SYNC_S if self._files.is_dirty or self._held else None):
                await self._arrived.wait()
        except TimeoutError:
            return
        if not self._is_closing:
            await self._clock.sleep(_WRITE_S)
        self._arrived.clear()

    async def _write(self) -> None:
        batch = tuple(self._held)
        if batch:
            written, error = await asyncio.to_thread(self._files.write, batch)
            del self._held[:written]
            self._held_bytes -= sum(len(one.data) for one in batch[:written])
            self._note(error)
        self._turned.set()

    async def _sync(self) -> None:
        self._note(await asyncio.to_thread(self._files.sync))

    def _note(self, error: OSError | None) -> None:
        if error is not None and not self.is_failing:
            log.error("the usage journal cannot be written; records stay in memory", why=error.strerror)
        self.is_failing = error is not None
