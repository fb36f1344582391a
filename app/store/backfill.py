"""Brings usage that was counted before there were rollups into them, once, in short transactions.

How far it has come is a row that the writer looks at: minutes before it are added to by the writer, minutes
from it on are still taken from `usage` here. So every flow is in the rollups once, whoever dies when.
Times to the first output are taken from rows of earlier releases, which are told by their empty client.
"""

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from app.ids import AccountId, FlowId, KeyId
from app.store.models import ErrandRow, FlowRow, UsageRow
from app.store.records import OTHER_CLIENT, RUNNING, UsageRecord
from app.store.rollups import ALL_DONE, ERRAND, add_latencies, add_sums
from app.store.tx import Database, run_in_tx
from app.store.upsert import Upsert
from app.store.usage import SUMS, UsageSum

_STEP_ROWS: Final = 1000
_CAME = Upsert(ErrandRow, ("name", "progress"), replace=("progress",))


class Backfill:
    """`step` until it is done, again after each start."""

    def __init__(self, database: Database, *, step_rows: int = _STEP_ROWS) -> None:
        self.is_done = False
        self._database = database
        self._step_rows = step_rows

    async def step(self) -> int:
        """Bring some rows in; gives how many. `is_done` afterwards when there are no more."""
        moved, is_last = await run_in_tx(self._database, self._usage)
        if is_last:
            times = await run_in_tx(self._database, self._latencies)
            moved += times
            self.is_done = times < self._step_rows
        return moved

    async def run(self) -> int:
        """All that is left; gives how many rows that was."""
        moved = 0
        while not self.is_done:
            moved += await self.step()
        return moved

    async def _usage(self, client: BaseDBAsyncClient) -> tuple[int, bool]:
        # The row is made first: a lock needs something to hold on to.
        await Upsert(ErrandRow, ("name", "progress")).write(client, [(ERRAND, 0)])
        errand = await ErrandRow.select_for_update().get(name=ERRAND)
        if errand.progress >= ALL_DONE:
            return 0, True
        rows = UsageRow.filter(minute__gte=errand.progress)
        edge = await rows.order_by("minute").offset(self._step_rows).limit(1).values_list("minute", flat=True)
        until = max(int(str(edge[0])), errand.progress + 1) if edge else ALL_DONE
        taken = await rows.filter(minute__lt=until).all()
        await add_sums(client, map(_sum, taken))
        await _CAME.write(client, [(ERRAND, until)])
        return len(taken), until == ALL_DONE

    async def _latencies(self, client: BaseDBAsyncClient) -> int:
        """Rows that were taken get a client, and are not found again."""
        rows = FlowRow.filter(client="").exclude(outcome=RUNNING).limit(self._step_rows)
        taken = await rows.all()
        await add_latencies(client, map(_record, taken))
        names = [row.id for row in taken]
        if names:
            await FlowRow.filter(id__in=names).update(client=OTHER_CLIENT)
        return len(names)


def _sum(row: UsageRow) -> UsageSum:
    return UsageSum(
        minute=row.minute,
        key=row.key,
        model=row.model,
        account=row.account,
        **{name: getattr(row, name) for name in SUMS},
    )


def _record(row: FlowRow) -> UsageRecord:
    """What its time to the first output is filed under."""
    return UsageRecord(
        flow=FlowId(row.id),
        minute=row.minute,
        key=KeyId(row.key),
        model=row.model or row.model_asked[:200],
        account=AccountId(row.account),
        failed=False,
        estimated=False,
        prompt_tokens=0,
        cached_tokens=0,
        output_tokens=0,
        thought_tokens=0,
        client=OTHER_CLIENT,
        first_output_ms=row.first_output_ms,
    )
