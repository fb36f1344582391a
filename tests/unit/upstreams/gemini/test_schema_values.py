"""Constraints in words."""

from tests.support.schemas import cleaned

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
