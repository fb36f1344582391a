"""A finished flow as it is written down. Source: faults.md 4."""

import pytest
from msgspec.structs import replace

from app.addons.records import phase_of, record_of
from app.errors import StreamCut, Unauthenticated, UpstreamBroken
from app.flow import Flow
from app.ids import AccountId, KeyId
from app.ir.events import Reason
from app.ir.usage import Usage
from app.pipeline.outcome import outcome_of
from app.pool.passed import PassedOver
from app.store.records import AttemptRecord, FlowRecord
from tests.support.clock import ManualClock
from tests.support.flows import a_flow, a_new_flow, an_attempt

CLOCK = ManualClock(now=5000.0, monotonic=1000.0)


def written(flow: Flow) -> FlowRecord:
    flow.outcome = outcome_of(flow)
    return record_of(flow, CLOCK)


def a_finished_flow() -> Flow:
    """Opened at 990, first output two seconds later, closed after four."""
    flow = a_flow()
    flow.marks.opened, flow.marks.first_output, flow.marks.closed = 990.0, 992.0, 994.0
    flow.usage = Usage(prompt=10, cached=4, output=5, thoughts=2, known=True)
    flow.reason = "stop"
    flow.outbox.put(b"12345")
    an_attempt(flow, started=991.0, ended=994.0)
    return flow


def test_what_a_good_flow_came_to() -> None:
    flow = a_finished_flow()
    flow.note("tools-dropped", "one")
    flow.note("tools-dropped", "two")

    assert written(flow) == FlowRecord(
        id=flow.id,
        started_at=4990.0,
        key=KeyId("key-anna"),
        dialect="openai_chat",
        model_asked="gemini-3-flash",
        model="gemini-3-flash",
        account=flow.attempts[0].lease.account.id,
        streamed=True,
        outcome="ok",
        status=200,
        phase="output",
        first_output_ms=2000,
        duration_ms=4000,
        bytes_out=5,
        prompt_tokens=10,
        cached_tokens=4,
        output_tokens=5,
        thought_tokens=2,
        usage_source="upstream",
        notes=("tools-dropped",),
        attempts=(
            AttemptRecord(
                number=1, account=flow.attempts[0].lease.account.id, started_at=4991.0, duration_ms=3000
            ),
        ),
    )


def test_a_refused_request_has_the_status_that_its_client_saw() -> None:
    flow = a_new_flow("anthropic")
    flow.error = Unauthenticated("No.")

    record = written(flow)

    assert (record.status, record.code, record.outcome) == (401, "invalid_api_key", "client_fault")
    assert (record.key, record.account, record.model, record.phase) == ("", "", "", "body")
    assert record.first_output_ms is None


def test_a_late_error_does_not_change_the_status() -> None:
    flow = a_finished_flow()
    flow.error = StreamCut("It broke.")

    record = written(flow)

    assert (record.status, record.code, record.outcome) == (200, "upstream_stream_truncated", "truncated")


def test_each_attempt_says_why_it_failed() -> None:
    flow = a_flow()
    an_attempt(flow, error=UpstreamBroken("500", kind="http_5xx", upstream_status=500), wait_s=0.5)

    (attempt,) = written(flow).attempts

    assert (attempt.code, attempt.kind, attempt.status, attempt.wait_s) == (
        "upstream_unavailable",
        "http_5xx",
        500,
        0.5,
    )


@pytest.mark.parametrize(
    ("usage", "reason", "source"),
    [
        (Usage(), None, "none"),
        (Usage(estimated=True), "stop", "estimated"),
        (Usage(known=True, estimated=True), "stop", "estimated"),
        (Usage(known=True), "stop", "upstream"),
        (Usage(known=True), None, "partial"),
    ],
)
def test_numbers_say_where_they_are_from(usage: Usage, reason: Reason | None, source: str) -> None:
    flow = a_flow()
    flow.usage, flow.reason = usage, reason

    assert written(flow).usage_source == source


def test_a_phase_says_how_far_a_flow_came() -> None:
    flow = a_new_flow()
    phases = [phase_of(flow)]
    flow = a_flow()
    phases.append(phase_of(flow))
    an_attempt(flow)
    phases.append(phase_of(flow))
    flow.outbox.put(b"x")
    phases.append(phase_of(flow))

    assert phases == ["body", "queue", "pre_output", "output"]


def test_a_model_name_of_any_length_is_cut() -> None:
    flow = a_new_flow()
    flow.prompt = flow.dialect.parse(
        flow.endpoint,
        b'{"model":"%b","messages":[{"role":"user","content":"x"}]}' % (b"m" * 999),
        flow.params,
    )

    assert len(written(flow).model_asked) == 200


def test_a_client_that_left_is_told_of() -> None:
    flow = a_flow()
    flow.outcome = "client_closed"

    assert written(flow).client_gone


def test_who_asked_how_long_it_waited_and_who_was_passed_over() -> None:
    """admin-ui.md 2.3, Request detail."""
    flow = a_finished_flow()
    flow.params = replace(flow.params, headers={"user-agent": "claude-cli/2.0"})
    flow.marks.read, flow.marks.leased = 990.25, 990.75
    flow.origin = "playground"
    flow.passed = (PassedOver(AccountId("acc_b"), "cooling", "rate_limited", 6000.0),)

    record = written(flow)

    assert (record.client, record.queue_ms, record.origin) == ("claude-code", 500, "playground")
    assert record.passed == flow.passed
