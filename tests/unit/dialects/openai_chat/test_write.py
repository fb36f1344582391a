"""Streams as bytes."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.deltas import ReasoningOutput, Style
from app.dialects.openai_chat.dialect import ChatOptions, OpenAIChat
from app.errors import ShuttingDown, StreamCut
from app.ir.events import Begin, Close, End, Extra, Fault, TextDelta, TextOpen
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage
from tests.support.chat import CREATED, a_prompt, chunks_of, data_of, deltas_of, written
from tests.support.events import an_answer, counted_ids, cut_after, events_of

ROLE = {"role": "assistant", "content": ""}


def test_a_stream_is_spelled_to_the_byte() -> None:
    """openai.md 7.1, 7.2, 7.5."""
    answer = an_answer(Text('Say "ä"'), usage=Usage(prompt=10, cached=4, output=7, thoughts=2, known=True))
    prompt = a_prompt(stream_options={"include_usage": True})

    stream = written(prompt, events_of(answer))

    head = (
        f'data: {{"id":"chatcmpl-{"1".rjust(29, "0")}","object":"chat.completion.chunk",'
        f'"created":{CREATED},"model":"a-model","choices":['
    )
    assert stream.decode() == (
        head + '{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}\n\n'
        + head + '{"index":0,"delta":{"content":"Say \\"ä\\""},"finish_reason":null}],"usage":null}\n\n'
        + head + '{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n'
        + head + '],"usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,'
        '"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}\n\n'
        "data: [DONE]\n\n"
    )  # fmt: skip


def test_without_the_wish_there_is_no_usage_anywhere() -> None:
    """openai.md 7.5: many small clients index choices[0]."""
    chunks = chunks_of(written(a_prompt(), events_of(an_answer(Text("Hi")))))

    assert all("usage" not in chunk and len(chunk["choices"]) == 1 for chunk in chunks)


def test_the_model_is_called_as_the_caller_called_it() -> None:
    """openai.md I17."""
    prompt = a_prompt(model='gpt-4o "100%"\n')

    assert {chunk["model"] for chunk in chunks_of(written(prompt, events_of(an_answer())))} == {
        'gpt-4o "100%"\n'
    }


def test_a_call_is_opened_once_and_then_given_its_arguments() -> None:
    """openai.md 6, 7.2."""
    answer = an_answer(ToolCall("c1", "f", b'{"a":1}', "SIG"), ToolCall("c2", "g"))

    assert deltas_of(written(a_prompt(), events_of(answer))) == [
        ROLE,
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "f", "arguments": ""},
                    "extra_content": {"google": {"thought_signature": "SIG"}},
                }
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":1}'}}]},
        {
            "tool_calls": [
                {"index": 1, "id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}}
            ]
        },
        {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]},
        {},
    ]


def test_a_freeform_call_is_of_its_own_type() -> None:
    """openai.md 5.4."""
    prompt = a_prompt(tools=[{"type": "custom", "custom": {"name": "patch"}}])
    answer = an_answer(ToolCall("c1", "patch", b'{"input":"*** Begin"}'))

    assert deltas_of(written(prompt, events_of(answer)))[1:3] == [
        {
            "tool_calls": [
                {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "patch", "input": ""}}
            ]
        },
        {"tool_calls": [{"index": 0, "custom": {"input": "*** Begin"}}]},
    ]


def test_a_legacy_call_is_name_first_then_arguments() -> None:
    """openai.md 9."""
    prompt = a_prompt(functions=[{"name": "f"}])
    stream = written(prompt, events_of(an_answer(ToolCall("c1", "f", b'{"a":1}'))))

    assert deltas_of(stream) == [
        ROLE,
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": '{"a":1}'}},
        {},
    ]
    assert chunks_of(stream)[-1]["choices"][0]["finish_reason"] == "function_call"


def test_images_have_an_index() -> None:
    """openai.md 10.1."""
    prompt = a_prompt(modalities=["text", "image"])

    assert deltas_of(written(prompt, events_of(an_answer(Blob("image/png", "AAAA")))))[1] == {
        "images": [
            {"index": 0, "type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ]
    }


@pytest.mark.parametrize(
    ("mode", "delta"),
    [
        ("reasoning_content", {"reasoning_content": "hm"}),
        ("reasoning", {"reasoning": "hm"}),
        ("both", {"reasoning_content": "hm", "reasoning": "hm"}),
        ("think_tags", {"content": "<think>hm"}),
    ],
)
def test_thoughts_have_the_member_that_the_operator_chose(mode: ReasoningOutput, delta: Any) -> None:
    """openai.md 7.4."""
    options = ChatOptions(Style(reasoning=mode))

    assert deltas_of(written(a_prompt(), events_of(an_answer(Thought("hm"))), options))[1] == delta


def test_an_explained_block_is_said_before_the_finish() -> None:
    """openai.md 8.3."""
    stream = written(a_prompt(), events_of(an_answer(reason="blocked", detail="Blocked.")))

    assert deltas_of(stream) == [ROLE, {"refusal": "Blocked."}, {}]
    assert chunks_of(stream)[-1]["choices"][0]["finish_reason"] == "content_filter"


def test_a_broken_stream_ends_in_an_error_without_a_finish() -> None:
    """openai.md 7.6, faults.md 1.4."""
    events = cut_after(events_of(an_answer(Text("Hello"))), 3, StreamCut("The upstream broke off."))
    prompt = a_prompt(stream_options={"include_usage": True})

    *chunks, error, done = data_of(written(prompt, events))

    assert done == "[DONE]"
    assert json.loads(error) == {
        "error": {
            "message": "The upstream broke off.",
            "type": "server_error",
            "param": None,
            "code": "upstream_stream_truncated",
        }
    }
    assert len(chunks) == 2
    assert all(json.loads(chunk)["choices"][0]["finish_reason"] is None for chunk in chunks)
    assert all("error" not in json.loads(chunk) for chunk in chunks)


def test_a_call_that_was_cut_short_is_not_shown() -> None:
    """openai.md 8.3: half a call is worse than none."""
    events = cut_after(events_of(an_answer(ToolCall("c1", "f", b'{"a":1}'))), 3, ShuttingDown("Restart."))

    role, error, _ = data_of(written(a_prompt(), events))

    assert json.loads(role)["choices"][0]["delta"] == ROLE
    assert json.loads(error)["error"]["code"] == "server_shutdown"


def test_a_stream_that_fails_at_once_is_an_error_only() -> None:
    """openai.md 7.6."""
    stream = written(a_prompt(), [Fault(StreamCut("x"))])

    assert [json.loads(chunk).keys() for chunk in list(data_of(stream))[:-1]] == [{"error"}]


def test_events_without_a_spelling_send_nothing() -> None:
    """openai.md 7.2."""
    writer = OpenAIChat().writer(a_prompt(), counted_ids(), CREATED)
    writer.feed(Begin("", ""))

    assert [writer.feed(event) for event in (TextOpen(), Extra("grounding", b"{}"), Close())] == [
        b"",
        b"",
        b"",
    ]
    assert writer.feed(TextOpen()) == b""
    assert writer.feed(TextDelta("a")) != b""


def test_a_heartbeat_is_a_comment() -> None:
    """openai.md 7.7."""
    writer = OpenAIChat().writer(a_prompt(), counted_ids(), CREATED)

    assert writer.heartbeat() == b": ping\n\n"


def test_an_empty_answer_is_a_role_and_a_finish() -> None:
    """openai.md 8.3."""
    stream = written(a_prompt(), [Begin("", ""), End("stop")])

    assert deltas_of(stream) == [ROLE, {}]
