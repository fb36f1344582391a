"""Messages to turns."""

import json
from typing import Any

import msgspec
import pytest

from app.dialects.openai_chat.messages import History, read_messages
from app.dialects.openai_chat.wire import WireMessage
from app.errors import BadRequest
from app.ir.parts import Blob, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn


def read(*messages: Any) -> History:
    return read_messages(msgspec.json.decode(json.dumps(messages), type=list[WireMessage]))


def user(text: str) -> Turn:
    return Turn("user", (Text(text),))


def test_system_texts_are_collected_wherever_they_stand() -> None:
    """openai.md 5.2 step 1."""
    history = read(
        {"role": "system", "content": "a"},
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
        {"role": "system", "content": ""},
    )

    assert history == History(("a", "b\nc"), (user("Hi"),))


def test_system_text_alone_becomes_the_users() -> None:
    """openai.md 5.2 step 1."""
    assert read({"role": "system", "content": "a"}, {"role": "system", "content": "b"}) == History(
        ("a",), (user("b"),)
    )


def test_messages_become_turns_in_order() -> None:
    """openai.md 5.2 step 2; merging is left to history repair."""
    history = read(
        {"role": "user", "name": "anna", "content": "1"},
        {"role": "user", "content": "2"},
        {"role": "assistant", "content": "3"},
        {"role": "model", "content": "4"},
        {"role": "user", "content": ""},
    )

    assert history.turns == (
        user("1"),
        user("2"),
        Turn("model", (Text("3"),)),
        Turn("model", (Text("4"),)),
    )


def test_a_model_turn_has_thoughts_first_and_calls_last() -> None:
    """openai.md 5.2 step 2."""
    call = {"type": "function", "function": {"name": "g", "arguments": "{}"}}
    history = read(
        {
            "role": "assistant",
            "tool_calls": [{"id": "call_2", **call}, {"id": "call_3", **call}],
            "content": [
                {"type": "tool_use", "id": "call_1", "name": "f", "input": {}},
                {"type": "text", "text": "Well"},
                {"type": "thinking", "thinking": "second"},
            ],
            "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
            "reasoning_content": "first",
        }
    )

    assert history.turns[0].parts == (
        Thought("first"),
        Thought("second"),
        Text("Well"),
        Blob("image/png", "AAAA", where="messages[0].images[0].image_url.url"),
        ToolCall("call_1", "f", b"{}"),
        ToolCall("call_2", "g", b"{}"),
        ToolCall("call_3", "g", b"{}"),
    )


@pytest.mark.parametrize(
    ("members", "parts"),
    [
        ({"reasoning": "hm", "content": "a"}, (Thought("hm"), Text("a"))),
        ({"reasoning": {"effort": "low"}, "content": "a"}, (Text("a"),)),
        ({"reasoning_content": "", "content": "a"}, (Text("a"),)),
        ({"refusal": "No.", "content": None}, (Text("No."),)),
        ({"refusal": None, "content": "a"}, (Text("a"),)),
        ({"refusal": "No.", "content": "a"}, (Text("a"),)),
        ({"refusal": "", "tool_calls": [{"id": "c", "function": {"name": "f"}}]}, (ToolCall("c", "f"),)),
    ],
)
def test_what_the_assistant_said_is_found(members: dict[str, object], parts: object) -> None:
    """openai.md 5.2 step 2, 6."""
    assert read({"role": "assistant", **members}).turns[0].parts == parts


def test_a_tool_message_becomes_a_result_under_its_own_name() -> None:
    """openai.md 5.2 step 2: the name of the call is put in by history repair."""
    history = read(
        {"role": "tool", "tool_call_id": "call_b", "name": "f", "content": "rain"},
        {"role": "tool", "tool_call_id": "call_a__thought__SIG", "content": None},
    )

    assert history.turns == (
        Turn("user", (ToolResult("call_b", "f", (Text("rain"),)),)),
        Turn("user", (ToolResult("call_a", "", ()),)),
    )


def test_legacy_results_find_their_calls_by_name_in_order() -> None:
    """openai.md 5.2, 9."""
    history = read(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": '{"a":1}'}},
        {"role": "function", "name": "f", "content": "1"},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "g", "content": "3"},
        {"role": "function", "name": "f", "content": "2"},
    )

    (first,), (one,), (second,), (stray,), (two,) = (turn.parts for turn in history.turns)
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert (first.name, first.args) == ("f", b'{"a":1}')
    assert first.id != second.id
    assert one == ToolResult(first.id, "f", (Text("1"),))
    assert two == ToolResult(second.id, "f", (Text("2"),))
    assert stray == ToolResult("", "g", (Text("3"),))


@pytest.mark.parametrize(
    ("message", "where", "reason"),
    [
        ({"role": "boss", "content": "a"}, "messages[1].role", "invalid_value"),
        ({"content": "a"}, "messages[1].role", "missing_required_parameter"),
        ({"role": 5}, "messages[1].role", "invalid_type"),
        ({"role": "user", "content": [{"type": "x"}]}, "messages[1].content[0].type", "invalid_value"),
        (
            {"role": "assistant", "tool_calls": [{"id": "a"}]},
            "messages[1].tool_calls[0].function",
            "missing_required_parameter",
        ),
    ],
)
def test_errors_name_the_place(message: object, where: str, reason: str) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        read({"role": "user", "content": "a"}, message)

    assert (caught.value.where, caught.value.reason) == (where, reason)


def test_messages_that_say_nothing_are_refused() -> None:
    """openai.md 5.2 step 4."""
    with pytest.raises(BadRequest) as caught:
        read({"role": "user", "content": ""}, {"role": "assistant", "content": None})

    assert (caught.value.where, caught.value.reason) == ("messages", "empty_array")


def test_entries_that_say_nothing_keep_their_place_in_paths() -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        read_messages([None, WireMessage(role="boss")], "input")

    assert caught.value.where == "input[1].role"
