"""What the outside sees of the dialect."""

import json
from typing import Any

import pytest

from app.catalog.profile import ModelProfile
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect, Params
from app.errors import BadRequest, EmptyAnswer, PoolExhausted
from app.ir.parts import Text
from tests.support.anthropic import COUNT, GENERATE, a_request, counted, parsed
from tests.support.events import an_answer, counted_ids, events_of

DIALECT: Dialect = AnthropicDialect()

PROFILE = ModelProfile(
    id="claude-sonnet-4-6",
    wire_id="claude-sonnet-4-6",
    family="claude",
    display_name="Claude Sonnet 4.6",
    group="3p",
    max_input=200000,
    max_output=None,
)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/v1/messages", "generate"),
        ("POST", "/messages", "generate"),
        ("POST", "/v1/messages/count_tokens", "count"),
        ("POST", "/messages/count_tokens", "count"),
        ("GET", "/v1/models", "list_models"),
        ("GET", "/v1/models/{id}", "get_model"),
        ("POST", "/api/event_logging/batch", "acknowledge"),
    ],
)
def test_its_endpoints(method: str, path: str, operation: str) -> None:
    """anthropic.md 1."""
    assert (method, path, operation) in [(one.method, one.path, one.operation) for one in DIALECT.endpoints]


@pytest.mark.parametrize(
    ("path", "headers", "claimed"),
    [
        ("/v1/messages", {}, True),
        ("/v1/messages/batches", {}, True),
        ("/messages", {}, True),
        ("/messages/count_tokens", {}, True),
        ("/api/event_logging/batch", {}, True),
        ("/v1/models", {}, False),
        ("/v1/models", {"anthropic-version": "2023-06-01"}, True),
        ("/v1/models/x", {"anthropic-version": ""}, True),
        ("/v1/messagesx", {}, False),
        ("/v1/chat/completions", {"user-agent": "claude-code/2.1"}, False),
    ],
)
def test_what_it_claims_of_shared_paths(path: str, headers: dict[str, str], claimed: bool) -> None:
    """anthropic.md 1, 2.2: by path or version header, never by user agent."""
    assert DIALECT.claims(path, headers, {}) is claimed


def test_it_reads_and_answers_a_request() -> None:
    """anthropic.md 13, 14."""
    prompt = DIALECT.parse(GENERATE, a_request(stream=True), Params())
    answer = an_answer(Text("Hi."))

    writer = DIALECT.writer(prompt, counted_ids(), 0)
    body = b"".join(map(writer.feed, events_of(answer)))

    assert prompt.stream
    assert body.startswith(b"event: message_start\n")
    assert json.loads(DIALECT.render(prompt, answer, counted_ids(), 0))["content"][0]["text"] == "Hi."
    assert not DIALECT.accepts_empty


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ({}, {"input_tokens": 9}),
        (
            {"context_management": {}},
            {"input_tokens": 9, "context_management": {"original_input_tokens": 9}},
        ),
    ],
)
def test_a_count_is_told(request_: dict[str, Any], reply: dict[str, Any]) -> None:
    """anthropic.md 18."""
    assert json.loads(DIALECT.render_count(counted(**request_), 9)) == reply
    assert DIALECT.parse(COUNT, a_request(), Params()) == counted()


def test_an_error_has_its_body_its_status_and_the_request_id() -> None:
    """anthropic.md 2.3, 20.1."""
    error = PoolExhausted("All accounts are set aside.")

    assert json.loads(DIALECT.refuse(error, "req_1")) == {
        "type": "error",
        "error": {"type": "rate_limit_error", "message": "All accounts are set aside."},
        "request_id": "req_1",
    }
    assert DIALECT.status(error) == 429
    assert DIALECT.status(EmptyAnswer("Nothing.")) == 529
    assert DIALECT.headers("req_1", 12) == {"request-id": "req_1", "x-request-id": "req_1"}


def test_models_are_listed_and_shown() -> None:
    """anthropic.md 19.1, 19.2."""
    entry = {
        "type": "model",
        "id": "claude-sonnet-4-6",
        "display_name": "Claude Sonnet 4.6",
        "created_at": "1970-01-01T00:00:00Z",
        "max_input_tokens": 200000,
        "max_tokens": None,
    }

    listed = json.loads(DIALECT.list_models([PROFILE], Params(query={"limit": "1000"})))

    assert listed == {
        "data": [entry],
        "has_more": False,
        "first_id": "claude-sonnet-4-6",
        "last_id": "claude-sonnet-4-6",
    }
    assert json.loads(DIALECT.show_model(PROFILE, Params())) == entry
    with pytest.raises(BadRequest):
        DIALECT.list_models([PROFILE], Params(query={"limit": "0"}))


def test_the_session_header_is_read() -> None:
    """anthropic.md 2.2, 3.4."""
    assert parsed(headers={"x-claude-code-session-id": "s-1"}).affinity == "s-1"


def test_a_path_that_leads_nowhere_has_a_word_under_this_roof_only() -> None:
    """anthropic.md 1."""
    assert DIALECT.canonical("/v1/messages") == "/v1/messages"
    for path in ("/v1/messages/batches", "/v1/files", "/messages/x", "/api/event_logging/x"):
        told = DIALECT.unknown(path)
        assert told is not None
        assert path in told.message
    assert DIALECT.unknown("/messagesx") is None
    assert DIALECT.unknown("/admin/") is None
