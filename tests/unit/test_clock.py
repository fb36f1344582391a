"""The machine's own clocks."""

from app.clock import SystemClock


async def test_time_goes_on_and_a_sleep_that_is_over_takes_none() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    await clock.sleep(-1)

    assert clock.monotonic() >= before
    assert clock.now() > 1_700_000_000
