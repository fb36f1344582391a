"""Time as an argument, so that every rule about time can be tested without waiting."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where the gateway reads the time and where it waits."""

    def now(self) -> float:
        """Wall clock, in epoch seconds. For instants that are stored or shown."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back. For durations and deadlines within the process."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at once when that is not positive."""
        ...


class SystemClock:
    """The machine's own clocks."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at once when that is not positive."""
        await asyncio.sleep(max(0.0, seconds))
