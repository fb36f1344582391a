"""A request's row and its attempts' rows, from records and back. Never: a query."""

from collections.abc import Iterator, Sequence

import msgspec

from app.ids import AccountId, FlowId, KeyId
from app.pool.passed import MOST_PASSED, PassedOver
from app.store.models import AttemptRow, FlowRow
from app.store.records import OTHER_CLIENT, AttemptRecord, FlowRecord

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
    "origin",
    "queue_ms",
)
FLOW_COLUMNS = (*_SAME_NAME, "instance", "attempts", "notes", "client", "passed")
ATTEMPT_COLUMNS = (
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


def flow_values(flow: FlowRecord, instance: str) -> tuple[object, ...]:
    """The row of a flow, in the order of FLOW_COLUMNS."""
    notes = msgspec.json.encode(flow.notes).decode()
    passed = msgspec.json.encode(flow.passed[:MOST_PASSED]).decode() if flow.passed else ""
    own = (getattr(flow, name) for name in _SAME_NAME)
    # An empty client would say that the row is of a release before there were any.
    return (*own, instance, len(flow.attempts), notes, flow.client or OTHER_CLIENT, passed)


def attempt_values(flow: FlowRecord) -> Iterator[tuple[object, ...]]:
    """The rows of its attempts, in the order of ATTEMPT_COLUMNS."""
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


def read_flow(row: FlowRow, attempts: Sequence[AttemptRow] = ()) -> FlowRecord:
    """The record that a row was made of."""
    values = {name: getattr(row, name) for name in _SAME_NAME if name != "minute"}
    values |= {"id": FlowId(row.id), "key": KeyId(row.key), "account": AccountId(row.account)}
    return FlowRecord(
        **values,
        notes=msgspec.json.decode(row.notes, type=tuple[str, ...]),
        attempts=tuple(map(_attempt, attempts)),
        client=row.client,
        passed=msgspec.json.decode(row.passed, type=tuple[PassedOver, ...]) if row.passed else (),
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
