"""Whole replies."""

import json
from typing import Any

import pytest

from app.dialects.anthropic.render import render
from app.errors import EmptyAnswer
from app.ir.answer import Answer, collect
from app.ir.events import Extra
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.prompt import Prompt
from tests.support.anthropic import SEARCH_TOOL, accumulated, parsed, written
from tests.support.events import PIXEL, an_answer, counted_ids, grounded


def rendered(answer: Answer, prompt: Prompt | None = None) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(render(prompt or parsed(), answer, counted_ids()))
    return message


def test_a_message_has_all_that_the_sdks_need() -> None:
    """anthropic.md 14."""
    answer = an_answer(Thought("t", "sig"), Text("Hi."), ToolCall("t1", "Bash", b'{"a": 1.50}'))

    assert rendered(answer) == {
        "id": "msg_000000000000000000000001",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [
            {"type": "thinking", "thinking": "t", "signature": "sig"},
            {"type": "text", "text": "Hi."},
            {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"a": 1.5}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 5,
        },
    }


def test_arguments_are_the_upstreams_own_bytes() -> None:
    """anthropic.md 12: nothing in arguments is rewritten."""
    answer = an_answer(ToolCall("t1", "Bash", b'{"n": 12345678901234567890, "f": 1.50}'))

    assert b'"input":{"n": 12345678901234567890, "f": 1.50}' in render(parsed(), answer, counted_ids())


def test_a_thought_without_signature_has_an_empty_one() -> None:
    """anthropic.md 14."""
    message = rendered(an_answer(Thought("t"), Thought(""), Text("x")))

    assert message["content"][0] == {"type": "thinking", "thinking": "t", "signature": ""}
    assert len(message["content"]) == 2


def test_white_space_alone_joins_the_text_after_it_or_goes() -> None:
    """anthropic.md 12, 13 invariant 10."""
    pieces = (Text("\n"), Text(" "), Text("a"), Text(" "), ToolCall("t1", "Bash"), Text("b"), Text(""))

    content = rendered(an_answer(*pieces))["content"]

    assert [block.get("text") for block in content] == ["\n a", None, "b"]


def test_images_become_text() -> None:
    """anthropic.md 12."""
    content = rendered(an_answer(Blob("image/png", PIXEL), Extra("citations", b"{}")))["content"]

    assert content == [{"type": "text", "text": f"![image](data:image/png;base64,{PIXEL})"}]


def test_an_answer_with_nothing_to_show_is_an_error() -> None:
    """anthropic.md 13, 14."""
    with pytest.raises(EmptyAnswer):
        rendered(an_answer(Thought("t", "sig"), Text(" ")))


def test_a_refusal_without_text_says_why() -> None:
    """anthropic.md 15."""
    message = rendered(an_answer(Thought("t"), reason="blocked", detail="Because."))

    assert message["content"][1] == {"type": "text", "text": "Because."}
    assert message["stop_details"] == {"explanation": "Because.", "type": "refusal", "category": None}


def test_a_search_is_rendered_as_it_is_streamed() -> None:
    """anthropic.md 17, 13 invariant 10."""
    prompt = parsed(tools=[SEARCH_TOOL])
    grounding: dict[str, object] = {
        "groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}],
        "groundingSupports": [{"segment": {"endIndex": 4}, "groundingChunkIndices": [0]}],
    }
    events = grounded("Cats purr.", grounding)

    whole = rendered(collect(events), prompt)

    streamed = accumulated(written(events, prompt))
    assert {key: value for key, value in streamed.items() if value is not None} == {
        key: value for key, value in whole.items() if value is not None
    }


def test_a_searchs_text_comes_after_thoughts_and_calls() -> None:
    """anthropic.md 17: the text waits for its sources."""
    answer = an_answer(Text("a"), Thought("t", "sig"), Blob("image/png", PIXEL))

    content = rendered(answer, parsed(tools=[SEARCH_TOOL]))["content"]

    assert [block["type"] for block in content] == ["thinking", "text"]
    assert content[1]["text"].startswith("a![image]")
