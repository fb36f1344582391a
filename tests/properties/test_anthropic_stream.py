"""What holds for every answer of the Anthropic dialect, streamed or whole. Source: anthropic.md 23."""

import json
import re
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.anthropic.refuse import error_out
from app.dialects.anthropic.render import render
from app.errors import EmptyAnswer, GatewayError
from app.ir.answer import Answer, collect
from app.ir.events import Event, Fault
from app.ir.parts import Text, Thought, ToolCall
from tests.support.anthropic import accumulated, parsed, spoken, written
from tests.support.events import (
    answered_streams,
    answers,
    broken_streams,
    counted_ids,
    events_of,
    split_deltas,
)

PROMPT = parsed(stop_sequences=["Because of the rules."])

STOP_REASONS = {
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
}

DELTAS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
}


def rendered(answer: Answer) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(render(PROMPT, answer, counted_ids()))
    return whole


def without_nulls(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if value is not None}


def shown(answer: Answer) -> bool:
    try:
        rendered(answer)
    except EmptyAnswer:
        return False
    return True


@given(answered_streams())
def test_the_sdk_accumulates_from_a_stream_what_a_whole_reply_holds(
    answered: tuple[Answer, list[Event]],
) -> None:
    """anthropic.md 23, properties 1 and 2: for any split of the deltas; or both fail with the same type."""
    _, events = answered
    try:
        whole = rendered(collect(events))
    except EmptyAnswer as exc:
        expected = error_out(exc).error.type
        try:
            body = written(events, PROMPT)
        except EmptyAnswer:
            return
        with pytest.raises(anthropic.APIStatusError) as caught:
            accumulated(body)
        assert json.loads(json.dumps(caught.value.body))["error"]["type"] == expected
    else:
        assert without_nulls(accumulated(written(events, PROMPT))) == without_nulls(whole)


@given(answered_streams())
def test_streams_keep_to_the_grammar(answered: tuple[Answer, list[Event]]) -> None:
    """anthropic.md 23, properties 3, 7 and 8."""
    answer, events = answered
    if not shown(answer):
        return

    told = spoken(written(events, PROMPT))

    names = [name for name, _ in told]
    assert names[0] == "message_start"
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("message_start") == names.count("message_delta") == names.count("message_stop") == 1
    open_index, kind, last, next_index = None, "", "", 0
    for name, data in told[1:-2]:
        if name == "content_block_start":
            assert open_index is None
            assert data["index"] == next_index
            open_index, kind, last, next_index = next_index, data["content_block"]["type"], "", next_index + 1
            assert not data["content_block"].get("signature")
            assert data["content_block"].get("input", {}) == {}
        elif name == "content_block_delta":
            assert data["index"] == open_index
            delta = dict(data["delta"])
            assert last != "signature_delta"
            last = delta.pop("type")
            assert last in DELTAS[kind]
            assert all(delta.values()), "no delta is empty"
        else:
            assert name == "content_block_stop"
            assert data["index"] == open_index
            assert last, "no block is empty"
            open_index = None
    assert open_index is None


@given(broken_streams())
def test_a_fault_is_the_last_word_of_a_stream(events: list[Event]) -> None:
    """anthropic.md 13; faults.md 1, rule 4: no happy ending with an error."""
    fault = events[-1]
    assert isinstance(fault, Fault)

    told = spoken(written(events, PROMPT))

    assert told[-1] == ("error", json.loads(json.dumps(as_plain(fault.error))))
    assert not {"message_delta", "message_stop"} & {name for name, _ in told}
    if len(told) > 1:
        assert told[0][0] == "message_start"


def as_plain(error: GatewayError) -> dict[str, Any]:
    inner = error_out(error).error
    return {"type": "error", "error": {"type": inner.type, "message": inner.message}}


@given(answers())
def test_no_visible_text_is_lost_or_made_up(answer: Answer) -> None:
    """anthropic.md 23, property 4: apart from blocks of white space alone."""
    if not shown(answer) or answer.reason == "blocked":
        return
    kept = "".join(piece.text for piece in answer.pieces if isinstance(piece, Text) and piece.text.strip())

    texts = "".join(block["text"] for block in rendered(answer)["content"] if block["type"] == "text")

    texts = re.sub(r"!\[image\]\(data:[^)]*\)", "", texts)
    assert "".join(texts.split()) == "".join(kept.split())


@given(answers())
def test_thoughts_and_their_signatures_arrive_as_they_are(answer: Answer) -> None:
    """anthropic.md 23, properties 4 and 7."""
    if not shown(answer):
        return
    expected = [
        (piece.text, piece.signature or "")
        for piece in answer.pieces
        if isinstance(piece, Thought) and (piece.text or piece.signature)
    ]

    blocks = [block for block in rendered(answer)["content"] if block["type"] == "thinking"]

    assert [(block["thinking"], block["signature"]) for block in blocks] == expected


@given(answered_streams())
def test_tool_input_is_sent_once_and_whole(answered: tuple[Answer, list[Event]]) -> None:
    """anthropic.md 23, properties 5 and 6."""
    answer, events = answered
    if not shown(answer):
        return
    calls = [piece for piece in answer.pieces if isinstance(piece, ToolCall)]

    told = spoken(written(events, PROMPT))

    starts = {
        data["index"]: data["content_block"]
        for name, data in told
        if name == "content_block_start" and data["content_block"]["type"] == "tool_use"
    }
    sent = dict.fromkeys(starts, "")
    for name, data in told:
        if name == "content_block_delta" and data["index"] in sent:
            sent[data["index"]] += data["delta"]["partial_json"]
    assert [(start["id"], start["name"]) for start in starts.values()] == [(c.id, c.name) for c in calls]
    assert [json.loads(text) for text in sent.values()] == [json.loads(c.args) for c in calls]


@given(answers())
def test_the_stop_reason_is_one_of_seven_and_tells_of_calls(answer: Answer) -> None:
    """anthropic.md 23, properties 8, 9 and 28."""
    if not shown(answer):
        return

    message = rendered(answer)

    called = any(block["type"] == "tool_use" for block in message["content"])
    assert message["stop_reason"] in STOP_REASONS
    assert (message["stop_reason"] == "tool_use") is called
    assert message["content"] or message["stop_reason"] == "max_tokens"
    assert all(block["text"].strip() for block in message["content"] if block["type"] == "text")
    assert message["model"] == PROMPT.model


@given(answers())
def test_usage_is_whole_numbers_that_add_up(answer: Answer) -> None:
    """anthropic.md 23, property 10."""
    if not shown(answer):
        return

    usage = rendered(answer)["usage"]

    counts = [value for value in usage.values() if not isinstance(value, dict)]
    assert all(type(count) is int and count >= 0 for count in counts)
    if answer.usage.known:
        assert usage["input_tokens"] + usage["cache_read_input_tokens"] == answer.usage.prompt


@given(answers(), st.integers(1, 5))
def test_cutting_deltas_finer_changes_nothing(answer: Answer, size: int) -> None:
    """anthropic.md 23, property 2."""
    if not shown(answer):
        return

    def cut(text: str) -> list[str]:
        return [text[start : start + size] for start in range(0, len(text), size)]

    fine = accumulated(written(split_deltas(events_of(answer), cut), PROMPT))

    assert fine == accumulated(written(events_of(answer), PROMPT))
