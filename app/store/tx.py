"""The only way to the database: every query and transaction in a task of its own.

A request may be cancelled at any await, and Tortoise does not survive that: a cancelled transaction keeps the
connection's lock, a cancelled bulk insert leaves a transaction open. So the work runs in a task that is never
cancelled, and the caller only waits for it. What this means for callers: `work` is short and makes no network
calls, and when a caller is cancelled the work is *done*, not undone.

The task also carries Tortoise's context variable, which another task would not see.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

T = TypeVar("T")
Work = Callable[[BaseDBAsyncClient], Awaitable[T]]
"""What is done with the connection; models called inside use the same one by themselves."""


class Closed(Exception):
    """The database was closed before the work began; nothing was done."""


class Database:
    """An open database and the work that is under way on it."""

    def __init__(self, tortoise: TortoiseContext, *, is_sqlite: bool) -> None:
        self.is_sqlite = is_sqlite
        self._tortoise = tortoise
        self._context = contextvars.copy_context()
        self._context.run(tortoise.__enter__)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def under_way(self) -> int:
        """Pieces of work that have begun and not ended."""
        return len(self._under_way)

    def client(self) -> BaseDBAsyncClient:
        """The connection. Only for work that runs inside this module's functions."""
        return self._tortoise.db()

    async def close(self) -> None:
        """Let all work end, then close the connection. Work that comes later raises Closed."""
        self._closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._tortoise.close_connections()

    def begin(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `work` as a task that nobody cancels. For this module's functions."""
        if self._closed:
            work.close()
            raise Closed("The database is closed.")
        task = asyncio.get_running_loop().create_task(work, name=name, context=self._context.copy())
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen: a caller that left cannot


async def run_in_tx(database: Database, work: Work[T]) -> T:
    """Do `work` in one transaction: all of it, or nothing when it raises."""

    async def whole() -> T:
        async with in_transaction() as client:
            return await work(client)

    return await asyncio.shield(database.begin(whole(), "store transaction"))


async def run_query(database: Database, work: Work[T]) -> T:
    """Do `work` without a transaction, for reading or for one statement."""

    async def whole() -> T:
        return await work(database.client())

    return await asyncio.shield(database.begin(whole(), "store query"))
