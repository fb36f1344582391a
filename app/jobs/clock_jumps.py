"""Notices that the machine slept, or that its clock was set: wall time and monotonic time part ways.

Monotonic time may stand still while a machine sleeps; tokens, cool-downs and kept connections are judged by
it. A clock that was only set changes none of that, where the system can tell the two apart.
Source: faults.md F129, F136.
"""

import time
from collections.abc import Awaitable, Callable

import structlog

from app.clock import Clock

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
JUMP_S = 60.0


class NoticeClockJumps:
    """Calls `slept` with the seconds that the monotonic clock did not count.

    `asleep` gives the seconds that the machine has slept since it started; without it every jump of the wall
    clock to the front counts as sleep.
    """

    every_s = LOOK_EVERY_S

    def __init__(
        self,
        clock: Clock,
        slept: Callable[[float], Awaitable[None]],
        *,
        asleep: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock
        self._slept = slept
        self._asleep = asleep or self._distance
        self._apart = self._distance()
        self._before = self._asleep()

    async def run_once(self) -> None:
        """Compare the clocks with how they stood the last time."""
        apart, asleep = self._distance(), self._asleep()
        gap_s, slept_s = apart - self._apart, asleep - self._before
        self._apart, self._before = apart, asleep
        if max(abs(gap_s), slept_s) > JUMP_S:
            log.warning("clock_jump", gap_s=round(gap_s), slept_s=round(max(0.0, slept_s)))
        if slept_s > JUMP_S:
            await self._slept(slept_s)

    def _distance(self) -> float:
        return self._clock.now() - self._clock.monotonic()


def seconds_asleep() -> Callable[[], float] | None:
    """How to ask the system for the seconds it has slept; None where it does not say."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if boot_time is None:
        return None
    clock_id = boot_time
    return lambda: time.clock_gettime(clock_id) - time.monotonic()
