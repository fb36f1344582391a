"""Tools that Anthropic defines and the client runs."""

import json

import pytest

from app.dialects.anthropic.builtin import builtin_tool
from tests.support.anthropic import parsed


@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        ("bash_20250124", "bash", "command"),
        ("text_editor_20250728", "str_replace_based_edit_tool", "command"),
        ("computer_20251124", "computer", "action"),
        ("memory_20250818", "memory", "command"),
    ],
)
def test_a_typed_tool_is_declared_with_a_schema_of_its_own(kind: str, name: str, first: str) -> None:
    """anthropic.md 6.1."""
    named, unnamed = parsed(tools=[{"type": kind, "name": "mine"}, {"type": kind}]).tools

    assert (named.name, unnamed.name) == ("mine", name)
    assert named.description
    schema = json.loads(named.schema)
    assert schema["type"] == "object"
    assert next(iter(schema["properties"])) == first
    assert set(schema["required"]) <= set(schema["properties"])


def test_other_types_are_not_built_in() -> None:
    """anthropic.md 6.1."""
    assert builtin_tool("custom") is None
    assert builtin_tool("bash") is None
