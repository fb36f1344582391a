"""A machine that slept is noticed."""

import structlog.testing

from app.jobs.clock_jumps import NoticeClockJumps
from tests.support.clock import ManualClock


class SleepyClock(ManualClock):
    """A clock whose monotonic time can stand still."""

    def sleep_through(self, seconds: float) -> None:
        self._now += seconds


async def test_a_sleep_is_noticed_once_and_the_passing_of_time_is_not() -> None:
    """faults.md F136."""
    clock, jumps = SleepyClock(), list[str]()
    job = NoticeClockJumps(clock, lambda: jumps.append("jumped"))
    with structlog.testing.capture_logs() as logs:
        clock.advance(8 * 3600.0)
        await job.run_once()
        assert jumps == []

        clock.sleep_through(8 * 3600.0)
        await job.run_once()
        await job.run_once()

    assert jumps == ["jumped"]
    assert [(line["event"], line["gap_s"]) for line in logs] == [("clock_jump", 28_800)]


async def test_a_clock_that_is_set_back_is_told_and_nothing_is_dropped() -> None:
    clock, jumps = SleepyClock(), list[str]()
    job = NoticeClockJumps(clock, lambda: jumps.append("jumped"))
    with structlog.testing.capture_logs() as logs:
        clock.sleep_through(-7200.0)
        await job.run_once()

    assert jumps == []
    assert len(logs) == 1
