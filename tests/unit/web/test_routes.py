"""Which dialect and endpoint a request means. Source: openai.md 1, anthropic.md 1."""

import pytest

from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import MethodNotAllowed, NotFound
from app.web.routes import Match, Methods, Refusal, Routes

ROUTES = Routes((AnthropicDialect(), OpenAIChat()))
ANTHROPIC = {"anthropic-version": "2023-06-01"}


def found(
    method: str, path: str, headers: dict[str, str] | None = None, **query: str
) -> Match | Methods | Refusal | None:
    return ROUTES.find(method, path, headers or {}, query)


@pytest.mark.parametrize(
    ("method", "path", "dialect", "operation"),
    [
        ("POST", "/v1/chat/completions", "openai_chat", "generate"),
        ("POST", "/chat/completions", "openai_chat", "generate"),
        ("POST", "//v1/v1//chat/completions/", "openai_chat", "generate"),
        ("POST", "/v1/messages", "anthropic", "generate"),
        ("POST", "/messages", "anthropic", "generate"),
        ("POST", "/v1/messages/", "anthropic", "generate"),
        ("POST", "//v1/messages//count_tokens", "anthropic", "count"),
        ("POST", "/api/event_logging/batch", "anthropic", "acknowledge"),
        ("GET", "/v1/models", "openai_chat", "list_models"),
        ("GET", "/models", "openai_chat", "list_models"),
    ],
)
def test_an_endpoint_is_found_under_each_of_its_spellings(
    method: str, path: str, dialect: str, operation: str
) -> None:
    match = found(method, path)

    assert isinstance(match, Match)
    assert (match.dialect.name, match.endpoint.operation) == (dialect, operation)


@pytest.mark.parametrize(
    ("path", "path_id"),
    [
        ("/v1/models/gemini-3-flash", "gemini-3-flash"),
        ("/v1/models/gemini-3-flash/", "gemini-3-flash"),
        ("/models/gemini-3-flash", "gemini-3-flash"),
        ("/v1/models/google/gemini-3-flash", "google/gemini-3-flash"),
    ],
)
@pytest.mark.parametrize("headers", [{}, ANTHROPIC])
def test_an_id_in_the_path_is_told_without_slashes_around_it(
    path: str, path_id: str, headers: dict[str, str]
) -> None:
    match = found("GET", path, headers)

    assert isinstance(match, Match)
    assert match.path_id == path_id


def test_a_shared_path_belongs_to_whoever_claims_the_request() -> None:
    for headers, name in (({}, "openai_chat"), (ANTHROPIC, "anthropic")):
        match = found("GET", "/v1/models", headers)

        assert isinstance(match, Match)
        assert match.dialect.name == name


def test_a_shared_path_that_nobody_claims_belongs_to_the_last_dialect() -> None:
    match = found("GET", "/v1/models", key="abc")

    assert isinstance(match, Match)
    assert match.dialect.name == "openai_chat"


@pytest.mark.parametrize(
    ("method", "path", "dialect", "allow"),
    [
        ("GET", "/v1/messages", "anthropic", "POST"),
        ("DELETE", "/v1/chat/completions", "openai_chat", "POST"),
        ("POST", "/v1/models/x", "openai_chat", "GET"),
    ],
)
def test_another_method_is_not_allowed(method: str, path: str, dialect: str, allow: str) -> None:
    refusal = found(method, path)

    assert isinstance(refusal, Refusal)
    assert isinstance(refusal.error, MethodNotAllowed)
    assert (refusal.dialect.name, refusal.error.allow) == (dialect, allow)


def test_a_question_what_is_allowed_is_answered() -> None:
    """openai.md 1."""
    answer = found("OPTIONS", "/v1/messages")

    assert isinstance(answer, Methods)
    assert (answer.dialect.name, answer.allow) == ("anthropic", "POST, OPTIONS")


@pytest.mark.parametrize(
    ("path", "headers", "dialect", "reason"),
    [
        ("/v1/files", {}, "openai_chat", "unsupported_endpoint"),
        ("/embeddings", {}, "openai_chat", "model_not_found"),
        ("/v1/nothing", {}, "openai_chat", "unknown_url"),
        ("/v1", {}, "openai_chat", "unknown_url"),
        ("/v1/files", ANTHROPIC, "anthropic", ""),
        ("/v1/messages/batches", {}, "anthropic", ""),
        ("/api/event_logging/other", {}, "anthropic", ""),
        ("/v1/nothing", {"x-goog-api-key": "k"}, "openai_chat", "unknown_url"),
    ],
)
def test_a_path_under_a_roof_that_leads_nowhere_is_told_in_the_words_of_its_api(
    path: str, headers: dict[str, str], dialect: str, reason: str
) -> None:
    refusal = found("POST", path, headers)

    assert isinstance(refusal, Refusal)
    assert isinstance(refusal.error, NotFound)
    assert (refusal.dialect.name, refusal.error.reason) == (dialect, reason)


@pytest.mark.parametrize("path", ["/", "/health/live", "/admin/", "/nowhere", "/v1beta/models", "/v1x"])
@pytest.mark.parametrize("headers", [{}, ANTHROPIC])
def test_other_paths_are_no_dialects_business(path: str, headers: dict[str, str]) -> None:
    assert found("GET", path, headers) is None


def test_other_client_apis_may_be_served_from_now_on() -> None:
    """Spec: architecture.md 8.5: an addon that brings one may be replaced while the gateway runs."""
    routes = Routes((AnthropicDialect(), OpenAIChat()))

    routes.use((OpenAIChat(),))

    assert isinstance(routes.find("POST", "/v1/chat/completions", {}, {}), Match)
    assert not isinstance(routes.find("POST", "/v1/messages", {}, {}), Match)
