"""Schemas in all their positions."""

import json
from typing import Any

from app.upstreams.gemini.schema import clean
from tests.support.schemas import GEMINI_TOOL, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_a_bare_map_of_properties_is_an_object() -> None:
    """tool-schemas.md 3.1."""
    assert cleaned({"path": {"type": "string"}, "depth": {"type": "integer"}}) == {
        "type": "object",
        "properties": {"path": {"type": "string"}, "depth": {"type": "integer"}},
    }


def test_snake_case_spellings_are_understood() -> None:
    """tool-schemas.md 3.1."""
    found = cleaned(
        {
            "properties": {
                "a": {"any_of": [{"type": "string"}, {"type": "null"}]},
                "b": {"type": "array", "min_items": 2},
            }
        }
    )

    assert found["properties"]["a"] == {"type": "string", "nullable": True}
    assert found["properties"]["b"]["description"] == "[minItems: 2]"


def test_deep_schemas_end_in_a_remark() -> None:
    """tool-schemas.md 2.5."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"a": schema}}

    text = clean(json.dumps(schema).encode(), GEMINI_TOOL).schema

    assert text.count(b'"properties"') == 25
    assert b"[nested structure omitted]" in text


def test_maps_of_themselves_are_named_by_their_type() -> None:
    """tool-schemas.md S8: values that become a word only are not expanded again and again."""
    tree = {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/T"},
        "patternProperties": {f"^{letter}": {"$ref": "#/$defs/T"} for letter in "abcdef"},
        "properties": {"last": {"type": "string"}},
    }

    found = cleaned({"properties": {"t": {"$ref": "#/$defs/T"}}, "$defs": {"T": tree}})

    assert found["properties"]["t"]["properties"] == {"last": {"type": "string"}}
    assert found["properties"]["t"]["description"].startswith("[other keys allowed, values: object; ")


def test_nested_tuples_are_walked_once() -> None:
    """tool-schemas.md S8."""
    schema: Any = {"type": "string"}
    for _ in range(20):
        schema = {"type": "array", "prefixItems": [schema, {"type": "integer"}]}

    assert b"omitted" not in clean(json.dumps({"properties": {"a": schema}}).encode(), GEMINI_TOOL).schema
