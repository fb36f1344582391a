"""How late the event loop is: what keeps it busy keeps every stream waiting.

Never: a task that turns without a pause.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

SAMPLE_S: Final = 0.05
_EVERY_S: Final = 0.45
_KEPT: Final = 120
"""About a minute of samples."""


class WatchLoop:
    """Sleeps a moment now and then, and notes how much longer that took.

    `sleep` and `now` are the loop's own unless given.
    """

    every_s = _EVERY_S

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._sleep = sleep
        self._now = now or asyncio.get_running_loop().time
        self._late: deque[float] = deque(maxlen=_KEPT)

    async def run_once(self) -> None:
        """Take one sample."""
        began = self._now()
        await self._sleep(SAMPLE_S)
        self._late.append(max(0.0, self._now() - began - SAMPLE_S))

    def p99_s(self) -> float | None:
        """What 99 of 100 samples of the last minute were no later than, in seconds; None before the first."""
        late = sorted(self._late)
        return late[ceil(len(late) * 0.99) - 1] if late else None
