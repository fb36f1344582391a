"""Constraints in words."""

from typing import Any

import pytest

from app.upstreams.gemini.schema import Target
from tests.support.schemas import GEMINI_ANSWER, GEMINI_TOOL, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_hints_stand_in_a_fixed_order() -> None:
    """tool-schemas.md 3.9."""
    schema = {
        "type": "string",
        "examples": ["a", 1, None, "d"],
        "default": {"a": 1},
        "maxLength": 9,
        "pattern": "^a",
        "format": "uuid",
        "not": {"const": "b"},
        "readOnly": True,
    }

    assert cleaned({"properties": {"a": schema}})["properties"]["a"]["description"] == (
        '[format: uuid; pattern: ^a; maxLength: 9; default: {"a":1}; examples: "a", 1, null; '
        'not: {"const":"b"}]'
    )


def member(schema: Any, target: Target = GEMINI_TOOL) -> Any:
    return cleaned({"type": "object", "properties": {"a": schema}}, target)["properties"]["a"]


def test_at_most_twenty_values_are_listed() -> None:
    """tool-schemas.md 3.6."""
    found = member({"type": "integer", "enum": list(range(30))})

    assert found["description"] == f"[allowed: {', '.join(map(str, range(20)))}]"


def test_an_enum_without_a_type_goes_by_its_members() -> None:
    """tool-schemas.md 3.10."""
    types = {
        "boolean": [True, False],
        "integer": [1, 2],
        "number": [1, 0.5],
        "string": ["a", 1],
    }

    assert {name: member({"enum": values})["type"] for name, values in types.items()} == {
        name: name for name in types
    }


def test_values_of_any_kind_become_text_where_the_type_is_string() -> None:
    """tool-schemas.md 3.6."""
    assert member({"type": "string", "enum": ["a", 1, "1", {"b": [1]}, None]}) == {
        "type": "string",
        "enum": ["a", "1", '{"b":[1]}'],
        "nullable": True,
    }


def test_answers_keep_only_numbers_where_the_type_is_number() -> None:
    """tool-schemas.md 3.6."""
    assert member({"type": "number", "enum": [1, "2", "x", True]}, GEMINI_ANSWER)["enum"] == ["1", "2"]


def test_long_defaults_are_cut() -> None:
    """tool-schemas.md 3.9: at 200 characters."""
    found = member({"type": "string", "default": "x" * 500})

    assert found["description"] == "[default: " + '"' + "x" * 199 + "]"


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"exclusiveMinimum": True, "minimum": 1}, "[minimum: 1; exclusiveMinimum: true]"),
        ({"minimum": 0.5, "multipleOf": 0.25}, "[minimum: 0.5; multipleOf: 0.25]"),
        ({"minimum": None, "maximum": "5", "default": None}, None),
        ({"title": "T", "$comment": "c", "readOnly": True, "x-y": 1, "deprecated": True}, None),
    ],
)
def test_limits_become_hints_and_remarks_vanish(schema: Any, hint: str | None) -> None:
    """tool-schemas.md 3.9."""
    assert member({"type": "number", **schema}).get("description") == hint
