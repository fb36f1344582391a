"""Responses-shaped input on the chat path."""

import json
from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import Prompt, ToolSpec, Turn
from tests.support.chat import read


def asked(input: Any, **members: Any) -> Prompt:  # noqa: A002 - the member's own name
    return read(json.dumps({"model": "a-model", "input": input, **members}).encode())


def test_a_string_is_one_user_message() -> None:
    """openai.md 12.1."""
    assert asked("Hello").turns == (Turn("user", (Text("Hello"),)),)


def test_items_become_turns() -> None:
    """openai.md 5.1, 12.2."""
    prompt = asked(
        [
            {"type": "message", "role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "opaque"},
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"a":1}'},
            {"type": "custom_tool_call", "call_id": "call_2", "name": "g", "input": "text"},
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
            {
                "type": "custom_tool_call_output",
                "call_id": "call_2",
                "output": [{"type": "input_text", "text": "done"}],
            },
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Rain."}]},
        ],
        instructions="Be kind.",
        max_output_tokens=9,
        tools=[{"type": "function", "name": "f"}],
    )

    assert prompt.system == ("Be kind.", "Be brief.")
    assert prompt.tools == (ToolSpec("f"),)
    assert prompt.sampling.max_tokens == 9
    assert prompt.turns == (
        Turn("user", (Text("Weather?"),)),
        Turn("model", (ToolCall("call_1", "f", b'{"a":1}'), ToolCall("call_2", "g", b'{"input":"text"}'))),
        Turn(
            "user", (ToolResult("call_1", "f", (Text("rain"),)), ToolResult("call_2", "g", (Text("done"),)))
        ),
        Turn("model", (Text("Rain."),)),
    )


def test_messages_win_over_input() -> None:
    """openai.md 5.1."""
    prompt = asked("no", messages=[{"role": "user", "content": "yes"}])

    assert prompt.turns == (Turn("user", (Text("yes"),)),)


@pytest.mark.parametrize(
    ("sent", "where", "reason"),
    [
        ([], "input", "empty_array"),
        ([{"type": "reasoning"}], "input", "empty_array"),
        ([{"type": "reasoning"}, {"role": "boss"}], "input[1].role", "invalid_value"),
        (5, "input", "invalid_type"),
    ],
)
def test_errors_name_the_item(sent: object, where: str, reason: str) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        asked(sent)

    assert (caught.value.where, caught.value.reason) == (where, reason)
