"""How late the event loop is."""

from app.jobs.loop_delay import SAMPLE_S, WatchLoop


class LateClock:
    """A clock whose sleeps take longer than they should, one after the other as given."""

    def __init__(self, *late_s: float) -> None:
        self._late = list(late_s)
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += seconds + self._late.pop(0)


async def test_one_slow_turn_in_a_minute_does_not_hide_in_the_others() -> None:
    """Spec: admin-ui.md 2.3, System: event loop delay."""
    clock = LateClock(*[0.001] * 50, 0.3)
    watch = WatchLoop(clock.sleep, clock.now)
    nothing_yet = watch.p99_s()
    for _ in range(51):
        await watch.run_once()

    assert nothing_yet is None
    assert abs((watch.p99_s() or 0) - 0.3) < 1e-9
    assert 0 < SAMPLE_S < watch.every_s


async def test_what_is_longer_ago_than_a_minute_counts_no_more() -> None:
    clock = LateClock(0.3, *[0.0] * 200)
    watch = WatchLoop(clock.sleep, clock.now)
    for _ in range(201):
        await watch.run_once()

    assert abs(watch.p99_s() or 0) < 1e-9
