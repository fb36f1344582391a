"""Many requests over accounts that fail in mixed ways, and many that leave at any moment.

Source: complaints.md clusters I to III; faults.md 1 rules 6 and 18, 5.
"""

import asyncio
import random
from collections import Counter

import httpx

from app.flow import Flow
from app.pool.model import State
from tests.support.scenes import DIALECTS, FLASH, SONNET, a_scene, ask, fail_in_mixed_ways, in_turn

REQUESTS, AT_ONCE = 1_000, 20
LEAVERS, LEAVING_AT_ONCE = 2_000, 50


class Detours:
    """An addon that notes how long other attempts took before the one that answered, in seconds."""

    name = "detours"

    def __init__(self) -> None:
        self.direct = 0
        self.added_s: list[float] = []

    async def flow_closed(self, flow: Flow) -> None:
        """Look at how the answer came about."""
        first, last = flow.attempts[0], flow.attempts[-1]
        if first is last:
            self.direct += 1
        else:
            self.added_s.append(last.started - first.started)

    def told(self) -> str:
        """What failover has cost, in words."""
        slow = sorted(self.added_s)
        return (
            f"{self.direct} answered at once, {len(slow)} after a detour, which added a median of "
            f"{slow[len(slow) // 2]:.1f} s and at most {slow[-1]:.1f} s (waits for busy accounts included)"
        )


async def test_with_seven_of_ten_accounts_failing_every_request_is_served() -> None:
    """None sees an account's trouble, whichever dialect it speaks, with retries as they are by default.

    Threats.md 5.2 and N5: refusals that name an account try every suitable one; what fails for no clear
    reason has three attempts, the last of them where others have been served.
    """
    patience_s = 1e6  # the scene's clock runs fast, and this is not about waiting in line
    detours = Detours()
    async with (
        a_scene(
            accounts=10, lease_wait_s=patience_s, before_output_s=patience_s, with_addons=[detours]
        ) as world,
        world.client(verify=False) as client,
    ):
        fail_in_mixed_ways(world)

        async def one(number: int) -> int:
            model = SONNET if number % 3 else FLASH
            dialect = DIALECTS[number % 2]
            return (await ask(world, dialect, model=model, talk=f"talk {number % 97}", client=client)).status

        statuses = Counter(await in_turn(REQUESTS, AT_ONCE, one))

        assert statuses == {200: REQUESTS}
        assert world.simulator.misbehaviour == []
        assert await world.is_at_rest(), world.troubles()
        shown = Counter(status.shown for status in world.gateway.pool.snapshot())
        assert shown[State.NEEDS_SIGN_IN] == shown[State.SUSPENDED] == shown[State.NEEDS_VERIFICATION] == 1
        await world.gateway.closer.caught_up()
    assert detours.direct + len(detours.added_s) == REQUESTS
    assert detours.added_s
    print(detours.told())


async def test_two_thousand_that_leave_at_any_moment_leave_nothing_behind() -> None:
    """faults.md E: no lease, upstream stream, flow, task or database lock is left."""
    dice = random.Random(7)
    async with a_scene(accounts=5, factor=1.0, max_concurrent_per_account=4) as world:
        limits = httpx.Limits(max_connections=LEAVING_AT_ONCE)
        async with world.client(verify=False, limits=limits) as client:

            async def one(number: int) -> None:
                text = "[[sim: text=200]]" if number % 2 else "Hello"
                asking = asyncio.ensure_future(ask(world, DIALECTS[number % 2], text, client=client))
                await asyncio.wait([asking], timeout=dice.random() ** 2 * 0.3)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

            await in_turn(LEAVERS, LEAVING_AT_ONCE, one)

        assert await world.is_at_rest(), world.troubles()
        asked = len(world.generations)
        assert 0 < asked < LEAVERS, "some leave before an account was lent, and some after"
        assert world.simulator.aborted_streams > 0
        assert {status.shown for status in world.gateway.pool.snapshot()} == {State.READY}
        left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("req_")]
        assert left == []
        assert world.gateway.pool.waiting() == {}
        # The database takes a change at once, and a plain request is served.
        await world.gateway.store.keys.create(name="afterwards")
        assert (await ask(world)).status == 200
