"""Wishes about the generation, and the session key."""

import json

import pytest

from app.errors import BadRequest
from app.ir.prompt import OutputShape, Sampling, Thinking
from tests.support.anthropic import counted, parsed

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}


def refused(where: str, **request: object) -> None:
    with pytest.raises(BadRequest) as caught:
        parsed(**request)  # type: ignore[arg-type]  # the request's members are any JSON
    assert caught.value.where == where


@pytest.mark.parametrize(("sent", "limit"), [(1, 1), (128000, 128000), (None, 8192)])
def test_the_limit_is_the_callers_or_a_default(sent: object, limit: int) -> None:
    """anthropic.md 3.1, 7.1."""
    assert parsed(max_tokens=sent).sampling.max_tokens == limit


@pytest.mark.parametrize("sent", [0, -1, 1.5, "100", True, [], {}])
def test_a_limit_that_is_none_is_refused(sent: object) -> None:
    """anthropic.md 3.1."""
    refused("max_tokens", max_tokens=sent)


@pytest.mark.parametrize("sent", ["true", 1, []])
def test_stream_is_true_or_false(sent: object) -> None:
    """anthropic.md 3.1."""
    refused("stream", stream=sent)
    assert parsed(stream=True).stream
    assert not parsed(stream=None).stream
    assert not parsed().stream


def test_a_count_does_not_look_at_limit_and_stream() -> None:
    """anthropic.md 18."""
    assert counted(max_tokens="many", stream="no").sampling.max_tokens is None


def test_sampling_is_kept_and_what_no_model_takes_is_clamped() -> None:
    """anthropic.md 7.2."""
    assert parsed(temperature=0.5, top_p=0.9, top_k=40).sampling == Sampling(1000, 0.5, 0.9, 40)
    assert parsed(temperature=-1, top_p=1.5, top_k=-3).sampling == Sampling(1000, 0.0, 1.0, 0)
    assert parsed(temperature=None, top_p=-1, top_k=2.0).sampling == Sampling(1000, None, 0.0, 2)
    assert parsed(temperature=1.7).sampling.temperature == 1.7


@pytest.mark.parametrize("key", ["temperature", "top_p", "top_k"])
@pytest.mark.parametrize("value", ["1", True, [1]])
def test_sampling_that_is_no_number_is_refused(key: str, value: object) -> None:
    """anthropic.md 7.2."""
    refused(key, **{key: value})


def test_stop_sequences_are_kept_once_and_in_order() -> None:
    """anthropic.md 7.3."""
    assert parsed(stop_sequences=["b", "a", " ", "b", "", "c "]).stop == ("b", "a", "c ")
    assert parsed(stop_sequences=None).stop == ()


@pytest.mark.parametrize(
    ("thinking", "config", "wish"),
    [
        (None, None, Thinking()),
        (None, {"effort": "high"}, Thinking(effort="high")),
        ({"type": "enabled", "budget_tokens": 31999}, None, Thinking("on", 31999)),
        ({"type": "enabled"}, None, Thinking("on")),
        ({"type": "enabled", "budget_tokens": 5}, {"effort": "max"}, Thinking("on", 5, "max")),
        ({"type": "adaptive", "display": "omitted"}, {"effort": "medium"}, Thinking("on", None, "medium")),
        ({"type": "adaptive", "effort": "low"}, None, Thinking("on", None, "low")),
        ({"type": "adaptive", "effort": "low"}, {"effort": "HIGH"}, Thinking("on", None, "high")),
        ({"type": "adaptive", "effort": "low"}, {"effort": "extreme"}, Thinking("on", None, "low")),
        ({"type": "adaptive", "budget_tokens": 7}, {"effort": 5}, Thinking("on")),
        ({"type": "auto"}, None, Thinking("on")),
        ({"type": "disabled", "budget_tokens": -1}, None, Thinking("off")),
    ],
)
def test_the_wish_about_thinking_is_kept(thinking: object, config: object, wish: Thinking) -> None:
    """anthropic.md 8.1, 8.3: the text is always shown, whatever `display` says."""
    assert parsed(thinking=thinking, output_config=config).thinking == wish


@pytest.mark.parametrize("kind", ["on", None, 5, ""])
def test_an_unknown_kind_of_thinking_is_refused(kind: object) -> None:
    """anthropic.md 8.1."""
    refused("thinking.type", thinking={"type": kind})


@pytest.mark.parametrize("budget", [0, -5, 1.5, "1024", True, []])
def test_a_budget_is_a_positive_whole_number(budget: object) -> None:
    """anthropic.md 8.2."""
    refused("thinking.budget_tokens", thinking={"type": "enabled", "budget_tokens": budget})


FORMAT = {"type": "json_schema", "schema": SCHEMA}
SHAPE = OutputShape("json", json.dumps(SCHEMA).encode())


@pytest.mark.parametrize(
    ("config", "older", "shape"),
    [
        (None, None, OutputShape()),
        ({"format": FORMAT}, None, SHAPE),
        ({"format": FORMAT, "effort": "low"}, {"type": "text"}, SHAPE),
        (None, FORMAT, SHAPE),
        ({"format": None}, FORMAT, SHAPE),
        ({"effort": "low"}, FORMAT, SHAPE),
        ({"format": {"type": "json_schema"}}, None, OutputShape("json")),
        ({"format": {"type": "json_schema", "schema": None}}, None, OutputShape("json")),
        ({"format": {"type": "json_object"}}, None, OutputShape("json")),
        ({"format": {"type": "text"}}, None, OutputShape()),
        ({"format": "json"}, None, OutputShape("json")),
        (None, "json_object", OutputShape("json")),
        (None, "text", OutputShape()),
    ],
)
def test_the_form_of_the_answer_is_kept(config: object, older: object, shape: OutputShape) -> None:
    """anthropic.md 7.4."""
    assert parsed(output_config=config, output_format=older).output == shape


def test_a_form_that_is_not_known_is_refused() -> None:
    """anthropic.md 3.2, 7.4."""
    refused("output_config.format.type", output_config={"format": {"type": "xml"}})
    refused("output_config.format", output_config={"format": "xml"})
    refused("output_format", output_format=5)
    refused("output_format.schema", output_format={"type": "json_schema", "schema": "x"})


@pytest.mark.parametrize(
    ("header", "user", "key"),
    [
        ("s-0", json.dumps({"session_id": "s-1"}), "s-0"),
        ("", json.dumps({"device_id": "d", "account_uuid": "", "session_id": "s-1"}), "s-1"),
        ("", f"user_abc_account__session_{UUID}", UUID),
        ("", f"user_abc_account_{UUID}_session_{UUID}", UUID),
        ("", "anything", "anything"),
        ("", json.dumps({"device_id": "d"}), json.dumps({"device_id": "d"})),
        ("", json.dumps({"session_id": 5}), json.dumps({"session_id": 5})),
        ("", "user_abc_session_none", "user_abc_session_none"),
        ("", "", None),
        ("", " ", None),
        ("", 5, None),
        ("", None, None),
    ],
)
def test_the_session_key_is_the_first_that_exists(header: str, user: object, key: str | None) -> None:
    """anthropic.md 3.4."""
    headers = {"x-claude-code-session-id": header} if header else {}

    assert parsed(metadata={"user_id": user}, headers=headers).affinity == key


@pytest.mark.parametrize("metadata", [None, "x", [], 5, {}])
def test_metadata_of_any_form_is_accepted(metadata: object) -> None:
    """anthropic.md 3.4: malformed values must not raise."""
    assert parsed(metadata=metadata).affinity is None
