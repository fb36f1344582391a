"""Choice of tools."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.choice import Choice, read_choice
from app.dialects.openai_chat.tools import read_tools
from app.dialects.openai_chat.wire import REQUEST
from app.errors import BadRequest
from app.ir.parts import ToolCall
from app.ir.prompt import ToolChoice, ToolSpec, Turn

F, G = {"function": {"name": "f"}}, {"function": {"name": "g"}}
BOTH = (ToolSpec("f"), ToolSpec("g"))


def read(turns: tuple[Turn, ...] = (), tools: Any = (F, G), **members: Any) -> Choice:
    request = REQUEST.decode(json.dumps({"tools": tools, **members}).encode())
    return read_choice(request, read_tools(request), turns)


@pytest.mark.parametrize(
    ("sent", "choice"),
    [
        (None, ToolChoice()),
        ("[undefined]", ToolChoice()),
        ("auto", ToolChoice()),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("any")),
        ("any", ToolChoice("any")),
        ({"type": "auto"}, ToolChoice()),
        ({"type": "any"}, ToolChoice("any")),
        ({"type": "function", "function": {"name": "g"}}, ToolChoice("any", ("g",))),
        ({"function": {"name": "g"}}, ToolChoice("any", ("g",))),
        ({"type": "function", "name": "g"}, ToolChoice("any", ("g",))),
        ({"type": "custom", "custom": {"name": "g"}}, ToolChoice("any", ("g",))),
        ({"type": "tool", "name": "g"}, ToolChoice("any", ("g",))),
    ],
)
def test_every_spelling_is_read(sent: object, choice: ToolChoice) -> None:
    """openai.md 5.5."""
    assert read(tool_choice=sent) == Choice(BOTH, choice)


@pytest.mark.parametrize(
    ("sent", "choice"),
    [
        ("auto", ToolChoice()),
        ("none", ToolChoice("none")),
        ({"name": "g"}, ToolChoice("any", ("g",))),
    ],
)
def test_the_legacy_spelling_is_read(sent: object, choice: ToolChoice) -> None:
    """openai.md 9."""
    functions = [{"name": "f"}, {"name": "g"}]

    assert read(tools=None, functions=functions, function_call=sent) == Choice(BOTH, choice)


@pytest.mark.parametrize(
    "shape",
    [
        {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "name": "g"}]},
        },
        {"type": "allowed_tools", "tools": [{"type": "function", "function": {"name": "g"}}]},
    ],
)
def test_an_allowed_subset_reduces_the_tools(shape: object) -> None:
    """openai.md 5.5."""
    assert read(tool_choice=shape) == Choice((ToolSpec("g"),), ToolChoice())


def test_a_required_subset_keeps_what_history_calls_declared() -> None:
    """openai.md 5.5."""
    shape = {"type": "allowed_tools", "mode": "required", "tools": [{"name": "g"}]}
    turns = (Turn("model", (ToolCall("call_1", "f"),)),)

    assert read(turns, tool_choice=shape) == Choice(BOTH, ToolChoice("any", ("g",)))
    assert read((), tool_choice=shape) == Choice((ToolSpec("g"),), ToolChoice("any", ("g",)))


@pytest.mark.parametrize("word", ["auto", "none", None])
def test_without_tools_a_choice_that_demands_nothing_is_ignored(word: str | None) -> None:
    """openai.md 5.5."""
    assert read(tools=[], tool_choice=word) == Choice(())


@pytest.mark.parametrize(
    ("members", "where", "reason"),
    [
        ({"tool_choice": "sometimes"}, "tool_choice", "invalid_value"),
        ({"tool_choice": {"type": "dice"}}, "tool_choice", "invalid_value"),
        ({"tool_choice": {}}, "tool_choice", "invalid_value"),
        ({"tool_choice": 5}, "tool_choice", "invalid_type"),
        ({"tool_choice": "required", "tools": []}, "tool_choice", "invalid_value"),
        ({"tool_choice": {"type": "function", "name": "h"}}, "tool_choice", "invalid_value"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.name", "missing_required_parameter"),
        (
            {"tool_choice": {"type": "function", "function": {}}},
            "tool_choice.function.name",
            "missing_required_parameter",
        ),
        (
            {"tool_choice": {"type": "web_search"}, "tools": [F, {"type": "web_search"}]},
            "tool_choice",
            "unsupported_value",
        ),
        ({"tool_choice": {"type": "allowed_tools", "tools": []}}, "tool_choice.tools", "invalid_value"),
        (
            {"tool_choice": {"type": "allowed_tools", "tools": [{"name": "h"}]}},
            "tool_choice",
            "invalid_value",
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "mode": "maybe", "tools": [{"name": "f"}]}},
            "tool_choice.mode",
            "invalid_value",
        ),
        ({"function_call": {"name": "h"}}, "function_call", "invalid_value"),
        ({"function_call": {}}, "function_call.name", "missing_required_parameter"),
    ],
)
def test_a_choice_that_cannot_be_met_is_refused(members: Any, where: str, reason: str) -> None:
    """openai.md 5.5."""
    with pytest.raises(BadRequest) as caught:
        read(**members)

    assert (caught.value.where, caught.value.reason) == (where, reason)
