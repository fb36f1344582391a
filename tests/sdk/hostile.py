"""Forty tools whose schemas hold everything that the backend refuses. Source: tool-schemas.md 1, 10."""

from typing import Any

_NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#/definitions/Node"}, {"type": "null"}]},
    },
    "required": ["value"],
}
_SHAPE: dict[str, Any] = {
    "oneOf": [
        {"type": "object", "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}},
        {"type": "object", "properties": {"kind": {"const": "rect"}, "w": {"type": "number"}}},
    ],
    "discriminator": {"propertyName": "kind"},
}
PROPERTIES: tuple[Any, ...] = (
    {"const": 5},
    {"enum": [1, 2, 3]},
    {"type": "string", "enum": ["", "on"]},
    {"type": ["string", "null"], "default": None},
    {"type": ["integer", "string", "array"]},
    {"type": "array"},
    {"type": "array", "items": [{"type": "number"}, {"type": "string"}], "additionalItems": False},
    {"type": "array", "prefixItems": [{"type": "string"}], "contains": {"type": "string"}},
    {"type": "string", "format": "uri", "pattern": "^x", "minLength": 1, "contentEncoding": "base64"},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 9, "multipleOf": 0.5},
    {"$ref": "#/definitions/Node"},
    {"$ref": "#/nowhere"},
    {"$ref": "https://example.com/schema.json"},
    _SHAPE,
    {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"if": {}, "then": {}}]},
    {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "propertyNames": {"pattern": "x"}},
    {"type": "object", "additionalProperties": {"type": "string"}, "unevaluatedProperties": False},
    {"not": {"type": "string"}, "description": "anything else"},
    {"type": "strange", "x-internal": 1, "encrypted": True},
    "object",
    True,
    {},
    None,
    {"type": "OBJECT", "properties": {}},
    {"type": "object", "properties": {"$ref": {"type": "string"}, "required": {"type": "boolean"}}},
    {"type": "string", "deprecated": True, "readOnly": True, "examples": ["a"], "title": "T"},
    {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {}, "minProperties": 1},
    {"type": "object", "required": True, "properties": {"b": {"type": "string", "required": True}}},
    {"anyOf": []},
    {"type": "array", "items": {"type": "array", "items": {"type": "array"}}},
)
NAMES = (
    "mcp/server/read",
    "123go",
    "a.b:c",
    "get weather",
    "get/weather",
    "x" * 90,
    "naïve",
    "dash-ed",
    "_under",
    "CamelCase",
)


def schema(number: int) -> dict[str, Any]:
    """The schema of the n-th tool: a few odd properties, and odd members around them."""
    chosen = {f"p{step}": PROPERTIES[(number * 3 + step) % len(PROPERTIES)] for step in range(4)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tool:{number}",
        "$comment": "as generated",
        "type": "object",
        "definitions": {"Node": _NODE},
        "$defs": {"Node": _NODE},
        "properties": {**chosen, "odd name!": {"type": "string"}},
        "required": ["p0", "nowhere"] if number % 3 else [],
        "additionalProperties": False,
        "strict": True,
    }


def name(number: int) -> str:
    """Names that no backend takes as they are, all different."""
    return NAMES[number] if number < len(NAMES) else f"tool {number}/{NAMES[number % len(NAMES)]}"


TOOLS: tuple[tuple[str, dict[str, Any]], ...] = tuple((name(n), schema(n)) for n in range(40))
