"""Paths and their one spelling."""

import pytest

from app.dialects.openai_chat.paths import canonical_path, unknown_path

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        (CHAT, CHAT),
        ("/chat/completions", CHAT),
        ("/v1/v1/chat/completions", CHAT),
        ("/v1/v1/v1/chat/completions", CHAT),
        ("/v1/chat/completions/", CHAT),
        ("//v1//chat/completions//", CHAT),
        ("/v1/chat/completions/chat/completions", CHAT),
        ("/v1/chat/completions/v1/chat/completions", CHAT),
        ("/chat/completions/chat/completions/chat/completions", CHAT),
        ("/v1/chat/completions/models", "/v1/models"),
        ("/v1/chat/completions/models/a/b", "/v1/models/a/b"),
        ("/v1/chat/completions/responses", "/v1/responses"),
        ("/v1/responses/chat/completions", CHAT),
        ("/v1/responses/responses", "/v1/responses"),
        ("/models", "/v1/models"),
        ("/models/", "/v1/models"),
        ("/models/gemini-2.5-pro", "/v1/models/gemini-2.5-pro"),
        ("/responses", "/v1/responses"),
        ("/images/generations", "/v1/images/generations"),
        ("/completions", "/v1/completions"),
        ("/embeddings", "/v1/embeddings"),
    ],
)
def test_what_users_enter_leads_to_the_endpoint(path: str, canonical: str) -> None:
    """openai.md 1."""
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/messages",
        "/api/event_logging/batch",
        "/v1beta/models/gemini-2.5-pro:generateContent",
        "/v1/models/anthropic/claude:1.5",
        "/v1/responses/resp_1",
        "/v1/responses/resp_1/input_items",
        "/v1/responses/input_tokens",
        "/v1/chat/completions/other",
        "/v1/chat/completionsmodels",
        "/modelsx",
        "/health/live",
        "/admin/api/models",
    ],
)
def test_other_paths_stay_as_they_are(path: str) -> None:
    """openai.md 1."""
    assert canonical_path(path) == path


@pytest.mark.parametrize(
    ("path", "canonical"),
    [("//v1///messages/", "/v1/messages"), ("", "/"), ("//", "/"), ("/admin/", "/admin")],
)
def test_slashes_are_tidied_everywhere(path: str, canonical: str) -> None:
    """openai.md 1."""
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("path", "reason", "where"),
    [
        ("/v1/embeddings", "model_not_found", "model"),
        ("/v1/audio/speech", "unsupported_endpoint", None),
        ("/v1/files", "unsupported_endpoint", None),
        ("/v1/images/variations", "unsupported_endpoint", None),
        ("/v1/filesystem", "unknown_url", None),
        ("/nowhere", "unknown_url", None),
    ],
)
def test_a_path_that_leads_nowhere_says_why(path: str, reason: str, where: str | None) -> None:
    """openai.md 4.1, 15."""
    error = unknown_path(path)

    assert (error.status, error.reason, error.where) == (404, reason, where)
