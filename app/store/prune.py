"""Rollups and histograms that have grown too old are forgotten, in short transactions.

Hours are kept for 60 days, which is all that anybody is shown of them; days and months as long as usage is.
"""

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from app.store.grains import DAY_S, DIMENSIONS, Grain
from app.store.models import LatencyRow, RollupRow
from app.store.tx import Database, Work, run_in_tx

HOURS_KEPT_S: Final = 60 * DAY_S
_PRUNED_AT_ONCE: Final = 500


async def prune_rollups(database: Database, now: float, *, usage_days: int) -> int:
    """Forget what is too old; 0 days keep days and months. Gives how many rows went."""
    ends: list[tuple[Grain, float]] = [("hour", now - HOURS_KEPT_S)]
    if usage_days:
        ends += [("day", now - usage_days * DAY_S), ("month", now - usage_days * DAY_S - 31 * DAY_S)]
    pruned = 0
    for grain, end in ends:
        pruned += await _sums(database, grain, int(end)) + await _times(database, grain, int(end))
    return pruned


async def _sums(database: Database, grain: Grain, end: int) -> int:
    async def work(client: BaseDBAsyncClient) -> int:
        for dimension in DIMENSIONS:
            old = RollupRow.filter(grain=grain, dimension=dimension, start__lt=end).limit(_PRUNED_AT_ONCE)
            names = list(await old.values_list("id", flat=True))
            if names:
                return await RollupRow.filter(id__in=names).delete()
        return 0

    return await _until_none(database, work)


async def _times(database: Database, grain: Grain, end: int) -> int:
    async def work(client: BaseDBAsyncClient) -> int:
        old = LatencyRow.filter(grain=grain, start__lt=end).limit(_PRUNED_AT_ONCE)
        names = list(await old.values_list("id", flat=True))
        return await LatencyRow.filter(id__in=names).delete() if names else 0

    return await _until_none(database, work)


async def _until_none(database: Database, work: Work[int]) -> int:
    total = 0
    while pruned := await run_in_tx(database, work):
        total += pruned
    return total
