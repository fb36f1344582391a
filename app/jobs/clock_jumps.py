"""Notices that the machine slept, or that its clock was set: wall time and monotonic time part ways.

Monotonic time may stand still while a machine sleeps; tokens and cool-downs are judged by it.
Source: faults.md F136.
"""

from collections.abc import Callable

import structlog

from app.clock import Clock

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
JUMP_S = 60.0


class NoticeClockJumps:
    """Calls `jumped` when more wall time has passed than the monotonic clock knows of."""

    every_s = LOOK_EVERY_S

    def __init__(self, clock: Clock, jumped: Callable[[], None]) -> None:
        self._clock = clock
        self._jumped = jumped
        self._apart = self._distance()

    async def run_once(self) -> None:
        """Compare both clocks with how they stood the last time."""
        before, self._apart = self._apart, self._distance()
        gap_s = self._apart - before
        if abs(gap_s) > JUMP_S:
            log.warning("clock_jump", gap_s=round(gap_s))
        if gap_s > JUMP_S:
            self._jumped()

    def _distance(self) -> float:
        return self._clock.now() - self._clock.monotonic()
