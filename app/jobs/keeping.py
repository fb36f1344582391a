"""Jobs that keep what is stored in order: the pool's state saved, old rows forgotten, knobs read again.

Never: knows a table.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from app.clock import Clock
from app.pool.memo import PoolMemo
from app.pool.model import PoolChange

T = TypeVar("T")

LOOK_EVERY_S = 1.0
SAVE_EVERY_S = 10.0
PRUNE_EVERY_S = 3600.0
KNOBS_EVERY_S = 10.0


class StateBook(Protocol):
    """Where the pool's state is kept."""

    async def save(self, memo: PoolMemo, alarms: Mapping[str, str]) -> None:
        """Keep this in place of what was kept before."""
        ...


class SavePoolState:
    """Saves cool-downs, quota and alarms: soon after something cooled, else every ten seconds."""

    every_s = LOOK_EVERY_S

    def __init__(
        self,
        book: StateBook,
        memo: Callable[[], PoolMemo],
        alarms: Callable[[], Mapping[str, str]],
        clock: Clock,
    ) -> None:
        self._book = book
        self._memo = memo
        self._alarms = alarms
        self._clock = clock
        self._due_at = 0.0

    def told(self, change: PoolChange) -> None:
        """Take note of what happens in the pool. A crash may come before the next ten seconds are over."""
        if change.kind in ("cooled", "returned"):
            self._due_at = 0.0

    async def run_once(self) -> None:
        """Save what the pool knows now, if it is time."""
        if self._clock.monotonic() >= self._due_at:
            self._due_at = self._clock.monotonic() + SAVE_EVERY_S
            await self.save()

    async def save(self) -> None:
        """Save what the pool knows now."""
        await self._book.save(self._memo(), self._alarms())


class BringIn:
    """Does what an upgrade has left over: soon after the start, and again where that was cut off."""

    every_s = LOOK_EVERY_S

    def __init__(self, run: Callable[[], Awaitable[int]]) -> None:
        self._run = run

    async def run_once(self) -> None:
        """Do all that is left; nothing once that is done."""
        await self._run()


class Prune:
    """Forgets what is older than it shall get."""

    every_s = PRUNE_EVERY_S

    def __init__(self, *prune: Callable[[], Awaitable[int]]) -> None:
        self._prune = prune

    async def run_once(self) -> None:
        """Forget, one kind after the other."""
        for prune in self._prune:
            await prune()


class ReadKnobs:
    """Puts knobs in force that were turned elsewhere."""

    every_s = KNOBS_EVERY_S

    def __init__(
        self,
        read: Callable[[], Awaitable[tuple[int, Mapping[str, str]]]],
        apply: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._read = read
        self._apply = apply
        self._version = -1
        self._reading = asyncio.Lock()

    async def run_once(self) -> None:
        """Apply the stored knobs if they have another version than the last time."""
        # One at a time, so that what was read first is never applied last.
        async with self._reading:
            version, values = await self._read()
            if version != self._version:
                self._apply(values)
                self._version = version
