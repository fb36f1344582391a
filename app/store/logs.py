"""Request rows and attempt rows: how they are written, found and forgotten.

A row that says `running` never overwrites one that says how it ended.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from app.ids import AccountId, FlowId, KeyId
from app.store.models import AttemptRow, FlowRow
from app.store.records import INTERRUPTED, RUNNING, AttemptRecord, FlowRecord
from app.store.tx import Database, run_in_tx, run_query
from app.store.upsert import Upsert

_SAME_NAME = (
    "id",
    "started_at",
    "minute",
    "key",
    "dialect",
    "model_asked",
    "model",
    "account",
    "streamed",
    "outcome",
    "code",
    "status",
    "phase",
    "first_output_ms",
    "duration_ms",
    "bytes_out",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
    "usage_source",
    "client_gone",
)
_FLOW = (*_SAME_NAME, "instance", "attempts", "notes")
_ATTEMPT = (
    "id",
    "flow",
    "number",
    "account",
    "started_at",
    "duration_ms",
    "code",
    "kind",
    "status",
    "wait_s",
)

_BEGUN = Upsert(FlowRow, _FLOW)
_ENDED = Upsert(FlowRow, _FLOW, replace=_FLOW[1:])
_TRIED = Upsert(AttemptRow, _ATTEMPT, replace=_ATTEMPT[1:])
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
    begun = [_values(flow, instance) for flow in flows if flow.outcome == RUNNING]
    ended = [_values(flow, instance) for flow in flows if flow.outcome != RUNNING]
    await _ENDED.write(client, ended)
    await _BEGUN.write(client, begun)
    await _TRIED.write(client, [values for flow in flows for values in _attempt_values(flow)])


class StoredFlows:
    """Reads request rows, and forgets what is too old."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, flow: FlowId) -> FlowRecord | None:
        """One request with its attempts."""

        async def work(client: BaseDBAsyncClient) -> FlowRecord | None:
            row = await FlowRow.get_or_none(id=flow)
            if row is None:
                return None
            return _record(row, await AttemptRow.filter(flow=flow).order_by("number"))

        return await run_query(self._database, work)

    async def recent(self, wanted: FlowQuery) -> tuple[FlowRecord, ...]:
        """Requests without their attempts."""

        async def work(client: BaseDBAsyncClient) -> list[FlowRow]:
            return await _matching(wanted).order_by("-started_at", "id").limit(min(wanted.limit, 1000))

        return tuple(_record(row, []) for row in await run_query(self._database, work))

    async def interrupt(self, instance: str) -> int:
        """Mark what an earlier life of this instance left running; gives how many."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await FlowRow.filter(outcome=RUNNING, instance=instance).update(outcome=INTERRUPTED)

        return await run_in_tx(self._database, work)

    async def prune(self, before_minute: int) -> int:
        """Forget requests that began before a minute; gives how many. Short transactions."""

        async def work(client: BaseDBAsyncClient) -> int:
            old = FlowRow.filter(minute__lt=before_minute).limit(_PRUNED_AT_ONCE)
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


def _values(flow: FlowRecord, instance: str) -> tuple[object, ...]:
    notes = msgspec.json.encode(flow.notes).decode()
    return (*(getattr(flow, name) for name in _SAME_NAME), instance, len(flow.attempts), notes)


def _attempt_values(flow: FlowRecord) -> Iterator[tuple[object, ...]]:
    for one in flow.attempts:
        own = (
            one.number,
            one.account,
            one.started_at,
            one.duration_ms,
            one.code,
            one.kind,
            one.status,
            one.wait_s,
        )
        yield (f"{flow.id}/{one.number}", flow.id, *own)


def _record(row: FlowRow, attempts: Sequence[AttemptRow]) -> FlowRecord:
    values = {name: getattr(row, name) for name in _SAME_NAME if name != "minute"}
    values |= {"id": FlowId(row.id), "key": KeyId(row.key), "account": AccountId(row.account)}
    return FlowRecord(
        **values,
        notes=msgspec.json.decode(row.notes, type=tuple[str, ...]),
        attempts=tuple(map(_attempt, attempts)),
    )


def _attempt(row: AttemptRow) -> AttemptRecord:
    return AttemptRecord(
        number=row.number,
        account=AccountId(row.account),
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        code=row.code,
        kind=row.kind,
        status=row.status,
        wait_s=row.wait_s,
    )
