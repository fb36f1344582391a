"""Request rows and attempt rows: how they are written, found and forgotten.

A row that says `running` never overwrites one that says how it ended.
"""

from collections.abc import Sequence

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from app.store.flow_rows import ATTEMPT_COLUMNS, FLOW_COLUMNS, attempt_values, flow_values, read_flow
from app.store.models import AttemptRow, FlowRow
from app.store.pages import FlowReader
from app.store.records import INTERRUPTED, RUNNING, FlowRecord
from app.store.tx import run_in_tx, run_query
from app.store.upsert import Upsert

_BEGUN = Upsert(FlowRow, FLOW_COLUMNS)
_ENDED = Upsert(FlowRow, FLOW_COLUMNS, replace=FLOW_COLUMNS[1:])
_TRIED = Upsert(AttemptRow, ATTEMPT_COLUMNS, replace=ATTEMPT_COLUMNS[1:])
_PRUNED_AT_ONCE = 500


class FlowQuery(Struct, frozen=True, kw_only=True):
    """Which rows are wanted, newest first. Empty means "any"; `before` pages by the start of a flow."""

    limit: int = 50
    before: float | None = None
    key: str = ""
    account: str = ""
    model: str = ""
    outcome: str = ""


async def write(client: BaseDBAsyncClient, flows: Sequence[FlowRecord], instance: str) -> None:
    """Write rows of flows and of their attempts. Call it inside a transaction."""
    begun = [flow_values(flow, instance) for flow in flows if flow.outcome == RUNNING]
    ended = [flow_values(flow, instance) for flow in flows if flow.outcome != RUNNING]
    await _ENDED.write(client, ended)
    await _BEGUN.write(client, begun)
    await _TRIED.write(client, [values for flow in flows for values in attempt_values(flow)])


class StoredFlows(FlowReader):
    """Reads request rows, and forgets what is too old."""

    async def recent(self, wanted: FlowQuery) -> tuple[FlowRecord, ...]:
        """Requests without their attempts."""

        async def work(client: BaseDBAsyncClient) -> list[FlowRow]:
            return await _matching(wanted).order_by("-started_at", "id").limit(min(wanted.limit, 1000))

        return tuple(read_flow(row) for row in await run_query(self._database, work))

    async def interrupt(self, instance: str) -> int:
        """Mark what an earlier life of this instance left running; gives how many."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await FlowRow.filter(outcome=RUNNING, instance=instance).update(outcome=INTERRUPTED)

        return await run_in_tx(self._database, work)

    async def prune(self, before_minute: int) -> int:
        """Forget requests that began before a minute; gives how many. Short transactions."""

        async def work(client: BaseDBAsyncClient) -> int:
            old = FlowRow.filter(started_at__lt=before_minute * 60.0).limit(_PRUNED_AT_ONCE)
            names = list(await old.values_list("id", flat=True))
            if not names:
                return 0
            await AttemptRow.filter(flow__in=names).delete()
            return await FlowRow.filter(id__in=names).delete()

        total = 0
        while pruned := await run_in_tx(self._database, work):
            total += pruned
        return total


def _matching(wanted: FlowQuery) -> QuerySet[FlowRow]:
    rows = FlowRow.all()
    if wanted.before is not None:
        rows = rows.filter(started_at__lt=wanted.before)
    for column in ("key", "account", "model", "outcome"):
        if value := getattr(wanted, column):
            rows = rows.filter(**{column: value})
    return rows
