"""Whole answers."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.deltas import ReasoningOutput, Style
from app.dialects.openai_chat.dialect import ChatOptions, OpenAIChat
from app.dialects.openai_chat.render import usage_object
from app.ir.answer import Answer
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from tests.support.chat import CREATED, a_prompt
from tests.support.events import an_answer, counted_ids


def rendered(answer: Answer, prompt: Prompt | None = None, options: ChatOptions | None = None) -> Any:
    return json.loads(OpenAIChat(options).render(prompt or a_prompt(), answer, counted_ids(), CREATED))


def message_of(answer: Answer, prompt: Prompt | None = None, options: ChatOptions | None = None) -> Any:
    return rendered(answer, prompt, options)["choices"][0]["message"]


def test_the_whole_object_is_there() -> None:
    """openai.md 8.1."""
    usage = Usage(prompt=10, cached=4, output=7, thoughts=2, known=True)

    assert rendered(an_answer(Thought("hm"), Text("Hi"), usage=usage)) == {
        "id": "chatcmpl-" + "1".rjust(29, "0"),
        "object": "chat.completion",
        "created": CREATED,
        "model": "a-model",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": None,
                    "reasoning_content": "hm",
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 7,
            "total_tokens": 17,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }


def test_calls_without_text_have_no_content() -> None:
    """openai.md 8.1."""
    whole = rendered(an_answer(ToolCall("c1", "f", b'{"a":1}', "SIG"), ToolCall("c2", "g")))

    assert whole["choices"][0]["finish_reason"] == "tool_calls"
    assert whole["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "f", "arguments": '{"a":1}'},
                "extra_content": {"google": {"thought_signature": "SIG"}},
            },
            {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        ],
    }


def test_an_empty_answer_has_empty_content() -> None:
    """openai.md 8.1."""
    assert message_of(an_answer()) == {"role": "assistant", "content": "", "refusal": None}


def test_a_block_is_a_refusal() -> None:
    """openai.md 8.3."""
    whole = rendered(an_answer(reason="blocked", detail="Blocked."))

    assert whole["choices"][0]["finish_reason"] == "content_filter"
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "", "refusal": "Blocked."}


def test_a_freeform_call_is_of_its_own_type() -> None:
    """openai.md 5.4."""
    prompt = a_prompt(tools=[{"type": "custom", "name": "patch"}])

    message = message_of(an_answer(ToolCall("c1", "patch", b'{"input":"x"}', "SIG")), prompt)

    assert message["tool_calls"] == [
        {
            "id": "c1",
            "type": "custom",
            "custom": {"name": "patch", "input": "x"},
            "extra_content": {"google": {"thought_signature": "SIG"}},
        }
    ]


def test_a_legacy_call_has_no_id() -> None:
    """openai.md 9."""
    whole = rendered(an_answer(ToolCall("c1", "f", b'{"a":1}')), a_prompt(functions=[{"name": "f"}]))

    assert whole["choices"][0]["finish_reason"] == "function_call"
    assert whole["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "function_call": {"name": "f", "arguments": '{"a":1}'},
    }


def test_images_stand_beside_the_text_where_they_were_asked_for() -> None:
    """openai.md 10.2."""
    message = message_of(an_answer(Blob("image/png", "AAAA")), a_prompt(modalities=["image"]))

    assert message == {
        "role": "assistant",
        "content": "",
        "refusal": None,
        "images": [{"index": 0, "type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
    }


@pytest.mark.parametrize(
    ("mode", "members"),
    [
        ("reasoning_content", {"reasoning_content": "hm", "content": "Hi"}),
        ("reasoning", {"reasoning": "hm", "content": "Hi"}),
        ("both", {"reasoning_content": "hm", "reasoning": "hm", "content": "Hi"}),
        ("think_tags", {"content": "<think>hm</think>Hi"}),
        ("none", {"content": "Hi"}),
    ],
)
def test_thoughts_have_the_member_that_the_operator_chose(mode: ReasoningOutput, members: Any) -> None:
    """openai.md 7.4."""
    message = message_of(an_answer(Thought("hm"), Text("Hi")), options=ChatOptions(Style(reasoning=mode)))

    assert message == {"role": "assistant", "refusal": None, **members}


def test_counts_always_add_up() -> None:
    """openai.md 8.4, I7."""
    counts = usage_object(Usage(prompt=3, cached=5, output=2, thoughts=9))

    assert counts.total_tokens == 5
    assert counts.prompt_tokens_details == {"cached_tokens": 3}
    assert counts.completion_tokens_details == {"reasoning_tokens": 2}
