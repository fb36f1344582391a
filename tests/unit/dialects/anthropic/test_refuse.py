"""Every error as a client of this dialect sees it."""

import pytest

from app import errors
from app.dialects.anthropic.refuse import REFUSALS, error_out, refusal_of
from app.errors import GatewayError

ALLOWED = {
    (400, "invalid_request_error"),
    (401, "authentication_error"),
    (403, "permission_error"),
    (404, "not_found_error"),
    (405, "invalid_request_error"),
    (408, "invalid_request_error"),
    (413, "request_too_large"),
    (429, "rate_limit_error"),
    (500, "api_error"),
    (502, "api_error"),
    (503, "api_error"),
    (504, "timeout_error"),
    (529, "overloaded_error"),
}


def leaves(kind: type[GatewayError]) -> list[type[GatewayError]]:
    found = [] if kind in (errors.ClientError, errors.PoolError, errors.UpstreamError) else [kind]
    for sub in kind.__subclasses__():
        if sub.__module__ == errors.__name__:
            found += leaves(sub)
    return [one for one in found if one is not GatewayError]


def make(kind: type[GatewayError]) -> GatewayError:
    if kind is errors.MethodNotAllowed:
        return errors.MethodNotAllowed("No.", allow="GET")
    return kind("No.")


@pytest.mark.parametrize("kind", leaves(GatewayError), ids=lambda kind: kind.__name__)
def test_every_class_of_error_has_a_row_of_its_own(kind: type[GatewayError]) -> None:
    """anthropic.md 20.2, faults.md 2."""
    refusal = REFUSALS[kind]

    assert refusal_of(make(kind)) == refusal
    assert (refusal.status, refusal.type) in ALLOWED
    assert error_out(make(kind)).error.message


@pytest.mark.parametrize("kind", leaves(errors.UpstreamError), ids=lambda kind: kind.__name__)
def test_the_callers_key_is_never_blamed_for_an_account(kind: type[GatewayError]) -> None:
    """faults.md 1, rule 7; anthropic.md 20.3."""
    assert REFUSALS[kind].status not in (401, 403)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UpstreamUnreachable("No.", kind="connect"), 502),
        (errors.UpstreamUnreachable("No.", kind="connect_timeout"), 504),
        (errors.UpstreamBroken("No.", kind="http_5xx", upstream_status=500), 529),
        (errors.UpstreamBroken("No.", kind="http_5xx", upstream_status=503), 529),
        (errors.UpstreamBroken("No.", kind="http_5xx", upstream_status=502), 502),
        (errors.UpstreamBroken("No.", kind="unknown_error", upstream_status=500), 502),
        (errors.EmptyAnswer("No."), 529),
        (errors.UpstreamBusy("No."), 529),
        (errors.ShuttingDown("No."), 529),
        (errors.NoAccount("No."), 503),
        (errors.QuotaExhausted("No."), 429),
    ],
)
def test_the_status_tells_what_a_retry_can_expect(error: GatewayError, status: int) -> None:
    """anthropic.md 20.2, 20.3; faults.md F004."""
    assert refusal_of(error).status == status


def test_a_class_of_its_own_counts_as_the_one_above_it() -> None:
    """faults.md 1, rule 20."""

    class Finer(errors.StreamCut):
        pass

    class Strange(GatewayError):
        pass

    assert refusal_of(Finer("No.")) == REFUSALS[errors.StreamCut]
    assert refusal_of(Strange("No.")).status == 500


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.BadRequest("it is wrong", where="messages.0.role"), "messages.0.role: it is wrong"),
        (errors.BadRequest("messages.0.role is wrong", where="messages.0.role"), "messages.0.role is wrong"),
        (errors.BadRequest("it is wrong"), "it is wrong"),
        (errors.UnknownModel("gpt-9"), "model: gpt-9"),
        (errors.UnknownModel("x" * 300), "model: " + "x" * 200),
        (errors.ModelMissing("Not there."), "model: Not there."),
        (
            errors.ContextTooLong("prompt is too long: 210000 tokens > 200000 maximum"),
            "prompt is too long: 210000 tokens > 200000 maximum",
        ),
        (errors.StreamCut("It broke."), "It broke."),
    ],
)
def test_the_message_begins_with_what_is_to_blame(error: GatewayError, message: str) -> None:
    """anthropic.md 3.1, 20.3: some messages are read by machines and stay exactly as they are."""
    assert error_out(error, "req_1").error.message == message
