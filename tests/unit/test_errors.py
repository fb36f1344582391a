"""Errors as values. Source: architecture 11."""

import re

import pytest

from app.errors import (
    BadRequest,
    CredentialRejected,
    GatewayError,
    MethodNotAllowed,
    NotFound,
    PoolExhausted,
    StreamCut,
    TimedOut,
    Unauthenticated,
    UnknownModel,
    UpstreamBroken,
    UpstreamError,
)
from app.verdicts import FAIL, Cool, Mark, Repair, Verdict
from tests.house.errors_page import all_errors

KINDS = pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)


@KINDS
def test_every_error_has_a_stable_code_and_a_status_that_is_one(kind: type[GatewayError]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", kind.code)
    assert 400 <= kind.status < 600
    assert kind.__doc__


@KINDS
def test_what_becomes_of_accounts_is_said_by_upstream_errors_alone(kind: type[GatewayError]) -> None:
    assert hasattr(kind, "default_verdict") == issubclass(kind, UpstreamError)


def test_an_error_reads_as_its_message() -> None:
    error = PoolExhausted("All accounts rest.", retry_after_s=12.5)

    assert str(error) == error.message == "All accounts rest."
    assert (error.where, error.retry_after_s) == (None, 12.5)


def test_errors_about_the_request_say_what_is_wrong_and_where() -> None:
    bad = BadRequest("`n` must be 1.", where="n", reason="unsupported_value")
    unknown = UnknownModel("m" * 1000)

    assert (bad.where, bad.reason) == ("n", "unsupported_value")
    assert BadRequest("no").reason == "invalid_value"
    assert NotFound("no").reason == ""
    assert (unknown.where, len(unknown.message) < 300, unknown.model) == ("model", True, "m" * 1000)
    assert MethodNotAllowed("no", allow="GET").allow == "GET"
    assert Unauthenticated("no", missing=True).missing


def test_an_upstream_error_has_the_verdict_of_its_kind_unless_told_otherwise() -> None:
    own = Verdict(tries_here=5)

    assert UpstreamBroken("500").verdict is UpstreamBroken.default_verdict
    assert UpstreamBroken("500", verdict=own).verdict is own
    assert UpstreamError("?").verdict is FAIL


def test_an_upstream_error_is_counted_by_its_kind_or_else_its_code() -> None:
    assert TimedOut("slow", kind="idle").kind == "idle"
    assert StreamCut("cut").kind == "upstream_stream_truncated"
    assert UpstreamBroken("500", upstream_status=503, detail="their words").upstream_status == 503


def test_a_rejected_token_is_renewed_before_somebody_has_to_sign_in() -> None:
    """upstream.md 7.10."""
    verdict = CredentialRejected.default_verdict

    assert (verdict.repair, verdict.mark, verdict.cool) == (
        Repair.REFRESH_TOKEN,
        Mark.NEEDS_SIGN_IN,
        Cool.NOTHING,
    )
