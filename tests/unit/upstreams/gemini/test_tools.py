"""Declared tools and the choice among them."""

import json
from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import Prompt, ToolChoice, ToolSpec, Turn
from app.upstreams.gemini.encode import encode
from tests.support.gemini import CLAUDE, GEMINI, asking

A, B = ToolSpec("a"), ToolSpec("b/c", "does b", b'{"type":"object","properties":{"x":{"type":"integer"}}}')


def request(prompt: Prompt, profile: Any = GEMINI) -> Any:
    return json.loads(encode(prompt, profile).body)


def calling(choice: ToolChoice, profile: Any = GEMINI) -> Any:
    return request(asking(tools=(A, B), tool_choice=choice), profile)["toolConfig"]["functionCallingConfig"]


def test_all_declarations_stand_in_one_element() -> None:
    """openai.md 5.4, tool-schemas.md 5: parameters are always sent, an empty description is not."""
    assert request(asking(tools=(A, B)))["tools"] == [
        {
            "functionDeclarations": [
                {"name": "a", "parameters": {"type": "OBJECT"}},
                {
                    "name": "b_c",
                    "description": "does b",
                    "parameters": {"type": "OBJECT", "properties": {"x": {"type": "INTEGER"}}},
                },
            ]
        }
    ]


def test_of_two_tools_with_one_name_the_first_counts() -> None:
    """anthropic.md 6.1."""
    tools = (ToolSpec("a", "first"), ToolSpec("b"), ToolSpec("a", "second"))

    declared = request(asking(tools=tools))["tools"][0]["functionDeclarations"]

    assert [(one["name"], one.get("description")) for one in declared] == [("a", "first"), ("b", None)]


@pytest.mark.parametrize(
    ("choice", "gemini", "claude"),
    [
        (ToolChoice(), {"mode": "AUTO"}, {"mode": "VALIDATED"}),
        (ToolChoice("none"), {"mode": "NONE"}, {"mode": "NONE"}),
        (ToolChoice("any"), {"mode": "ANY"}, {"mode": "ANY"}),
        (
            ToolChoice("any", ("b/c",)),
            {"mode": "ANY", "allowedFunctionNames": ["b_c"]},
            {"mode": "ANY", "allowedFunctionNames": ["b_c"]},
        ),
    ],
)
def test_the_choice_is_spelled_for_each_family(choice: ToolChoice, gemini: Any, claude: Any) -> None:
    """openai.md 5.5, anthropic.md 6.3."""
    assert calling(choice) == gemini
    assert calling(choice, CLAUDE) == claude


@pytest.mark.parametrize(
    ("tools", "choice"),
    [((), ToolChoice("any")), ((), ToolChoice("any", ("a",))), ((A,), ToolChoice("any", ("z",)))],
)
def test_a_choice_that_cannot_be_met_is_refused(tools: tuple[ToolSpec, ...], choice: ToolChoice) -> None:
    """anthropic.md 6.3, openai.md 5.5."""
    with pytest.raises(BadRequest) as caught:
        encode(asking(tools=tools, tool_choice=choice), GEMINI)

    assert caught.value.where == "tool_choice"


def test_a_choice_without_tools_is_nothing() -> None:
    """openai.md 5.5."""
    assert "toolConfig" not in request(asking(tool_choice=ToolChoice("none")))


def test_a_tool_of_free_text_takes_one_text() -> None:
    """openai.md 5.4."""
    found = request(asking(tools=(ToolSpec("patch", freeform=True),)), CLAUDE)

    assert found["tools"][0]["functionDeclarations"][0]["parameters"] == {
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    }


def test_replayed_calls_carry_what_was_added_to_the_schema() -> None:
    """tool-schemas.md 7, anthropic.md 6.4."""
    turns = (
        Turn("user", (Text("x"),)),
        Turn("model", (ToolCall("1", "b/c", b'{"x":1}'),)),
        Turn("user", (ToolResult("1", "b/c", (Text("y"),)),)),
    )

    found = request(asking(turns=turns, tools=(B,)), CLAUDE)

    call = found["contents"][1]["parts"][0]["functionCall"]
    assert call == {"id": "1", "name": "b_c", "args": {"x": 1, "_noop": True}}
    assert found["contents"][2]["parts"][0]["functionResponse"]["name"] == "b_c"
