"""Questions about a caller's own schema."""

import json
from typing import Any

from app.upstreams.gemini.declared import DeclaredSchema


def declared(schema: Any) -> DeclaredSchema:
    return DeclaredSchema(json.dumps(schema).encode())


def test_properties_are_found_through_references_parts_and_alternatives() -> None:
    """tool-schemas.md 9: the client's own schema decides."""
    schema = declared(
        {
            "$ref": "#/$defs/Base",
            "allOf": [{"properties": {"b": {"type": "integer"}}}],
            "anyOf": [{"properties": {"c": {"type": "string"}}}],
            "$defs": {"Base": {"properties": {"a": {"type": "string"}}, "required": ["a"]}},
        }
    )

    assert set(schema.properties(schema.root)) == {"a", "b", "c"}
    assert schema.required(schema.root) == ["a"]


def test_a_schema_that_leads_into_itself_comes_to_an_end() -> None:
    """tool-schemas.md S8."""
    schema = declared({"$ref": "#", "anyOf": [{"$ref": "#"}, {"$ref": "#"}], "allOf": [{"$ref": "#"}]})

    assert schema.properties(schema.root) == {}
    assert schema.allows_null(schema.root)


def test_a_schema_that_is_none_says_nothing() -> None:
    """tool-schemas.md 2.5."""
    for text in (b"", b"{broken", b"[]", b"true"):
        schema = DeclaredSchema(text)
        assert schema.properties(schema.root) == {}
        assert schema.items(schema.root) is None
        assert not schema.is_integer(schema.root)
