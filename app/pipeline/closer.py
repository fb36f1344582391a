"""What happens after a flow or a change in the pool: the watchers, in order, in a task of the gateway.

Cancelling a flow does not cancel its watchers, watchers cannot delay bytes, and stopping drains the rest.
A watcher that cancels the task it runs in ends nothing but itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

import structlog

from app.flow import Flow
from app.hooks.call import watch
from app.hooks.table import HookTable
from app.pool.model import PoolChange

log = structlog.get_logger("app.pipeline")

DRAIN_S: Final = 15.0
"""How long stopping waits for watchers, at most."""

BEHIND: Final = 1000
"""So many flows waiting for their watchers are worth a warning."""

_Calls: TypeAlias = list[Callable[[], Awaitable[None]]]


class Closer:
    """Takes finished flows from the runner, never waits for them to be watched.

    `on_trouble` is called for each watcher that fails.
    """

    def __init__(self, on_trouble: Callable[[], None] = lambda: None) -> None:
        self._on_trouble = on_trouble
        self._queue: asyncio.Queue[_Calls] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to work; needs a running loop."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="closer")

    def take(self, flow: Flow, hooks: HookTable) -> None:
        """Hand over a flow that is over, with the table it began with."""
        if hooks.flow_closed or hooks.attempt_ended:
            self._queue.put_nowait(_calls(flow, hooks))
            if self._queue.qsize() == BEHIND:
                log.warning("watchers fall behind", waiting=BEHIND)

    def tell(self, change: PoolChange, hooks: HookTable) -> None:
        """Hand over a change in the pool."""
        if hooks.pool_changed:
            self._queue.put_nowait([partial(hook, change) for hook in hooks.pool_changed])

    async def caught_up(self) -> None:
        """Return when everything that was handed over has been watched."""
        await self._queue.join()

    async def stop(self) -> None:
        """Watch what is left, for a while, then end."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._queue.join()
        except TimeoutError:
            log.error("watchers left behind", waiting=self._queue.qsize())
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)

    async def _work(self) -> None:
        while True:
            try:
                calls = await self._queue.get()
            except asyncio.CancelledError:
                self._own_up()
                continue
            while calls:  # emptied, so that a flow does not live until the next one ends
                await self._contained(calls.pop(0))
            self._queue.task_done()

    async def _contained(self, call: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        assert task is not None, "the closer's work is a task"
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
        assert task is not None, "the closer's work is a task"
        while task.cancelling():
            task.uncancel()
        self._on_trouble()
        log.error("a watcher cancelled what it runs in")


def _calls(flow: Flow, hooks: HookTable) -> _Calls:
    attempts: _Calls = [
        partial(hook, flow, attempt) for attempt in flow.attempts for hook in hooks.attempt_ended
    ]
    return [*attempts, *(partial(hook, flow) for hook in hooks.flow_closed)]
