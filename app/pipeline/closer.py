"""What happens after a flow: its watchers, in order, in a task of the gateway.

Cancelling a flow does not cancel its watchers, watchers cannot delay bytes, and stopping drains the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from app.flow import Flow
from app.hooks.call import watch
from app.hooks.table import HookTable


class Closer:
    """Takes finished flows from the runner, never waits for them to be watched."""

    def __init__(self, hooks: HookTable) -> None:
        self._hooks = hooks
        self._queue: asyncio.Queue[Flow] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work; needs a running loop."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="closer")

    def take(self, flow: Flow) -> None:
        """Hand over a flow that is over."""
        if self._hooks.flow_closed or self._hooks.attempt_ended:
            self._queue.put_nowait(flow)

    async def stop(self) -> None:
        """Watch what is left, then end."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while True:
            flow = await self._queue.get()
            try:
                for call in self._calls(flow):
                    await watch(call)
            finally:
                self._queue.task_done()

    def _calls(self, flow: Flow) -> list[Callable[[], Awaitable[None]]]:
        attempts: list[Callable[[], Awaitable[None]]] = [
            partial(hook, flow, attempt) for attempt in flow.attempts for hook in self._hooks.attempt_ended
        ]
        return [*attempts, *(partial(hook, flow) for hook in self._hooks.flow_closed)]
