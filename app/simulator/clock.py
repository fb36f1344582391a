"""The simulator's clock: real, scaled, or moved by hand.

Token life, quota windows, reset times, pacing and stalls follow it. Nothing else in the simulator looks at
the time of day.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Literal

ClockMode = Literal["real", "virtual", "scaled"]


class Clock:
    """Epoch seconds that may run at another speed or stand still.

    Clock("virtual", start=0); sleeper waits in sleep(5); advance(4) -> still waiting; advance(1) -> wakes.
    """

    def __init__(
        self,
        mode: ClockMode = "real",
        *,
        start: float | None = None,
        factor: float = 1.0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._serial = 0
        self.set(mode, start=start, factor=factor)

    def set(self, mode: ClockMode, *, start: float | None = None, factor: float = 1.0) -> None:
        """Change the way time passes; `start` sets the present instant."""
        self.mode: ClockMode = mode
        self.factor = factor if mode == "scaled" else 1.0
        self._anchor_wall = self._wall()
        self._anchor = self._anchor_wall if start is None else start
        self._wake()

    def now(self) -> float:
        """The present instant, in epoch seconds."""
        if self.mode == "virtual":
            return self._anchor
        return self._anchor + (self._wall() - self._anchor_wall) * self.factor

    @property
    def sleepers(self) -> int:
        """How many wait for a virtual clock to be advanced."""
        return len(self._sleepers)

    def advance(self, seconds: float) -> None:
        """Jump forward, in any mode, and wake the sleepers whose time has come."""
        self._anchor += seconds
        self._wake()

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds; returns at once for nothing to wait for."""
        if seconds <= 0:
            return
        if self.mode != "virtual":
            await asyncio.sleep(seconds / self.factor)
            return
        self._serial += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, self._serial, future))
        await future

    def _wake(self) -> None:
        while self._sleepers and (self.mode != "virtual" or self._sleepers[0][0] <= self.now()):
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)


def rfc3339(instant: float) -> str:
    """UTC with second precision and a `Z`, as the backend writes reset times."""
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(instant: float) -> str:
    """The form of the `Date` header."""
    return formatdate(instant, usegmt=True)


def go_duration(seconds: float, *, whole: bool = False) -> str:
    """The backend's spelling of a duration: `71h15m27.791609974s`, `479.417207ms`, `9s`."""
    if whole:
        seconds = int(seconds)
    if 0 < seconds < 1:
        return f"{_trim(f'{seconds * 1000:.6f}')}ms"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{_trim(f'{rest:.9f}')}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def proto_duration(seconds: float) -> str:
    """The protobuf spelling of a duration: decimal seconds with an `s`."""
    return f"{_trim(f'{seconds:.9f}')}s"


def _trim(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
