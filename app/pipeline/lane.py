"""The watchers of one addon, called one after the other in a task of the gateway.

A watcher that hangs delays only those behind it in its own lane; one that cancels the task it runs in ends
nothing but itself. Never: delays bytes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import structlog

from app.hooks.call import watch

log = structlog.get_logger("app.pipeline")


class Lane:
    """Takes calls at any time, makes them once it is started. `owner` is whose lane it is."""

    def __init__(self, owner: str, on_trouble: Callable[[], None]) -> None:
        self.owner = owner
        self._on_trouble = on_trouble
        self._calls: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def waiting(self) -> int:
        """Calls that have not begun."""
        return self._calls.qsize()

    def put(self, call: Callable[[], Awaitable[None]]) -> None:
        """Make this call after those that were put before."""
        self._calls.put_nowait(call)

    def start(self, context: Context) -> None:
        """Begin to work, in a context that belongs to no flow; needs a running loop."""
        self._task = asyncio.get_running_loop().create_task(
            self._work(), name=f"watchers {self.owner}", context=context.copy()
        )

    async def caught_up(self) -> None:
        """Return when everything that was put has been done."""
        await self._calls.join()

    async def stop(self) -> None:
        """End, whatever waits."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)

    async def _work(self) -> None:
        while True:
            try:
                call = await self._calls.get()
            except asyncio.CancelledError:
                self._own_up()
                continue
            await self._contained(call)
            del call  # so that a flow does not live until the next one ends
            self._calls.task_done()

    async def _contained(self, call: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        assert task is not None, "a lane's work is a task"
        try:
            if not await watch(call):
                self._on_trouble()
            if task.cancelling():
                await asyncio.sleep(0)  # where the cancellation that the watcher asked for arrives
        except asyncio.CancelledError:
            self._own_up()

    def _own_up(self) -> None:
        """Take a cancellation for what it is: the gateway's own word, or a watcher's slip."""
        if self._stopping:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None, "a lane's work is a task"
        while task.cancelling():
            task.uncancel()
        self._on_trouble()
        log.error("a watcher cancelled what it runs in", addon=self.owner)
