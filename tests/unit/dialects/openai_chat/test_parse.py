"""Whole requests to prompts."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.dialect import ChatOptions
from app.errors import BadRequest
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import OutputShape, Prompt, Sampling, Thinking, ToolChoice, ToolSpec, Turn, WebSearch
from tests.support.chat import a_body, a_prompt, read


def test_the_least_request_is_a_prompt_with_defaults() -> None:
    """openai.md 5.1."""
    prompt = a_prompt({"role": "user", "content": "Hello"})

    assert prompt == Prompt(
        model="a-model",
        turns=(Turn("user", (Text("Hello"),)),),
        affinity=prompt.affinity,
        extras=b"{}",
    )


def test_a_tool_loop_is_read_whole() -> None:
    """openai.md 18."""
    call = {"type": "function"}
    prompt = a_prompt(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather in Paris and Rome?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_a", **call, "function": {"name": "w", "arguments": '{"city":"Paris"}'}},
                {"id": "call_b", **call, "function": {"name": "w", "arguments": '{"city":"Rome"}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_b", "content": "rain"},
        {"role": "tool", "tool_call_id": "call_a", "content": '{"t":12345678901234567890}'},
        stream=True,
        stream_options={"include_usage": True},
        tools=[{"type": "function", "function": {"name": "w", "parameters": {}}}],
        tool_choice="auto",
    )

    assert prompt.stream is True
    assert prompt.system == ("Be brief.",)
    assert prompt.tools == (ToolSpec("w", schema=b"{}"),)
    assert prompt.turns == (
        Turn("user", (Text("Weather in Paris and Rome?"),)),
        Turn(
            "model",
            (ToolCall("call_a", "w", b'{"city":"Paris"}'), ToolCall("call_b", "w", b'{"city":"Rome"}')),
        ),
        Turn(
            "user",
            (
                ToolResult("call_a", "w", (Text('{"t":12345678901234567890}'),)),
                ToolResult("call_b", "w", (Text("rain"),)),
            ),
        ),
    )


def test_every_wish_arrives_in_its_place() -> None:
    """openai.md 5."""
    prompt = a_prompt(
        tools=[{"name": "f"}],
        tool_choice="required",
        parallel_tool_calls=False,
        max_tokens=9,
        temperature=0.5,
        reasoning_effort="low",
        response_format={"type": "json_object"},
        stop="END",
        presence_penalty=1,
        generationConfig={"topK": 3},
    )

    assert prompt.tool_choice == ToolChoice("any")
    assert prompt.parallel_calls is False
    assert prompt.sampling == Sampling(9, 0.5)
    assert prompt.thinking == Thinking("on", effort="low")
    assert prompt.output == OutputShape("json")
    assert prompt.stop == ("END",)
    assert prompt.overlay == b'{"topK":3}'
    assert prompt.notes == ("params-dropped",)


def test_a_prefill_stays_among_the_turns() -> None:
    """openai.md 5.2 step 4: what a model makes of it is decided later."""
    prompt = a_prompt({"role": "user", "content": "Count."}, {"role": "assistant", "content": "One,"})

    assert prompt.turns[-1] == Turn("model", (Text("One,"),))
    assert prompt.prefill == ""


def test_legacy_functions_allow_one_call() -> None:
    """openai.md 9."""
    prompt = a_prompt(functions=[{"name": "f"}], function_call={"name": "f"})

    assert prompt.tools == (ToolSpec("f"),)
    assert prompt.tool_choice == ToolChoice("any", ("f",))
    assert prompt.parallel_calls is False


def test_a_literal_extra_body_is_read_as_if_it_were_at_the_top() -> None:
    """openai.md 5.1."""
    prompt = a_prompt(
        temperature=0.5,
        top_k=3,
        extra_body={"google": {"thinking_config": {"thinking_budget": 64}}, "top_k": 5, "temperature": None},
    )

    assert prompt.thinking == Thinking("on", 64)
    assert prompt.sampling == Sampling(temperature=0.5, top_k=5)


def test_dropped_tools_are_noted() -> None:
    """openai.md 5.4."""
    assert a_prompt(tools=[{"type": "web_search"}]).notes == ("tools-dropped",)


def test_web_search_alone_is_passed_on_where_the_operator_allows() -> None:
    """openai.md 5.4."""
    options = ChatOptions(grounding=True)

    alone = read(a_body(tools=[{"type": "web_search"}]), options=options)
    beside = read(a_body(tools=[{"type": "web_search"}, {"name": "f"}]), options=options)

    assert (alone.search, alone.notes) == (WebSearch(), ())
    assert (beside.search, beside.notes) == (None, ("tools-dropped",))


@pytest.mark.parametrize(
    ("members", "headers", "affinity"),
    [
        ({"prompt_cache_key": "k", "safety_identifier": "s", "user": "u"}, {"session-id": "h"}, "k"),
        ({"safety_identifier": "s", "user": "u"}, {}, "s"),
        ({"user": "u"}, {"session-id": "h"}, "u"),
        ({"user": "[undefined]"}, {"x-session-id": "h"}, "h"),
        ({}, {"thread-id": "h"}, "h"),
    ],
)
def test_what_ties_a_conversation_together_is_found(
    members: Any, headers: dict[str, str], affinity: str
) -> None:
    """openai.md 16."""
    assert read(a_body(**members), headers).affinity == affinity


def test_without_a_key_the_beginning_of_a_conversation_ties_it_together() -> None:
    """openai.md 16."""
    system, first = {"role": "system", "content": "s"}, {"role": "user", "content": "u"}
    answer, more = {"role": "assistant", "content": "a"}, {"role": "user", "content": "m"}

    start = a_prompt(system, first).affinity

    assert a_prompt(system, first, answer, more).affinity == start
    assert a_prompt(first, answer, more).affinity != start
    assert a_prompt(system, more).affinity != start


@pytest.mark.parametrize(
    ("body", "where", "reason"),
    [
        (b"", None, "invalid_json"),
        (b"{", None, "invalid_json"),
        (b"[]", None, "invalid_json"),
        (b'"text"', None, "invalid_json"),
        (b"\xff", None, "invalid_json"),
        (b'{"model":"\\ud800"}', None, "invalid_json"),
        (b"{}", "model", "missing_required_parameter"),
        (b'{"model":5}', "model", "missing_required_parameter"),
        (b'{"model":""}', "model", "missing_required_parameter"),
        (b'{"model":"m"}', "messages", "missing_required_parameter"),
        (b'{"model":"m","messages":null}', "messages", "missing_required_parameter"),
        (b'{"model":"m","messages":{}}', "messages", "invalid_type"),
        (b'{"model":"m","messages":[]}', "messages", "empty_array"),
        (b'{"model":"m","messages":[5]}', "messages[0]", "invalid_type"),
        (b'{"model":"m","messages":[{"role":"user","content":5}]}', "messages[0].content", "invalid_type"),
        (b'{"model":"m","messages":[{"role":"user","content":"a"}],"tools":{}}', "tools", "invalid_type"),
        (b'{"model":"m","messages":[{"role":"user","content":"a"}],"stream":1}', "stream", "invalid_type"),
        (b'{"model":"m","messages":[{"role":"user","content":"a"}],"n":2}', "n", "unsupported_value"),
        (b'{"model":"m","x":' + b"[" * 100 + b"]" * 100 + b"}", None, "json_limits"),
    ],
)
def test_a_broken_request_is_refused_with_path_and_reason(
    body: bytes, where: str | None, reason: str
) -> None:
    """openai.md 4.1, faults.md F093, F094."""
    with pytest.raises(BadRequest) as caught:
        read(body)

    assert (caught.value.where, caught.value.reason) == (where, reason)


def test_bytes_that_are_no_text_are_refused_wherever_they_stand() -> None:
    """faults.md F094."""
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "@"}]}]}
    ).encode()

    with pytest.raises(BadRequest) as caught:
        read(body.replace(b"@", b"\xff"))

    assert caught.value.reason == "invalid_json"
