"""A machine that slept is noticed. Source: faults.md F129, F136."""

import time

import structlog.testing

from app.jobs.clock_jumps import NoticeClockJumps, seconds_asleep
from tests.support.clock import ManualClock


class SleepyClock(ManualClock):
    """A clock whose monotonic time can stand still."""

    def sleep_through(self, seconds: float) -> None:
        self._now += seconds


class Sleeps:
    """The sleeps that were told of, in seconds."""

    def __init__(self) -> None:
        self.told: list[float] = []

    async def hear(self, seconds: float) -> None:
        self.told.append(seconds)


async def test_a_sleep_is_noticed_once_and_the_passing_of_time_is_not() -> None:
    """faults.md F136."""
    clock, sleeps = SleepyClock(), Sleeps()
    job = NoticeClockJumps(clock, sleeps.hear)
    with structlog.testing.capture_logs() as logs:
        clock.advance(8 * 3600.0)
        await job.run_once()
        assert sleeps.told == []

        clock.sleep_through(8 * 3600.0)
        await job.run_once()
        await job.run_once()

    assert sleeps.told == [28_800.0]
    assert [(line["event"], line["gap_s"]) for line in logs] == [("clock_jump", 28_800)]


async def test_a_clock_that_is_set_back_is_told_and_nothing_is_dropped() -> None:
    """faults.md F129."""
    clock, sleeps = SleepyClock(), Sleeps()
    job = NoticeClockJumps(clock, sleeps.hear)
    with structlog.testing.capture_logs() as logs:
        clock.sleep_through(-7200.0)
        await job.run_once()

    assert sleeps.told == []
    assert len(logs) == 1


async def test_a_clock_that_is_set_forward_is_no_sleep_where_the_system_tells_them_apart() -> None:
    """faults.md F129: cool-downs are unaffected."""
    clock, sleeps, asleep = SleepyClock(), Sleeps(), [100.0]
    job = NoticeClockJumps(clock, sleeps.hear, asleep=lambda: asleep[0])
    with structlog.testing.capture_logs() as logs:
        clock.sleep_through(3600.0)
        await job.run_once()
        assert (sleeps.told, len(logs)) == ([], 1)

        asleep[0] += 500.0
        clock.sleep_through(500.0)
        await job.run_once()

    assert sleeps.told == [500.0]


def test_this_machine_did_not_sleep_while_it_was_asked() -> None:
    asleep = seconds_asleep()
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert asleep is not None
        assert abs(asleep() - asleep()) < 1.0
    else:
        assert asleep is None
