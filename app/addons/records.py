"""A finished flow as the plain record that is written down. Pure."""

from app.addons.client_families import family_of
from app.clock import Clock
from app.errors import UpstreamError
from app.flow import Attempt, Flow
from app.ids import KeyId
from app.store.records import AttemptRecord, FlowRecord, UsageSource

_MODEL_CHARACTERS = 200


def record_of(flow: Flow, clock: Clock) -> FlowRecord:
    """What is written down of `flow`; instants of the flow are monotonic, those of the record epoch."""
    epoch = clock.now() - clock.monotonic()
    marks = flow.marks
    last = flow.attempts[-1] if flow.attempts else None
    asked = flow.prompt.model if flow.prompt else ""
    return FlowRecord(
        id=flow.id,
        started_at=epoch + marks.opened,
        key=flow.caller.key_id if flow.caller else KeyId(""),
        dialect=flow.dialect.name,
        model_asked=asked[:_MODEL_CHARACTERS],
        model=flow.profile.id if flow.profile else "",
        streamed=flow.streams,
        outcome=flow.outcome,
        code=flow.error.code if flow.error else "",
        status=_status(flow),
        phase=phase_of(flow),
        first_output_ms=_ms(marks.opened, marks.first_output) if marks.first_output else None,
        duration_ms=_ms(marks.opened, marks.closed),
        bytes_out=flow.outbox.bytes_out,
        prompt_tokens=flow.usage.prompt,
        cached_tokens=flow.usage.cached,
        output_tokens=flow.usage.output,
        thought_tokens=flow.usage.thoughts,
        usage_source=_usage_source(flow),
        client_gone=flow.outcome == "client_closed",
        notes=tuple(dict.fromkeys(note.word for note in flow.notes)),
        attempts=tuple(_attempt(attempt, epoch) for attempt in flow.attempts),
        origin=flow.origin,
        client=family_of(flow.headers.get("user-agent", "")),
        queue_ms=_ms(marks.read, marks.leased) if marks.leased else None,
        passed=flow.passed,
        **({"account": last.lease.account.id} if last else {}),
    )


def phase_of(flow: Flow) -> str:
    """How far a flow came: body, queue, pre_output or output."""
    if flow.outbox.committed:
        return "output"
    if flow.attempts:
        return "pre_output"
    return "queue" if flow.encoded is not None else "body"


def _status(flow: Flow) -> int:
    """The HTTP status that the client was given, as far as it got one."""
    if flow.error is None or flow.outbox.committed:
        return 200
    return flow.dialect.status(flow.error)


def _usage_source(flow: Flow) -> UsageSource:
    if not flow.usage.known:
        return "estimated" if flow.usage.estimated else "none"
    if flow.usage.estimated:
        return "estimated"
    return "upstream" if flow.reason is not None else "partial"


def _attempt(attempt: Attempt, epoch: float) -> AttemptRecord:
    error = attempt.error
    return AttemptRecord(
        number=attempt.number,
        account=attempt.lease.account.id,
        started_at=epoch + attempt.started,
        duration_ms=_ms(attempt.started, attempt.ended),
        code=error.code if error else "",
        kind=error.kind if isinstance(error, UpstreamError) else "",
        status=error.upstream_status if isinstance(error, UpstreamError) else None,
        wait_s=attempt.wait_s,
    )


def _ms(start: float, end: float) -> int:
    return max(0, round((end - start) * 1000))
