"""The books: every flow's row, and its usage, which is never lost.

A finished flow goes into the journal on disk and onto the writer's shelf. When the database has it, the
journal forgets it. While the database is away the shelf holds 10,000 flows; further ones are on disk only and
are read back from there. Of a backlog of more than 100,000 the oldest lose their rows, never their usage.
When the journal's disk is full too, further flows lose their rows and their usage is kept in sums per hour.
Never: waits in a request's way.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store import journal_format, logs, usage
from app.store.journal import Journal
from app.store.records import RUNNING, FlowRecord, UsageRecord, storable, usage_of
from app.store.rollups import Rollups
from app.store.usage import UsageSum
from app.store.writer import Writer

log = structlog.get_logger(__name__)

_SEGMENT_S = 60.0
_MOST_ROWS = 100_000
DAMAGED_FILE = "damaged-records"


class BooksState(Struct):
    """For metrics and the panel."""

    replayed: int = 0
    damaged: int = 0
    rows_dropped: int = 0


class FlowShelf:
    """Finished and running flows, with their usage."""

    name = "flows"
    max_waiting = 10_000

    def __init__(self, instance: str, clock: Clock, rollups: Rollups) -> None:
        self._instance = instance
        self._clock = clock
        self._rollups = rollups
        self.tell: Callable[[], None] = _nobody
        self._segments: dict[str, int] = {}
        self._waiting_in: dict[int, int] = {}

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[FlowRecord]) -> None:
        """Rows, attempts and usage in one transaction."""
        await logs.write(client, rows, self._instance)
        finished = [usage_of(flow) for flow in rows if flow.outcome != RUNNING]
        await self._rollups.add(client, await usage.count(client, finished, self._clock.now()))

    def left(self, rows: Sequence[FlowRecord]) -> None:
        """These are not waited for in the journal any more."""
        for flow in rows:
            number = None if flow.outcome == RUNNING else self._segments.pop(flow.id, None)
            if number is not None:
                self._waiting_in[number] -= 1
        self.tell()

    def expect(self, flow: FlowRecord, segment: int) -> None:
        """A flow waits here that stands in a segment of the journal."""
        if flow.id in self._segments:
            self._waiting_in[self._segments[flow.id]] -= 1
        self._segments[flow.id] = segment
        self._waiting_in[segment] = self._waiting_in.get(segment, 0) + 1

    def is_expected(self, segment: int) -> bool:
        """Whether a flow of that segment still waits here."""
        return self._waiting_in.get(segment, 0) > 0

    def segments(self) -> tuple[int, ...]:
        """Segments that a flow was expected from."""
        return tuple(self._waiting_in)

    def forget(self, segment: int) -> None:
        """A segment was thrown away."""
        self._waiting_in.pop(segment, None)


class UsageShelf:
    """Usage of flows whose rows are given up."""

    name = "usage"
    max_waiting = 100_000

    def __init__(self, clock: Clock, rollups: Rollups) -> None:
        self._clock = clock
        self._rollups = rollups

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[UsageRecord]) -> None:
        """Counts each flow once."""
        await self._rollups.add(client, await usage.count(client, rows, self._clock.now()))

    def left(self, rows: Sequence[UsageRecord]) -> None:
        """Nobody waits for these."""


class Books:
    """What the gateway calls when a flow's first attempt starts and when a flow ends.

    `journal` is None where there is no disk for one (a database in memory): a shelf of flows is all then.
    """

    def __init__(self, writer: Writer, journal: Journal | None, clock: Clock, *, instance: str) -> None:
        self.state = BooksState()
        self._writer = writer
        self._journal = journal
        rollups = Rollups()
        self._flows = FlowShelf(instance, clock, rollups)
        self._usage = UsageShelf(clock, rollups)
        self._folded_shelf = _FoldedShelf(rollups)
        self._on_disk_only: set[int] = set()
        self._folded: dict[str, UsageSum] = {}
        writer.after_round = self._after_round

    def on_written(self, tell: Callable[[], None]) -> None:
        """Have `tell` called whenever rows of flows can be read that could not before."""
        self._flows.tell = tell

    @property
    def has_backlog(self) -> bool:
        """Whether flows wait on the disk or in sums for a database that was away."""
        return bool(self._on_disk_only or self._folded)

    def started(self, flow: FlowRecord) -> None:
        """The first attempt of a flow starts. May be forgotten when the database is away."""
        self._writer.put(self._flows, flow.id, storable(flow))

    def finished(self, flow: FlowRecord) -> None:
        """A flow has ended; from here on its usage is safe, but for the last second before a power cut."""
        flow = storable(flow)
        has_room = self._writer.has_room(self._flows, flow.id)
        segment = self._journalled(flow, is_only_copy=not has_room)
        if has_room:
            self._writer.put(self._flows, flow.id, flow)
            if segment is not None:
                self._flows.expect(flow, segment)
        elif segment is not None:
            self._on_disk_only.add(segment)
        else:
            self._fold(flow)

    async def journal_written(self) -> bool:
        """Wait until the kernel has every finished flow. False when the disk refuses, or there is none."""
        return self._journal is not None and await self._journal.written()

    async def replay(self) -> None:
        """Take over what earlier processes left in the journal; at start, before the writer's."""
        if self._journal is None or not self._journal.leftovers:
            return
        await self._replay(self._journal.leftovers)
        log.info("the usage journal was replayed", flows=self.state.replayed, damaged=self.state.damaged)

    async def close(self) -> None:
        """After the writer's end: leave a journal that holds exactly what the database has not."""
        if self._journal is None:
            return
        self._journal.roll()
        await self._journal.close()
        if not self._on_disk_only:
            await self._drop_segments(self._journal)

    def _journalled(self, flow: FlowRecord, *, is_only_copy: bool) -> int | None:
        """The segment that the flow is in. A failing disk only takes what is also somewhere else: what it
        holds back may come to it late, and would be counted twice."""
        if self._journal is None or (is_only_copy and self._journal.is_failing):
            return None
        return self._journal.append(msgspec.json.encode(flow))

    def _fold(self, flow: FlowRecord) -> None:
        self.state.rows_dropped += 1
        (one,) = usage.summed([usage_of(flow)], minutes=60)
        kept = self._folded.get(one.name)
        self._folded[one.name] = one if kept is None else usage.plus(kept, one)

    async def _after_round(self) -> None:
        """In the writer's task, when the database has taken everything that waited."""
        await self._write_folded()
        if self._journal is not None:
            try:
                await self._tidy(self._journal)
            except OSError as exc:
                log.error("the usage journal cannot be tidied; it is tried again", why=exc.strerror)

    async def _tidy(self, journal: Journal) -> None:
        """Read back what is on disk only, and throw away what the database has."""
        if self._on_disk_only or journal.age_s > _SEGMENT_S:
            journal.roll()
        if self._on_disk_only and await journal.written():
            numbers = sorted(number for number in self._on_disk_only if number < journal.current)
            await self._replay([journal.path(number) for number in numbers])
            self._on_disk_only.difference_update(numbers)
        await self._drop_segments(journal)

    async def _write_folded(self) -> None:
        for name, one in tuple(self._folded.items()):
            await self._writer.write_now(self._folded_shelf, [one])
            # Only this task takes sums away, but a flow may have been added while it waited.
            rest = usage.minus(self._folded.pop(name), one)
            if rest.requests:
                self._folded[name] = rest

    async def _drop_segments(self, journal: Journal) -> None:
        done = [
            number
            for number in self._flows.segments()
            if number < journal.current and not self._flows.is_expected(number)
        ]
        if done:
            await journal.drop(done)
        for number in done:
            self._flows.forget(number)

    async def _replay(self, paths: Sequence[Path]) -> None:
        sizes = [journal_format.count(await asyncio.to_thread(path.read_bytes)) for path in paths]
        surplus = sum(sizes) - _MOST_ROWS
        for path, size in zip(paths, sizes, strict=True):
            await self._replay_one(path, rows_to_drop=max(0, min(size, surplus)))
            surplus -= size

    async def _replay_one(self, path: Path, *, rows_to_drop: int) -> None:
        """Bring a segment's flows into the database, then throw the segment away."""
        data = await asyncio.to_thread(path.read_bytes)
        contents = journal_format.read(data)
        flows, unreadable = _decoded(contents.records)
        lost, kept = flows[:rows_to_drop], flows[rows_to_drop:]
        await self._writer.write_now(self._usage, [usage_of(flow) for flow in lost])
        await self._writer.write_now(self._flows, kept)
        pieces = [data[damage.start : damage.end] for damage in contents.damages]
        if pieces or unreadable:
            await asyncio.to_thread(_set_aside, path, [*pieces, *unreadable])
            self.state.damaged += len(pieces) + len(unreadable)
            log.error(
                "a journal holds damaged records; they were set aside",
                file=path.name,
                at=", ".join(str(damage.start) for damage in contents.damages) or "whole records",
                aside=DAMAGED_FILE,
            )
        self.state.replayed += len(flows)
        self.state.rows_dropped += len(lost)
        await asyncio.to_thread(path.unlink, missing_ok=True)


class _FoldedShelf:
    name = "folded usage"
    max_waiting = 0

    def __init__(self, rollups: Rollups) -> None:
        self._rollups = rollups

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[UsageSum]) -> None:
        await usage.add(client, rows)
        await self._rollups.add_folded(client, rows)

    def left(self, rows: Sequence[UsageSum]) -> None:
        pass


def _decoded(records: Sequence[bytes]) -> tuple[list[FlowRecord], list[bytes]]:
    flows: list[FlowRecord] = []
    unreadable: list[bytes] = []
    for payload in records:
        try:
            flows.append(msgspec.json.decode(payload, type=FlowRecord))
        except msgspec.DecodeError:
            unreadable.append(payload)
    return flows, unreadable


def _set_aside(path: Path, pieces: Sequence[bytes]) -> None:
    with (path.parent / DAMAGED_FILE).open("ab") as file:
        for piece in pieces:
            file.write(f"# from {path.name}, {len(piece)} bytes\n".encode() + piece + b"\n")


def _nobody() -> None:
    pass
