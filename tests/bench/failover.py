"""What failing accounts add to an answer's time, against a gateway whose accounts are all well.

Gateway, backend and clients share this process and its clock runs as it does, so waits between attempts
count in full. Nothing here has a budget: how long a wait is, the backend says.
"""

import asyncio
import time
from statistics import median, quantiles

from tests.bench.figures import Figure
from tests.support.scenes import DIALECTS, a_scene, ask, fail_in_mixed_ways, in_turn

REQUESTS, AT_ONCE = 300, 6


def failover() -> list[Figure]:
    """The median and the slowest twentieth, without failures and with them."""
    asyncio.run(_milliseconds(is_failing=False))  # imports, caches
    figures = []
    for what, is_failing in (("all accounts well", False), ("7 of 10 accounts failing", True)):
        found = asyncio.run(_milliseconds(is_failing=is_failing))
        figures.append(Figure(f"an answer, {what}, median", median(found), "ms"))
        figures.append(Figure(f"an answer, {what}, 95th of 100", quantiles(found, n=20)[-1], "ms"))
    return figures


async def _milliseconds(*, is_failing: bool) -> list[float]:
    async with a_scene(accounts=10, factor=1.0) as world, world.client(verify=False) as client:
        if is_failing:
            fail_in_mixed_ways(world)

        async def one(number: int) -> float:
            began = time.perf_counter()
            await ask(world, DIALECTS[number % 2], talk=f"talk {number % 97}", client=client)
            return (time.perf_counter() - began) * 1000

        return await in_turn(REQUESTS, AT_ONCE, one)
