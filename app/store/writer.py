"""The one task that writes what requests leave behind: never cancelled, in batches, never in a request's way.

Whoever has a row puts it on a shelf and goes on. Twice a second, or when enough rows wait, everything that
waits is written in one transaction. While the database does not answer, rows wait; a row that the database
will never take is set aside alone, so that it does not hold up the others.
Never: raises at whoever puts a row, or waits for anything but the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import structlog
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.store.trouble import Trouble, trouble_of
from app.store.tx import Database, run_in_tx

log = structlog.get_logger(__name__)

RowT = TypeVar("RowT")
RowT_contra = TypeVar("RowT_contra", contravariant=True)

_BATCH_ROWS = 500
_LONGEST_BACK_OFF_S = 5.0
_CLOSING_PAUSE_S = 0.1


class Shelf(Protocol[RowT_contra]):
    """One kind of rows: how they are written, and who wants to know that they were.

    At most `max_waiting` rows wait; a row whose name waits already takes its place.
    """

    name: str
    max_waiting: int

    async def write(self, client: BaseDBAsyncClient, rows: Sequence[RowT_contra]) -> None:
        """Write rows inside a transaction; writing a row twice is the same as once."""
        ...

    def left(self, rows: Sequence[RowT_contra]) -> None:
        """These rows wait no more: they are in the database, or it refused them for good."""
        ...


class WriterState(Struct):
    """For health and metrics. `failures` counts by the words of app/store/trouble.py."""

    waiting: int = 0
    written: int = 0
    refused: int = 0
    turned_away: int = 0
    failing_since: float | None = None
    failures: dict[str, int] = {}


class Writer:
    """See the module's docstring. `start` once, `close` once."""

    def __init__(
        self, database: Database, clock: Clock, *, flush_s: float = 0.5, batch_rows: int = 200
    ) -> None:
        self.state = WriterState()
        self.after_round: Callable[[], Awaitable[None]] = _nothing
        self._database = database
        self._clock = clock
        self._flush_s = flush_s
        self._batch_rows = batch_rows
        self._shelves: dict[str, Shelf[Any]] = {}
        self._waiting: dict[str, dict[str, Any]] = {}
        self._hurry = asyncio.Event()
        self._arrived = asyncio.Event()
        self._round_ended = asyncio.Event()
        self._closing_until: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write. Needs a running loop."""
        self._task = asyncio.create_task(self._run(), name="store writer")

    def put(self, shelf: Shelf[RowT], name: str, row: RowT) -> bool:
        """Leave a row to be written. False when the shelf is full; the row is not kept then."""
        waiting = self._waiting.setdefault(shelf.name, {})
        self._shelves[shelf.name] = shelf
        if not self.has_room(shelf, name):
            self.state.turned_away += 1
            return False
        self.state.waiting += name not in waiting
        waiting[name] = row
        self._arrived.set()
        if self.state.waiting >= self._batch_rows and self.state.failing_since is None:
            self._hurry.set()
        return True

    def has_room(self, shelf: Shelf[Any], name: str) -> bool:
        """Whether `put` would keep a row of that name."""
        waiting = self._waiting.get(shelf.name, {})
        return name in waiting or len(waiting) < shelf.max_waiting

    async def flush(self) -> bool:
        """Write what waits now. False when the database does not take it."""
        while self.state.waiting and self._task is not None and not self._task.done():
            self._round_ended.clear()
            self._hurry.set()
            await self._round_ended.wait()
            if self.state.failing_since is not None:
                return False
        return not self.state.waiting

    async def close(self, *, grace_s: float = 10.0) -> bool:
        """Write what waits and end; gives up on a database that does not answer within the grace time."""
        if self._task is None:
            return not self.state.waiting
        self._closing_until = self._clock.monotonic() + grace_s
        self._arrived.set()
        self._hurry.set()
        await asyncio.wait([self._task])
        self._task.result()
        return not self.state.waiting

    async def write_now(self, shelf: Shelf[RowT], rows: Sequence[RowT]) -> None:
        """Write rows past the queue. Only from `after_round`, or before `start`. Raises Trouble."""
        for first in range(0, len(rows), _BATCH_ROWS):
            await self._write({shelf.name: (shelf, list(rows[first : first + _BATCH_ROWS]))})

    async def _run(self) -> None:
        while not self._is_over():
            await self._arrived.wait()
            await self._pause()
            await self._round()
            self._round_ended.set()
            if not self.state.waiting and self._closing_until is None:
                self._arrived.clear()

    def _is_over(self) -> bool:
        if self._closing_until is None:
            return False
        return not self.state.waiting or self._clock.monotonic() >= self._closing_until

    async def _pause(self) -> None:
        """Let rows gather, unless somebody is in a hurry."""
        try:
            async with asyncio.timeout(self._pause_s()):
                await self._hurry.wait()
        except TimeoutError:
            return
        self._hurry.clear()

    def _pause_s(self) -> float:
        """Longer and longer while the database does not answer, short while closing."""
        if self._closing_until is not None:
            return _CLOSING_PAUSE_S
        if self.state.failing_since is None:
            return self._flush_s
        failing_s = self._clock.monotonic() - self.state.failing_since
        return min(_LONGEST_BACK_OFF_S, max(self._flush_s, failing_s / 2))

    async def _round(self) -> None:
        try:
            while batch := self._take():
                await self._write(batch)
                self._drop(batch)
                self._recovered()
            await self.after_round()
        except Trouble as trouble:
            self._failed(trouble)

    def _take(self) -> dict[str, tuple[Shelf[Any], list[Any]]]:
        """Up to a batch of rows, oldest first; they stay where they are until they are written."""
        batch, room = {}, _BATCH_ROWS
        for name, waiting in self._waiting.items():
            rows = list(waiting.values())[:room]
            room -= len(rows)
            if rows:
                batch[name] = (self._shelves[name], rows)
        return batch

    def _drop(self, batch: dict[str, tuple[Shelf[Any], list[Any]]]) -> None:
        """Forget what was written, except rows that were replaced in the meantime."""
        for name, (_, rows) in batch.items():
            written = set(map(id, rows))
            waiting = self._waiting[name]
            for key in [key for key, row in waiting.items() if id(row) in written]:
                del waiting[key]
                self.state.waiting -= 1

    async def _write(self, batch: dict[str, tuple[Shelf[Any], list[Any]]]) -> None:
        try:
            await self._in_one_transaction(batch)
        except Trouble as trouble:
            if not trouble.is_about_rows:
                raise
            await self._one_by_one(batch)

    async def _one_by_one(self, batch: dict[str, tuple[Shelf[Any], list[Any]]]) -> None:
        for name, (shelf, rows) in batch.items():
            for row in rows:
                try:
                    await self._in_one_transaction({name: (shelf, [row])})
                except Trouble as trouble:
                    if not trouble.is_about_rows:
                        raise
                    self.state.refused += 1
                    log.error("the database refuses a row for good", shelf=name, why=str(trouble))
                    shelf.left([row])

    async def _in_one_transaction(self, batch: dict[str, tuple[Shelf[Any], list[Any]]]) -> None:
        async def work(client: BaseDBAsyncClient) -> None:
            for shelf, rows in batch.values():
                await shelf.write(client, rows)

        try:
            await run_in_tx(self._database, work)
        # Every driver has its own errors, and this task must outlive them all.
        except Exception as exc:
            raise trouble_of(exc) from exc
        for shelf, rows in batch.values():
            self.state.written += len(rows)
            shelf.left(rows)

    def _recovered(self) -> None:
        if self.state.failing_since is not None:
            log.info("the database takes rows again", waiting=self.state.waiting)
        self.state.failing_since = None

    def _failed(self, trouble: Trouble) -> None:
        self.state.failures[trouble.kind] = self.state.failures.get(trouble.kind, 0) + 1
        if self.state.failing_since is None:
            self.state.failing_since = self._clock.monotonic()
            log.warning("the database does not take rows; they wait", kind=trouble.kind, why=str(trouble))


async def _nothing() -> None:
    return None
