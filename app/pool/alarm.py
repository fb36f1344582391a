"""One timer with an owner, on the injected clock.

Never: knowledge of what it rings for.
"""

import asyncio
from collections.abc import Callable
from math import inf

from app.clock import Clock


class Alarm:
    """Calls `ring` once the instant it was set to has come.

    Putting it off costs nothing, so it may ring too early: whoever it rings for looks at the clock.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None], name: str) -> None:
        self._clock = clock
        self._ring = ring
        self._name = name
        self._at = inf
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float) -> None:
        """Ring at the monotonic instant `at` at the latest; `inf` switches it off."""
        if self._at <= at < inf or at == self._at:
            return
        self._at = at
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if at < inf:
            self._task = asyncio.get_running_loop().create_task(self._sleep(at), name=self._name)

    async def aclose(self) -> None:
        """Switch it off and wait until its task is gone."""
        task = self._task
        self.set(inf)
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _sleep(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        # The task is over as soon as it rings, so that `ring` may set the alarm again.
        self._task = None
        self._at = inf
        self._ring()
