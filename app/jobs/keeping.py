"""Jobs that keep what is stored in order: the pool's state saved, old rows forgotten, knobs read again.

Never: knows a table.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from app.pool.memo import PoolMemo

T = TypeVar("T")

SAVE_EVERY_S = 10.0
PRUNE_EVERY_S = 3600.0
KNOBS_EVERY_S = 10.0


class StateBook(Protocol):
    """Where the pool's state is kept."""

    async def save(self, memo: PoolMemo, alarms: Mapping[str, str]) -> None:
        """Keep this in place of what was kept before."""
        ...


class SavePoolState:
    """Saves cool-downs, quota and alarms, where anything changed since the last time."""

    every_s = SAVE_EVERY_S

    def __init__(
        self, book: StateBook, memo: Callable[[], PoolMemo], alarms: Callable[[], Mapping[str, str]]
    ) -> None:
        self._book = book
        self._memo = memo
        self._alarms = alarms

    async def run_once(self) -> None:
        """Save what the pool knows now."""
        await self._book.save(self._memo(), self._alarms())


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

    async def run_once(self) -> None:
        """Apply the stored knobs if they have another version than the last time."""
        version, values = await self._read()
        if version != self._version:
            self._apply(values)
            self._version = version
