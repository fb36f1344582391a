"""Any stream of events, as OpenAI's own SDK reads it, is the answer that does not stream."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from app.dialects.openai_chat.deltas import Style
from app.dialects.openai_chat.dialect import ChatOptions, OpenAIChat
from app.dialects.openai_chat.wishes import wishes_of
from app.errors import GatewayError
from app.ir.answer import Answer
from app.ir.events import Event
from app.ir.parts import Text, Thought, ToolCall
from app.ir.prompt import Prompt
from tests.support.chat import CREATED, a_prompt, chunks_of, data_of, deltas_of, folded, written
from tests.support.events import answered_streams, counted_ids, cut_after, faults

TOOLS = [{"type": "custom", "custom": {"name": "Bash"}}, {"name": "Read"}]
ADDED_BY_SDK = {"annotations", "audio", "parsed", "function_call", "tool_calls"}


def options() -> st.SearchStrategy[ChatOptions]:
    return st.builds(
        ChatOptions,
        st.builds(
            Style,
            st.sampled_from(["reasoning_content", "reasoning", "both", "think_tags", "none"]),
            st.sampled_from(["auto", "markdown", "images", "both"]),
        ),
    )


def prompts(*, freeform: bool = True, legacy: bool = True) -> st.SearchStrategy[Prompt]:
    tools: list[dict[str, Any]] = [{}, {"tools": TOOLS}] if freeform else [{}]
    if legacy:
        tools.append({"functions": [{"name": "Bash"}]})
    return st.builds(
        lambda usage, tooling, modalities: a_prompt(
            stream_options={"include_usage": usage}, modalities=modalities, **tooling
        ),
        st.booleans(),
        st.sampled_from(tools),
        st.sampled_from([["text"], ["text", "image"]]),
    )


@given(answered_streams(), prompts(), options())
def test_what_the_sdk_accumulates_is_what_is_rendered(
    answered: tuple[Answer, list[Event]], prompt: Prompt, chosen: ChatOptions
) -> None:
    """openai.md I1, I3, I17."""
    answer, events = answered

    streamed = folded(written(prompt, events, chosen))
    whole = json.loads(OpenAIChat(chosen).render(prompt, answer, counted_ids(), CREATED))

    assert _message(streamed) == _message(whole)
    assert streamed["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert (streamed["id"], streamed["model"]) == (whole["id"], whole["model"])
    if wishes_of(prompt).include_usage:
        assert _without_none(streamed["usage"]) == whole["usage"]
    else:
        assert streamed["usage"] is None


@given(answered_streams(), prompts(freeform=False), options())
def test_every_chunk_and_every_answer_is_valid_for_the_sdk(
    answered: tuple[Answer, list[Event]], prompt: Prompt, chosen: ChatOptions
) -> None:
    """openai.md 7.2, 8.1."""
    answer, events = answered

    for chunk in chunks_of(written(prompt, events, chosen)):
        ChatCompletionChunk.model_validate(chunk)
    ChatCompletion.model_validate_json(OpenAIChat(chosen).render(prompt, answer, counted_ids(), CREATED))


@given(answered_streams(), prompts(), options())
def test_a_stream_follows_the_grammar(
    answered: tuple[Answer, list[Event]], prompt: Prompt, chosen: ChatOptions
) -> None:
    """openai.md 7.2, I6."""
    chunks = chunks_of(written(prompt, answered[1], chosen))
    usages = [chunk for chunk in chunks if not chunk["choices"]]
    first, *between, last = (chunk["choices"][0] for chunk in chunks if chunk["choices"])

    assert first["delta"] == {"role": "assistant", "content": ""}
    assert last["delta"] == {}
    assert last["finish_reason"] is not None
    assert all(choice["finish_reason"] is None and choice["delta"] for choice in [first, *between])
    assert not any("role" in choice["delta"] or choice["delta"].get("content") == "" for choice in between)
    assert usages == ([] if "usage" not in chunks[0] else chunks[-1:])
    assert all(chunk.get("usage") is None for chunk in chunks[:-1])
    assert not any("error" in chunk for chunk in chunks)


@given(answered_streams())
def test_no_text_is_lost_doubled_or_reordered(answered: tuple[Answer, list[Event]]) -> None:
    """openai.md I4."""
    answer, events = answered
    pieces = [piece for piece in answer.pieces if isinstance(piece, Text | Thought | ToolCall)]
    only = written(a_prompt(), events, ChatOptions(Style(images="images")))

    deltas = deltas_of(only)

    assert "".join(delta.get("content", "") for delta in deltas) == "".join(
        piece.text for piece in pieces if isinstance(piece, Text)
    )
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "".join(
        piece.text for piece in pieces if isinstance(piece, Thought)
    )


@given(answered_streams())
def test_calls_are_numbered_and_keep_id_name_arguments_and_signature(
    answered: tuple[Answer, list[Event]],
) -> None:
    """openai.md I5, 6."""
    answer, events = answered
    calls = [piece for piece in answer.pieces if isinstance(piece, ToolCall)]

    sent = [call for delta in deltas_of(written(a_prompt(), events)) for call in delta.get("tool_calls", ())]
    opened, arguments = sent[::2], sent[1::2]

    assert [call["index"] for call in opened] == [call["index"] for call in arguments]
    assert [call["index"] for call in opened] == list(range(len(calls)))
    assert [(call["id"], call["function"]["name"]) for call in opened] == [(c.id, c.name) for c in calls]
    assert [json.loads(call["function"]["arguments"]) for call in arguments] == [
        json.loads(call.args) for call in calls
    ]
    assert [call.get("extra_content", {}).get("google", {}).get("thought_signature") for call in opened] == [
        call.signature for call in calls
    ]


@given(answered_streams(), prompts(), faults(), st.data())
def test_a_fault_anywhere_ends_the_stream_with_one_error_and_nothing_after_it(
    answered: tuple[Answer, list[Event]], prompt: Prompt, error: GatewayError, data: st.DataObject
) -> None:
    """openai.md 7.6, I6, I16; faults.md 1."""
    events = answered[1]
    cut = data.draw(st.integers(0, len(events) - 1))

    *chunks, last, done = data_of(written(prompt, cut_after(events, cut, error)))

    assert done == "[DONE]"
    assert list(json.loads(last)) == ["error"]
    decoded = [json.loads(chunk) for chunk in chunks]
    assert all(chunk["choices"] and chunk["choices"][0]["finish_reason"] is None for chunk in decoded)


@settings(max_examples=30)
@given(answered_streams(), prompts())
def test_each_answer_has_its_own_id_which_all_its_chunks_share(
    answered: tuple[Answer, list[Event]], prompt: Prompt
) -> None:
    """openai.md 7.1."""
    (name,) = {chunk["id"] for chunk in chunks_of(written(prompt, answered[1]))}

    assert name.startswith("chatcmpl-")
    assert len(name) == len("chatcmpl-") + 29


def _message(completion: dict[str, Any]) -> dict[str, Any]:
    """The message in one form: no members that the SDK adds, no index on calls, no empty content."""
    message: dict[str, Any] = completion["choices"][0]["message"]
    told = {name: value for name, value in message.items() if name not in ADDED_BY_SDK or value}
    told["content"] = told["content"] or None
    told["tool_calls"] = [_call(call) for call in told.get("tool_calls") or ()]
    return told


def _call(call: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in call.items() if name != "index" and value is not None}
    if "function" in told:
        told["function"] = {k: v for k, v in told["function"].items() if k != "parsed_arguments"}
    return told


def _without_none(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
