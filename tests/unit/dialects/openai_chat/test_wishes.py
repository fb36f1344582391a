"""Sampling, stops, form of the answer, delivery."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat import wishes
from app.dialects.openai_chat.wire import REQUEST, WireRequest
from app.dialects.openai_chat.wishes import ChatWishes
from app.errors import BadRequest
from app.ir.prompt import OutputShape, Prompt, Sampling


def sent(**members: Any) -> WireRequest:
    return REQUEST.decode(json.dumps(members).encode())


def read_all(request: WireRequest) -> None:
    wishes.check_choices(request)
    wishes.read_wishes(request)
    wishes.read_sampling(request)
    wishes.read_stop(request)
    wishes.read_output(request)
    wishes.read_overlay(request)
    list(wishes.read_notes(request))


@pytest.mark.parametrize(
    ("members", "sampling"),
    [
        ({}, Sampling()),
        ({"temperature": 0, "top_p": 1, "top_k": 40, "seed": 7}, Sampling(None, 0.0, 1.0, 40, 7)),
        ({"top_k": 0}, Sampling()),
        ({"max_tokens": 5}, Sampling(5)),
        ({"max_completion_tokens": 6, "max_tokens": 5}, Sampling(6)),
        ({"max_completion_tokens": None, "max_tokens": 5}, Sampling(5)),
        ({"max_output_tokens": 7}, Sampling(7)),
        ({"max_tokens": 128000, "temperature": "[undefined]"}, Sampling(128000)),
    ],
)
def test_sampling_is_read(members: Any, sampling: Sampling) -> None:
    """openai.md 5.1."""
    assert wishes.read_sampling(sent(**members)) == sampling


@pytest.mark.parametrize(
    ("stop", "stops"),
    [(None, ()), ("", ()), ("END", ("END",)), (["a", "", "b"], ("a", "b")), ([" "] * 5, (" ",) * 5)],
)
def test_stops_are_a_string_or_an_array_without_empty_ones(stop: object, stops: tuple[str, ...]) -> None:
    """openai.md 5.1."""
    assert wishes.read_stop(sent(stop=stop)) == stops


@pytest.mark.parametrize(
    ("members", "output"),
    [
        ({}, OutputShape()),
        ({"response_format": {"type": "text"}}, OutputShape()),
        ({"response_format": {}}, OutputShape()),
        ({"response_format": {"type": "json_object"}}, OutputShape("json")),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"a": 1}}}},
            OutputShape("json", b'{"a": 1}'),
        ),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}, OutputShape("json")),
        ({"response_format": {"type": "json_schema"}}, OutputShape("json")),
        (
            {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"a": 1}}}},
            OutputShape("json", b'{"a": 1}'),
        ),
        ({"text": {"verbosity": "low"}}, OutputShape()),
        ({"modalities": ["text"]}, OutputShape()),
        ({"modalities": ["image", "text"]}, OutputShape(modalities=("image", "text"))),
        (
            {"image_config": {"aspect_ratio": "16:9", "image_size": "2K"}},
            OutputShape(aspect_ratio="16:9", image_size="2K"),
        ),
    ],
)
def test_the_form_of_the_answer_is_read(members: Any, output: OutputShape) -> None:
    """openai.md 5.1, 5.6."""
    assert wishes.read_output(sent(**members)) == output


@pytest.mark.parametrize(
    ("members", "delivery"),
    [
        ({}, ChatWishes()),
        ({"stream_options": {"include_usage": True}}, ChatWishes(include_usage=True)),
        ({"stream_options": {"include_usage": None, "include_obfuscation": True}}, ChatWishes()),
        ({"stream_options": "[undefined]"}, ChatWishes()),
        ({"functions": [{"name": "f"}]}, ChatWishes(legacy_functions=True)),
        ({"functions": [{"name": "f"}], "tools": [{"name": "f"}]}, ChatWishes()),
        ({"modalities": ["text", "image"]}, ChatWishes(wants_images=True)),
    ],
)
def test_delivery_travels_with_the_prompt(members: Any, delivery: ChatWishes) -> None:
    """openai.md 7.5, 9, 10.2."""
    from_wire = wishes.read_wishes(sent(**members))
    carried = Prompt("a-model", (), extras=json.dumps(_plain(from_wire)).encode())

    assert from_wire == delivery
    assert wishes.wishes_of(carried) == delivery


def test_a_prompt_of_another_origin_has_no_wishes() -> None:
    """architecture.md 6.1."""
    assert wishes.wishes_of(Prompt("a-model", ())) == ChatWishes()


def test_generation_config_passes_what_is_on_the_list_in_the_upstreams_spelling() -> None:
    """openai.md 5.1, gemini.md 4.3; thinking is read with the other wishes about it."""
    config = {"temperature": 0.10, "top_k": 3, "mediaResolution": "LOW", "stopSequences": None}
    hidden: dict[str, object] = {"thinkingConfig": {}, "speechConfig": {}}

    overlay = wishes.read_overlay(sent(generationConfig={**config, **hidden}))

    assert overlay == b'{"temperature":0.1,"topK":3,"mediaResolution":"LOW"}'
    assert wishes.read_overlay(sent(generation_config={"max_output_tokens": 5})) == b'{"maxOutputTokens":5}'
    assert wishes.read_overlay(sent(generationConfig=hidden)) is None
    assert wishes.read_overlay(sent()) is None


@pytest.mark.parametrize("count", [None, 1, "[undefined]"])
def test_one_choice_is_what_there_is(count: object) -> None:
    """openai.md 5.1."""
    wishes.check_choices(sent(n=count))


@pytest.mark.parametrize(
    ("members", "notes"),
    [
        ({}, []),
        ({"presence_penalty": 0, "frequency_penalty": 0.0}, []),
        ({"presence_penalty": 0.5}, ["params-dropped"]),
        ({"frequency_penalty": -2, "presence_penalty": 2}, ["params-dropped"]),
        ({"generationConfig": {"topK": 1, "thinkingConfig": {}, "speechConfig": None}}, []),
        ({"generationConfig": {"speechConfig": {}}}, ["params-dropped"]),
    ],
)
def test_hints_that_would_have_mattered_are_noted_as_dropped(members: Any, notes: list[str]) -> None:
    """openai.md 3, 5.1."""
    assert list(wishes.read_notes(sent(**members))) == notes


@pytest.mark.parametrize(
    ("members", "where", "reason"),
    [
        ({"n": 2}, "n", "unsupported_value"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"n": "1"}, "n", "invalid_type"),
        ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
        ({"temperature": 2.1}, "temperature", "decimal_above_max_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"top_p": -1}, "top_p", "decimal_below_min_value"),
        ({"seed": 1.5}, "seed", "invalid_type"),
        ({"presence_penalty": 3}, "presence_penalty", "decimal_above_max_value"),
        ({"stop": list("abcdef")}, "stop", "array_above_max_length"),
        ({"stop": 5}, "stop", "invalid_type"),
        ({"modalities": ["text", "audio"]}, "modalities", "unsupported_value"),
        ({"modalities": "text"}, "modalities", "invalid_type"),
        ({"image_config": []}, "image_config", "invalid_type"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type", "invalid_value"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": []}}},
            "response_format.json_schema.schema",
            "invalid_type",
        ),
        ({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage", "invalid_type"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(members: Any, where: str, reason: str) -> None:
    """openai.md 4.1, 5.1, 5.6."""
    with pytest.raises(BadRequest) as caught:
        read_all(sent(**members))

    assert (caught.value.where, caught.value.reason) == (where, reason)


def _plain(delivery: ChatWishes) -> dict[str, bool]:
    return {name: getattr(delivery, name) for name in delivery.__struct_fields__}
