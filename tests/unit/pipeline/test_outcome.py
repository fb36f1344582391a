"""How a flow ended, in one word. Source: faults.md 4."""

import pytest

from app.errors import (
    BadRequest,
    ClientLeft,
    GatewayError,
    InternalError,
    LimitReached,
    ModelMissing,
    NoAccount,
    Overloaded,
    PoolBusy,
    ShuttingDown,
    StreamCut,
    TimedOut,
    Unauthenticated,
    UpstreamBroken,
    UpstreamRefused,
)
from app.ir.events import Reason
from app.ir.usage import Usage
from app.pipeline.outcome import outcome_of
from tests.support.flows import a_flow


@pytest.mark.parametrize(
    ("error", "early", "late"),
    [
        (BadRequest("no"), "client_fault", "truncated"),
        (Unauthenticated("no"), "client_fault", "truncated"),
        (UpstreamRefused("no"), "client_fault", "truncated"),
        (ModelMissing("no"), "client_fault", "truncated"),
        (NoAccount("no"), "refused", "truncated"),
        (PoolBusy("no"), "refused", "truncated"),
        (LimitReached("no"), "refused", "truncated"),
        (Overloaded("no"), "refused", "truncated"),
        (UpstreamBroken("no"), "failed", "truncated"),
        (ShuttingDown("no"), "failed", "truncated"),
        (InternalError("no"), "failed", "truncated"),
        (StreamCut("no"), "failed", "truncated"),
        (TimedOut("no", kind="first_event"), "failed", "idle_timeout"),
        (TimedOut("no", kind="client"), "client_stalled", "client_stalled"),
        (ClientLeft("no"), "client_closed", "client_closed"),
    ],
)
def test_an_error_is_called_by_what_the_client_had_of_the_answer(
    error: GatewayError, early: str, late: str
) -> None:
    flow = a_flow()
    flow.error = error

    assert outcome_of(flow) == early
    flow.outbox.put(b"something")
    assert outcome_of(flow) == late


@pytest.mark.parametrize(
    ("reason", "usage", "word"),
    [
        ("stop", Usage(), "ok"),
        ("length", Usage(), "ok"),
        (None, Usage(), "ok"),
        ("blocked", Usage(), "blocked"),
        ("blocked", Usage(output=3), "blocked_partial"),
    ],
)
def test_without_an_error_the_reason_decides(reason: Reason | None, usage: Usage, word: str) -> None:
    flow = a_flow()
    flow.reason, flow.usage = reason, usage

    assert outcome_of(flow) == word


def test_a_word_that_was_found_before_stays() -> None:
    flow = a_flow()
    flow.outcome = "client_closed"
    flow.error = InternalError("late")

    assert outcome_of(flow) == "client_closed"
