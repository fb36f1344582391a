"""Errors in OpenAI's words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app import errors
from app.dialects.openai_chat.refusal import ROWS, error_body, status_of
from app.errors import GatewayError


def said(error: GatewayError, *, mid_stream: bool = False) -> dict[str, Any]:
    body = json.loads(error_body(error, mid_stream=mid_stream))
    assert list(body) == ["error"]
    inner: dict[str, Any] = body["error"]
    assert list(inner) == ["message", "type", "param", "code"]
    return inner


def kinds(base: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    """All the errors that `app.errors` declares."""
    if base.__module__ == errors.__name__:
        yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


def made(kind: type[GatewayError]) -> GatewayError:
    match kind:
        case errors.UnknownModel:
            return errors.UnknownModel("no-such-model")
        case errors.MethodNotAllowed:
            return errors.MethodNotAllowed("No.", allow="POST")
        case _:
            return kind("No.")


@pytest.mark.parametrize("kind", [kind for kind in kinds() if not kind.__subclasses__()])
def test_every_error_has_a_row_of_its_own(kind: type[GatewayError]) -> None:
    """architecture.md 11."""
    error = made(kind)

    assert kind in ROWS
    assert 400 <= status_of(error) < 600
    assert isinstance(said(error)["code"], str)


def test_what_is_not_in_the_table_is_read_as_its_base() -> None:
    """faults.md 1.20."""

    class Novel(errors.StreamCut):
        pass

    assert status_of(Novel("x")) == 502


@pytest.mark.parametrize(
    ("error", "status", "type", "param", "code"),
    [
        (
            errors.BadRequest("x", where="messages[2].role", reason="invalid_type"),
            400,
            "invalid_request_error",
            "messages[2].role",
            "invalid_type",
        ),
        (errors.ContextTooLong("x"), 400, "invalid_request_error", "messages", "context_length_exceeded"),
        (errors.Unauthenticated("x"), 401, "invalid_request_error", None, "invalid_api_key"),
        (errors.Unauthenticated("x", missing=True), 401, "invalid_request_error", None, "missing_api_key"),
        (errors.Forbidden("x"), 403, "permission_error", None, "permission_denied"),
        (errors.NotFound("x"), 404, "invalid_request_error", None, "unknown_url"),
        (
            errors.NotFound("x", reason="unsupported_endpoint"),
            404,
            "invalid_request_error",
            None,
            "unsupported_endpoint",
        ),
        (errors.UnknownModel("m"), 404, "invalid_request_error", "model", "model_not_found"),
        (
            errors.MethodNotAllowed("x", allow="POST"),
            405,
            "invalid_request_error",
            None,
            "method_not_allowed",
        ),
        (errors.SlowBody("x"), 408, "invalid_request_error", None, "request_timeout"),
        (errors.TooLarge("x"), 413, "invalid_request_error", None, "request_too_large"),
        (errors.UnsupportedEncoding("x"), 415, "invalid_request_error", None, "unsupported_encoding"),
        (errors.LimitReached("x"), 429, "rate_limit_error", None, "rate_limit_exceeded"),
        (errors.InternalError("x"), 500, "server_error", None, "internal_error"),
        (errors.AddonFailure("x"), 500, "server_error", None, "addon_failure"),
        (errors.Overloaded("x"), 503, "server_error", None, "overloaded"),
        (errors.ClientLeft("x"), 499, "invalid_request_error", None, "client_closed"),
        (errors.UpstreamError("x"), 503, "server_error", None, "upstream_unavailable"),
        (errors.PoolError("x"), 503, "server_error", None, "no_available_account"),
        (errors.ShuttingDown("x"), 503, "server_error", None, "overloaded"),
        (errors.NoAccount("x"), 503, "server_error", None, "no_available_account"),
        (errors.CredentialRejected("x"), 503, "server_error", None, "no_available_account"),
        (errors.AccountRefused("x"), 503, "server_error", None, "no_available_account"),
        (errors.PoolBusy("x"), 429, "rate_limit_error", None, "rate_limit_exceeded"),
        (errors.LocationRefused("x"), 502, "server_error", None, "egress_blocked"),
        (errors.UpstreamBusy("x"), 503, "server_error", None, "upstream_unavailable"),
        (errors.UpstreamRefused("x"), 400, "invalid_request_error", None, "upstream_invalid_argument"),
        (errors.ThoughtRejected("x"), 400, "invalid_request_error", None, "upstream_invalid_argument"),
        (errors.ModelMissing("x"), 404, "invalid_request_error", "model", "model_not_found"),
        (errors.UpstreamBroken("x"), 503, "server_error", None, "upstream_unavailable"),
        (errors.UpstreamUnreachable("x"), 503, "server_error", None, "upstream_unavailable"),
        (errors.UpstreamGarbled("x"), 502, "server_error", None, "upstream_stream_truncated"),
        (errors.StreamCut("x"), 502, "server_error", None, "upstream_stream_truncated"),
        (errors.TimedOut("x"), 504, "server_error", None, "upstream_timeout"),
        (errors.EmptyAnswer("x"), 502, "server_error", None, "upstream_empty_response"),
        (errors.MalformedCall("x"), 502, "server_error", None, "upstream_malformed_function_call"),
        (errors.ClientOutdated("x"), 503, "server_error", None, "upstream_client_outdated"),
        (errors.OAuthClientRejected("x"), 503, "server_error", None, "oauth_client_rejected"),
    ],
)
def test_an_error_is_told_in_the_words_of_the_specification(
    error: GatewayError,
    status: int,
    type: str,  # noqa: A002 - the member's own name
    param: str | None,
    code: str,
) -> None:
    """openai.md 4.1, 4.2; faults.md 2."""
    inner = said(error)

    assert status_of(error) == status
    assert (inner["type"], inner["param"], inner["code"]) == (type, param, code)


@pytest.mark.parametrize("kind", [errors.PoolExhausted, errors.QuotaExhausted, errors.RateLimited])
def test_a_short_wait_is_a_rate_limit_and_says_how_long(kind: type[GatewayError]) -> None:
    """openai.md 4.2: Codex reads the seconds from the message."""
    error = kind("All accounts are at rest.", retry_after_s=1.2)

    assert status_of(error) == 429
    assert said(error) == {
        "message": "All accounts are at rest. Please try again in 2s.",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }


@pytest.mark.parametrize("wait_s", [None, 901.0])
def test_a_long_or_unknown_wait_is_a_used_up_quota(wait_s: float | None) -> None:
    """openai.md 4.2."""
    inner = said(errors.PoolExhausted("All accounts are at rest.", retry_after_s=wait_s))

    assert inner["message"] == "All accounts are at rest."
    assert (inner["type"], inner["code"]) == ("insufficient_quota", "insufficient_quota")


def test_a_message_that_names_the_wait_is_left_alone() -> None:
    """openai.md 4.2."""
    error = errors.RateLimited("Busy. Please try again in 5s.", retry_after_s=5)

    assert said(error)["message"] == "Busy. Please try again in 5s."


def test_a_shutdown_is_called_by_its_name_only_within_a_stream() -> None:
    """faults.md 2."""
    error = errors.ShuttingDown("The gateway restarts.")

    assert said(error)["code"] == "overloaded"
    assert said(error, mid_stream=True)["code"] == "server_shutdown"


def test_a_message_is_one_line() -> None:
    """openai.md 4."""
    assert said(errors.BadRequest("one\n two\tthree"))["message"] == "one two three"
