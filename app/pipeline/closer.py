"""What happens after a flow or a change in the pool: the watchers, in tasks of the gateway.

Each addon has a lane of its own and sees everything in order; addons do not wait for each other. Cancelling a
flow does not cancel its watchers, watchers cannot delay bytes, and stopping drains the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final

import structlog

from app.flow import Flow
from app.hooks.listener import owner_of
from app.hooks.table import HookTable
from app.pipeline.lane import Lane
from app.pool.model import PoolChange

log = structlog.get_logger("app.pipeline")

DRAIN_S: Final = 15.0
"""How long stopping waits for watchers, at most."""

BEHIND: Final = 1000
"""So many calls waiting for one addon are worth a warning."""


class Closer:
    """Takes finished flows from the runner, never waits for them to be watched.

    `on_trouble` is called for each watcher that fails.
    """

    def __init__(self, on_trouble: Callable[[], None] = lambda: None) -> None:
        self._on_trouble = on_trouble
        self._lanes: dict[str, Lane] = {}
        self._context: Context | None = None

    def start(self) -> None:
        """Begin to work; needs a running loop."""
        self._context = copy_context()
        for lane in self._lanes.values():
            lane.start(self._context)

    def take(self, flow: Flow, hooks: HookTable) -> None:
        """Hand over a flow that is over, with the table it began with."""
        for attempt in flow.attempts if hooks.attempt_ended else ():
            for hook in hooks.attempt_ended:
                self._put(hook, partial(hook, flow, attempt))
        for closed in hooks.flow_closed:
            self._put(closed, partial(closed, flow))

    def tell(self, change: PoolChange, hooks: HookTable) -> None:
        """Hand over a change in the pool."""
        for hook in hooks.pool_changed:
            self._put(hook, partial(hook, change))

    async def caught_up(self) -> None:
        """Return when everything that was handed over has been watched."""
        for lane in list(self._lanes.values()):
            await lane.caught_up()

    async def stop(self) -> None:
        """Watch what is left, for a while, then end."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.caught_up()
        except TimeoutError:
            left = {lane.owner: lane.waiting for lane in self._lanes.values() if lane.waiting}
            log.error("watchers left behind", waiting=left)
        self._context = None  # a change in the pool may still be told, and nobody would end its lane
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.stop())

    def _put(self, hook: Any, call: Callable[[], Awaitable[None]]) -> None:
        lane = self._lane(owner_of(hook))
        lane.put(call)
        if lane.waiting == BEHIND:
            log.warning("watchers fall behind", addon=lane.owner, waiting=BEHIND)

    def _lane(self, owner: str) -> Lane:
        """The lane of an addon, made when it is first needed; names are few, so lanes are kept."""
        lane = self._lanes.get(owner)
        if lane is None:
            lane = self._lanes[owner] = Lane(owner, self._on_trouble)
            if self._context is not None:
                lane.start(self._context)
        return lane
