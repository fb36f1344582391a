"""Schemas made of several."""

import json
from typing import Any

from app.upstreams.gemini.schema import clean
from tests.support.schemas import GEMINI_TOOL, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_a_reference_that_leads_nowhere_is_named() -> None:
    """tool-schemas.md 3.2."""
    found = cleaned(
        {"properties": {"a": {"$ref": "https://example.invalid/Thing"}, "b": {"$ref": "#/$defs/Gone"}}}
    )

    assert found["properties"] == {
        "a": {"type": "string", "description": "[see Thing; any JSON value]"},
        "b": {"type": "string", "description": "[see Gone; any JSON value]"},
    }


def test_references_decode_escapes_of_pointers() -> None:
    """tool-schemas.md 3.2."""
    schema = {"properties": {"a": {"$ref": "#/$defs/x~1y%20z"}}, "$defs": {"x/y z": {"type": "integer"}}}

    assert cleaned(schema)["properties"]["a"] == {"type": "integer"}


def test_mutual_references_do_not_explode() -> None:
    """tool-schemas.md S8."""
    names = [f"N{number}" for number in range(30)]
    defs = {
        name: {"type": "object", "properties": {other: {"$ref": f"#/$defs/{other}"} for other in names}}
        for name in names
    }

    found = clean(json.dumps({"$ref": "#/$defs/N0", "$defs": defs}).encode(), GEMINI_TOOL)

    assert len(found.schema) <= 256 * 1024


def test_doubling_parts_do_not_explode() -> None:
    """tool-schemas.md S8."""
    defs: dict[str, Any] = {
        f"N{number}": {"allOf": [{"$ref": f"#/$defs/N{number + 1}"}] * 2} for number in range(40)
    }
    defs["N40"] = {"properties": {"a": {"type": "string"}}}

    found = cleaned({"$ref": "#/$defs/N0", "$defs": defs})

    assert found["type"] == "object"


def test_what_stands_beside_a_reference_wins_over_its_target() -> None:
    """tool-schemas.md 3.2."""
    schema = {
        "properties": {
            "a": {"$ref": "#/$defs/A", "description": "own", "properties": {"y": {"type": "string"}}}
        },
        "$defs": {"A": {"type": "object", "description": "target", "properties": {"x": {"type": "string"}}}},
    }

    found = cleaned(schema)["properties"]["a"]

    assert found["description"] == "own"
    assert set(found["properties"]) == {"x", "y"}


def test_a_reference_beside_an_inherited_one_is_no_recursion() -> None:
    """tool-schemas.md 3.2: only what stands on the path from the root is."""
    schema = {
        "allOf": [{"$ref": "#/$defs/Base"}],
        "properties": {"other": {"$ref": "#/$defs/Base"}},
        "$defs": {"Base": {"type": "object", "properties": {"id": {"type": "string"}}}},
    }

    found = cleaned(schema)["properties"]

    assert found["other"] == {"type": "object", "properties": {"id": {"type": "string"}}}
    assert found["id"] == {"type": "string"}


def test_parts_are_merged_member_by_member() -> None:
    """tool-schemas.md 3.3."""
    found = cleaned(
        {
            "description": "a",
            "properties": {"x": {"type": "string", "minLength": 1}},
            "allOf": [
                {
                    "description": "b",
                    "properties": {"x": {"type": "integer", "maxLength": 9}},
                    "required": ["x"],
                },
                {"enum": ["p", "q"]},
                True,
            ],
        }
    )

    assert found["description"] == "a b [allowed: p, q]"
    assert found["properties"]["x"] == {"type": "string", "description": "[minLength: 1; maxLength: 9]"}
    assert found["required"] == ["x"]


def test_enums_of_parts_are_intersected() -> None:
    """tool-schemas.md 3.3: the parent's where nothing is common."""
    schema = {
        "properties": {
            "a": {"enum": ["p", "q", "r"], "allOf": [{"enum": ["r", "q"]}]},
            "b": {"enum": ["p"], "allOf": [{"enum": ["z"]}]},
        }
    }

    found = cleaned(schema)["properties"]

    assert (found["a"]["enum"], found["b"]["enum"]) == (["q", "r"], ["p"])


def test_branches_of_conditions_demand_nothing() -> None:
    """tool-schemas.md 3.3."""
    found = cleaned(
        {
            "properties": {"a": {"type": "string"}},
            "then": {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]},
            "else": {"properties": {"c": {"type": "string"}}},
        }
    )

    assert found == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}},
    }
