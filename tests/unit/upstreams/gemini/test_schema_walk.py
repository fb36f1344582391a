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
