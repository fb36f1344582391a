from math import inf

from app.pool.alarm import Alarm
from tests.support.clock import ManualClock
from tests.support.pool import settled


class World:
    def __init__(self) -> None:
        self.clock = ManualClock(monotonic=100.0)
        self.rung: list[float] = []
        self.alarm = Alarm(self.clock, lambda: self.rung.append(self.clock.monotonic()), "alarm")

    async def pass_time(self, seconds: float) -> None:
        await settled()
        self.clock.advance(seconds)
        await settled()


async def test_it_rings_once_when_the_instant_has_come() -> None:
    world = World()
    world.alarm.set(110.0)
    await world.pass_time(9.0)
    assert world.rung == []

    await world.pass_time(1.0)
    await world.pass_time(100.0)

    assert world.rung == [110.0]


async def test_an_earlier_instant_counts_at_once_and_a_later_one_may_ring_early() -> None:
    world = World()
    for at in (120.0, 110.0, 130.0):
        world.alarm.set(at)

    await world.pass_time(10.0)

    assert world.rung == [110.0]


async def test_it_may_be_set_again_from_its_own_ring() -> None:
    clock = ManualClock(monotonic=100.0)
    rung: list[float] = []

    def ring() -> None:
        rung.append(clock.monotonic())
        alarm.set(120.0 if len(rung) == 1 else inf)

    alarm = Alarm(clock, ring, "alarm")
    alarm.set(110.0)
    for _ in range(3):
        await settled()
        clock.advance(10.0)
    await settled()

    assert rung == [110.0, 120.0]


async def test_it_is_silent_when_switched_off_or_closed() -> None:
    world = World()
    world.alarm.set(110.0)
    world.alarm.set(inf)
    await world.pass_time(20.0)
    world.alarm.set(130.0)
    await world.alarm.aclose()
    await world.pass_time(20.0)

    assert world.rung == []
