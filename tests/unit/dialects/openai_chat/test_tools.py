"""Tool declarations."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.tools import Toolbox, read_tools
from app.dialects.openai_chat.wire import REQUEST
from app.errors import BadRequest
from app.ir.prompt import ToolSpec

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
RAW = json.dumps(SCHEMA).encode()


def read(**members: Any) -> Toolbox:
    return read_tools(REQUEST.decode(json.dumps(members).encode()))


@pytest.mark.parametrize(
    "tool",
    [
        {
            "type": "function",
            "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
        },
        {"function": {"name": "f", "description": "d", "parameters": SCHEMA}},
        {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA, "strict": False},
        {"name": "f", "description": "d", "parameters": SCHEMA},
        {"name": "f", "description": "d", "input_schema": SCHEMA},
        {"type": "custom", "name": "f", "description": "d", "input_schema": SCHEMA},
    ],
)
def test_a_function_may_be_declared_in_any_shape(tool: object) -> None:
    """openai.md 5.4."""
    assert read(tools=[tool]).specs == (ToolSpec("f", "d", RAW),)


def test_legacy_functions_are_tools() -> None:
    """openai.md 9."""
    functions = [{"name": "f", "description": "d", "parameters": SCHEMA}]

    assert read(functions=functions).specs == (ToolSpec("f", "d", RAW),)


def test_tools_beside_legacy_functions_win() -> None:
    """openai.md 9."""
    toolbox = read(functions=[{"name": "old"}], tools=[{"function": {"name": "new"}}])

    assert toolbox.specs == (ToolSpec("new"),)


@pytest.mark.parametrize("parameters", [None, [], "[undefined]"])
def test_absent_parameters_are_no_schema(parameters: object) -> None:
    """openai.md, general rule 1; some languages write an empty object as an empty array."""
    assert read(tools=[{"function": {"name": "f", "parameters": parameters}}]).specs == (ToolSpec("f"),)


def test_order_is_kept_and_of_two_with_one_name_the_first_counts() -> None:
    """openai.md 5.4."""
    toolbox = read(tools=[{"name": "b"}, {"name": "a"}, {"name": "b", "description": "again"}])

    assert toolbox.specs == (ToolSpec("b"), ToolSpec("a"))


@pytest.mark.parametrize(
    ("tool", "description"),
    [
        ({"type": "custom", "custom": {"name": "patch", "description": "d"}}, "d"),
        ({"type": "custom", "name": "patch", "description": "d", "format": {"type": "text"}}, "d"),
        (
            {
                "type": "custom",
                "custom": {
                    "name": "patch",
                    "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: A"}},
                },
            },
            "The input must match this lark grammar:\nstart: A",
        ),
        (
            {
                "type": "custom",
                "name": "patch",
                "description": "d",
                "format": {"type": "grammar", "definition": "[a-z]+"},
            },
            "d\n\nThe input must match this grammar:\n[a-z]+",
        ),
    ],
)
def test_a_freeform_tool_has_one_text_input_and_tells_its_grammar(tool: object, description: str) -> None:
    """openai.md 5.4."""
    (spec,) = read(tools=[tool]).specs

    assert (spec.name, spec.description, spec.freeform) == ("patch", description, True)
    assert json.loads(spec.schema)["required"] == ["input"]


@pytest.mark.parametrize(
    "kind",
    ["web_search", "web_search_preview", "google_search", "file_search", "mcp", "computer_use_preview"],
)
def test_tools_that_the_vendor_would_run_are_dropped(kind: str) -> None:
    """openai.md 5.4."""
    toolbox = read(tools=[{"type": kind}, {"name": "f"}])

    assert toolbox == Toolbox((ToolSpec("f"),), (kind,))
    assert not toolbox.is_search_only


@pytest.mark.parametrize(
    ("tools", "only"),
    [
        ([{"type": "web_search"}], True),
        ([{"type": "google_search"}, {"type": "web_search_preview"}], True),
        ([{"type": "web_search"}, {"type": "mcp"}], False),
        ([], False),
    ],
)
def test_web_search_may_be_all_that_is_asked_for(tools: list[object], only: bool) -> None:
    """openai.md 5.4."""
    assert read(tools=tools).is_search_only is only


@pytest.mark.parametrize(
    ("members", "where", "reason"),
    [
        ({"tools": [{"function": {}}]}, "tools[0].function.name", "missing_required_parameter"),
        ({"tools": [{"type": "function"}]}, "tools[0].function.name", "missing_required_parameter"),
        ({"tools": [{"name": "f"}, {"name": ""}]}, "tools[1].name", "missing_required_parameter"),
        ({"tools": [{"type": "custom"}]}, "tools[0].name", "missing_required_parameter"),
        ({"tools": [{"type": "hologram"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": 5}]}, "tools[0].type", "invalid_type"),
        ({"tools": [{"name": "f", "parameters": "x"}]}, "tools[0].parameters", "invalid_type"),
        ({"tools": [{"name": "f", "parameters": [1]}]}, "tools[0].parameters", "invalid_type"),
        ({"functions": [{}]}, "functions[0].name", "missing_required_parameter"),
    ],
)
def test_a_broken_declaration_is_refused_with_its_path(members: Any, where: str, reason: str) -> None:
    """openai.md 5.4."""
    with pytest.raises(BadRequest) as caught:
        read(**members)

    assert (caught.value.where, caught.value.reason) == (where, reason)
