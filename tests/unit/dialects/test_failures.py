"""Errors before anything was sent. Source: openai.md 3 and 4, anthropic.md 2.3 and 20."""

import json
from typing import Any

import pytest

from app.dialects.failures import error_reply
from app.errors import (
    BadRequest,
    ContextTooLong,
    GatewayError,
    LimitReached,
    MethodNotAllowed,
    NoAccount,
    PoolBusy,
    PoolExhausted,
    SlowBody,
    Unauthenticated,
    UpstreamBroken,
    UpstreamBusy,
)
from tests.support.flows import DIALECTS

BOTH = pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])


def reply(dialect: str, error: GatewayError) -> tuple[int, dict[str, str], Any]:
    status, headers, body = error_reply(DIALECTS[dialect], error, "req_1")
    return status, dict(headers), json.loads(body)


@BOTH
def test_status_and_body_are_the_dialects(dialect: str) -> None:
    status, headers, body = reply(dialect, BadRequest("`top_p` is too large.", where="top_p"))

    assert (status, headers["content-type"]) == (400, "application/json")
    assert body["error"]["type"] == "invalid_request_error"


@BOTH
def test_a_known_wait_is_told_twice_and_rounded_up(dialect: str) -> None:
    _, headers, _ = reply(dialect, PoolBusy("All lent.", retry_after_s=1.2))

    assert (headers["retry-after"], headers["retry-after-ms"]) == ("2", "1200")
    assert reply(dialect, PoolBusy("All lent.", retry_after_s=0.0001))[1]["retry-after"] == "1"
    assert "retry-after" not in reply(dialect, PoolBusy("All lent."))[1]


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (PoolExhausted("Used up.", retry_after_s=30), True),
        (PoolExhausted("Used up.", retry_after_s=61), False),
        (PoolExhausted("Used up."), False),
        (LimitReached("Too many.", retry_after_s=5), True),
        (UpstreamBusy("Full."), True),
        (UpstreamBroken("500"), True),
        (SlowBody("Slow."), True),
        (NoAccount("None."), False),
        (BadRequest("No."), False),
        (ContextTooLong("Too long."), False),
        (Unauthenticated("No."), False),
    ],
)
def test_clients_are_told_not_to_try_again_where_it_is_of_no_use(error: GatewayError, worth: bool) -> None:
    """Stainless clients obey `x-should-retry`; `true` is never sent."""
    assert reply("openai_chat", error)[1].get("x-should-retry") == (None if worth else "false")


def test_some_errors_have_a_header_of_their_own() -> None:
    assert reply("anthropic", Unauthenticated("No."))[1]["www-authenticate"] == "Bearer"
    status, headers, body = reply("openai_chat", MethodNotAllowed("Use POST.", allow="POST"))
    assert (status, headers["allow"], body["error"]["code"]) == (405, "POST", "method_not_allowed")
