"""The dialect as the rest of the gateway sees it."""

import json

import pytest

from app.catalog.profile import ModelProfile
from app.dialects.base import Dialect, Params
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import NotFound, UnknownModel
from tests.support.chat import a_prompt


def a_profile(model: str, **members: object) -> ModelProfile:
    defaults: dict[str, object] = {
        "id": model,
        "wire_id": model,
        "family": "gemini",
        "display_name": model.title(),
        "group": "gemini",
        "max_input": 1000,
        "max_output": 100,
        "created": 17,
    }
    return ModelProfile(**{**defaults, **members})  # type: ignore[arg-type]  # a builder of any member


def test_it_is_a_dialect() -> None:
    """architecture.md 6.1."""
    dialect: Dialect = OpenAIChat()

    assert dialect.name == "openai_chat"
    assert dialect.accepts_empty is True
    assert [(at.method, at.path, at.operation) for at in dialect.endpoints] == [
        ("POST", "/v1/chat/completions", "generate"),
        ("GET", "/v1/models", "list_models"),
        ("GET", "/v1/models/{id}", "get_model"),
    ]


@pytest.mark.parametrize(
    ("headers", "query", "claimed"),
    [
        ({}, {}, True),
        ({"authorization": "Bearer k"}, {"limit": "5"}, True),
        ({"anthropic-version": "2023-06-01"}, {}, False),
        ({"x-goog-api-key": "k"}, {}, False),
        ({"x-goog-api-client": "c"}, {}, False),
        ({}, {"key": "k"}, False),
    ],
)
def test_it_answers_on_shared_paths_unless_another_sign_is_there(
    headers: dict[str, str], query: dict[str, str], claimed: bool
) -> None:
    """openai.md 1."""
    assert OpenAIChat().claims("/v1/models", headers, query) is claimed


def test_the_model_list_is_sorted_and_whole() -> None:
    """openai.md 11."""
    profiles = [
        a_profile("b", family="claude", max_output=None, created=0),
        a_profile("hidden", hidden=True),
        a_profile("a"),
    ]

    listed = json.loads(OpenAIChat().list_models(profiles, Params()))

    assert listed == {
        "object": "list",
        "data": [
            {
                "id": "a",
                "object": "model",
                "created": 17,
                "owned_by": "google",
                "display_name": "A",
                "context_length": 1000,
                "max_output_tokens": 100,
            },
            {
                "id": "b",
                "object": "model",
                "created": 1_735_689_600,
                "owned_by": "anthropic",
                "display_name": "B",
                "context_length": 1000,
            },
        ],
    }


def test_one_model_is_shown_by_itself() -> None:
    """openai.md 11."""
    shown = json.loads(OpenAIChat().show_model(a_profile("a/b:c", family="gpt_oss"), Params()))

    assert (shown["id"], shown["object"], shown["owned_by"]) == ("a/b:c", "model", "openai")


def test_there_is_no_count() -> None:
    """openai.md 1."""
    with pytest.raises(NotFound):
        OpenAIChat().render_count(a_prompt(), 5)


def test_an_error_is_refused_with_body_and_status() -> None:
    """openai.md 4."""
    error = UnknownModel("no-such-model")

    assert OpenAIChat().status(error) == 404
    assert json.loads(OpenAIChat().refuse(error, "req_1"))["error"]["code"] == "model_not_found"


def test_every_reply_carries_the_request_id() -> None:
    """openai.md 3."""
    assert OpenAIChat().headers("req_1", 12) == {
        "x-request-id": "req_1",
        "openai-version": "2020-10-01",
        "openai-processing-ms": "12",
    }


def test_paths_have_one_spelling_and_those_that_lead_nowhere_a_word() -> None:
    """openai.md 1, 15."""
    dialect = OpenAIChat()

    assert dialect.canonical("/chat/completions/") == "/v1/chat/completions"
    told = dialect.unknown("/v1/files")
    assert told is not None
    assert told.reason == "unsupported_endpoint"
    assert dialect.unknown("/chat/nothing") is not None
    assert dialect.unknown("/v1beta/models") is None
    assert dialect.unknown("/nowhere") is None
