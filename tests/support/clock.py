"""A clock that stands still until it is moved."""

import asyncio
import heapq
import time


class ManualClock:
    """Wall and monotonic time move together by `advance`; sleepers wake when their instant has come."""

    def __init__(self, now: float = 1_800_000_000.0, monotonic: float = 1000.0) -> None:
        self._now = now
        self._monotonic = monotonic
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self._monotonic + seconds, self._count, woken))
        await woken.wait()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += seconds
        self._monotonic += seconds
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            heapq.heappop(self._sleepers)[2].set()


class HastyClock(ManualClock):
    """A manual clock on which every sleep is over at once, having moved the time."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)


class ScaledClock:
    """The machine's clocks, running `factor` times as fast; waits are as much shorter."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._now = time.time()
        self._monotonic = time.monotonic()

    def now(self) -> float:
        return self._now + (time.monotonic() - self._monotonic) * self._factor

    def monotonic(self) -> float:
        return self._monotonic + (time.monotonic() - self._monotonic) * self._factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._factor)
