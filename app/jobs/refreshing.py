"""Works through a run over all accounts, and takes up runs that nobody works on.

Runs live in a book that a command and a gateway share: whoever is there first does the work, the other
watches. Never: knows how an account is asked about.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.clock import Clock
from app.ids import AccountId
from app.pool.refreshing import EQUAL_FAILURES, Part, RefreshBook

BEAT_S = 5.0
LOOK_EVERY_S = 2.0

Refresh: TypeAlias = Callable[[AccountId, frozenset[Part]], Awaitable[str]]
"""Asks the upstream about one account and keeps what it says; gives why that failed, "" when it went well."""


class _Alike:
    """How many accounts in a row have failed for the same reason."""

    def __init__(self) -> None:
        self._reason = ""
        self._count = 0

    def are_too_many(self, reason: str) -> bool:
        """Count one more account; `reason` is "" where all went well."""
        self._count = self._count + 1 if reason and reason == self._reason else bool(reason)
        self._reason = reason
        return self._count >= EQUAL_FAILURES


class RefreshWorker:
    """Works on one run at a time, under a name of its own. `moved` is called whenever it got any further."""

    def __init__(
        self,
        book: RefreshBook,
        refresh: Refresh,
        clock: Clock,
        name: str,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._moved = moved
        self._book = book
        self._refresh = refresh
        self._clock = clock
        self.name = name

    async def work(self, run: str, *, parallel: int) -> bool:
        """Go on with a run until it is over or shall not go on. False when another works on it.

        It stops itself, as if paused, when too many accounts in a row fail alike: then it is the upstream.
        Cancelled, it leaves the run to whoever goes on with it.
        """
        found = await self._book.find(run)
        if not await self._book.claim(run, self.name):
            return False
        parts = found.parts if found is not None else frozenset(Part)
        alike = _Alike()
        beating = asyncio.get_running_loop().create_task(self._beat(run), name="refresh-beat")
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(parallel):
                    group.create_task(self._go_through(run, parts, alike), name=f"refresh-{number}")
        finally:
            beating.cancel()
            await self._book.release(run, self.name)
            self._moved()
        return True

    async def _go_through(self, run: str, parts: frozenset[Part], alike: _Alike) -> None:
        while (item := await self._book.take(run)) is not None:
            self._moved()
            reason = await self._refresh(item.account, parts)
            await self._book.settle(run, item.account, reason=reason)
            self._moved()
            if alike.are_too_many(reason):
                await self._book.stop(run, f"{EQUAL_FAILURES} accounts in a row failed alike: {reason}")

    async def _beat(self, run: str) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            await self._book.beat(run, self.name)


class TakeUpRuns:
    """A job: looks for a run that nobody works on, and works on it."""

    every_s = LOOK_EVERY_S

    def __init__(self, book: RefreshBook, worker: RefreshWorker) -> None:
        self._book = book
        self._worker = worker

    async def run_once(self) -> None:
        """Work on the oldest such run, if there is one; also on what an earlier self of this worker left."""
        run = await self._book.unattended(self._worker.name)
        if run is not None:
            await self._worker.work(run.id, parallel=run.parallel)
