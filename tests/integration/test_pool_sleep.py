"""A machine that slept for hours, with the whole gateway awake again. Source: faults.md F136."""

import asyncio

from app.pool.model import State
from tests.support.clock import ScaledClock
from tests.support.scenes import FACTOR, ask
from tests.support.world import World, a_world

HOURS_S = 8 * 3600.0


class SleepyClock(ScaledClock):
    """A clock whose wall time can go on while monotonic time stands still."""

    def sleep_through(self, seconds: float) -> None:
        self._now += seconds


async def test_after_a_sleep_new_requests_work_at_once() -> None:
    """Cool-downs have rested on, tokens are renewed before they are used, and no old connection is."""
    clock = SleepyClock(FACTOR)
    async with a_world(accounts=1, clock=clock) as world:
        assert (await ask(world)).status == 200
        world.simulator.add_fault("429_quota", delay_s=HOURS_S / 2, times=1)
        assert (await ask(world, talk="another")).status == 429
        renewals = renewed(world)

        clock.sleep_through(HOURS_S)
        async with asyncio.timeout(20):
            while world.gateway.pool.snapshot()[0].shown is not State.READY:
                await asyncio.sleep(0.01)

        assert (await ask(world, talk="a third")).status == 200
        assert renewed(world) > renewals


def renewed(world: World) -> int:
    """How often an access token was asked for."""
    return sum(entry.method == "token" for entry in world.simulator.requests)
