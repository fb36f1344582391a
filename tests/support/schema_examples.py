"""The worked examples of tool-schemas.md 10, as they come in and as they go out for Gemini."""

from typing import Any

EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "E1 references": (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "$defs": {
                "User": {
                    "type": "object",
                    "title": "User",
                    "properties": {
                        "name": {"type": "string", "minLength": 1},
                        "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}},
                    },
                    "required": ["name"],
                },
                "Tag": {"type": "string", "enum": ["a", "b"]},
            },
            "properties": {"user": {"$ref": "#/$defs/User", "description": "who"}},
            "required": ["user"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "user": {
                    "type": "object",
                    "description": "who",
                    "properties": {
                        "name": {"type": "string", "description": "[minLength: 1]"},
                        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                    },
                    "required": ["name"],
                }
            },
            "required": ["user"],
        },
    ),
    "E2 recursion": (
        {
            "$ref": "#/definitions/Node",
            "definitions": {
                "Node": {
                    "type": "object",
                    "properties": {
                        "value": {"type": "integer"},
                        "next": {"anyOf": [{"$ref": "#/definitions/Node"}, {"type": "null"}]},
                    },
                    "required": ["value"],
                }
            },
        },
        {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"type": "object", "description": "[recursive: Node]", "nullable": True},
            },
            "required": ["value"],
        },
    ),
    "E3 null": (
        {
            "type": "object",
            "properties": {
                "a": {"type": ["string", "null"], "default": None},
                "b": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None, "title": "B"},
                "c": {"enum": ["x", "y", None]},
                "d": {"type": "null"},
            },
            "required": ["a", "b"],
        },
        {
            "type": "object",
            "properties": {
                "a": {"type": "string", "nullable": True},
                "b": {"type": "integer", "nullable": True},
                "c": {"type": "string", "nullable": True, "enum": ["x", "y"]},
                "d": {"type": "string", "description": "[always null]", "nullable": True},
            },
            "required": ["a", "b"],
        },
    ),
    "E4 enums": (
        {
            "type": "object",
            "properties": {
                "kind": {"const": "email"},
                "level": {"type": "integer", "enum": [1, 2, 3]},
                "flag": {"const": True},
                "mix": {"enum": ["auto", 1, False]},
                "empty": {"type": "string", "enum": ["", "on"]},
            },
            "required": ["kind"],
        },
        {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["email"]},
                "level": {"type": "integer", "description": "[allowed: 1, 2, 3]"},
                "flag": {"type": "boolean", "description": "[allowed: true]"},
                "mix": {"type": "string", "enum": ["auto", "1", "false"]},
                "empty": {"type": "string", "description": "[may be empty]", "enum": ["on"]},
            },
            "required": ["kind"],
        },
    ),
    "E5 discriminated union": (
        {
            "type": "object",
            "properties": {
                "shape": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": {
                                "kind": {"const": "circle"},
                                "r": {"type": "number", "exclusiveMinimum": 0},
                            },
                            "required": ["kind", "r"],
                        },
                        {
                            "type": "object",
                            "properties": {
                                "kind": {"const": "rect"},
                                "w": {"type": "number"},
                                "h": {"type": "number"},
                            },
                            "required": ["kind", "w", "h"],
                        },
                    ],
                    "discriminator": {"propertyName": "kind"},
                }
            },
            "required": ["shape"],
        },
        {
            "type": "object",
            "properties": {
                "shape": {
                    "type": "object",
                    "description": "[one of {kind=circle, r} | {kind=rect, w, h}]",
                    "properties": {
                        "kind": {"type": "string", "enum": ["circle", "rect"]},
                        "r": {"type": "number", "description": "[exclusiveMinimum: 0]"},
                        "w": {"type": "number"},
                        "h": {"type": "number"},
                    },
                    "required": ["kind"],
                }
            },
            "required": ["shape"],
        },
    ),
    "E6 mixed unions": (
        {
            "type": "object",
            "properties": {
                "id": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "Id"},
                "paths": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "n": {"type": ["integer", "number"]},
                "mode": {"anyOf": [{"const": "fast"}, {"const": "slow"}]},
            },
        },
        {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "Id [accepts string | integer]"},
                "paths": {
                    "type": "array",
                    "description": "[accepts string | array]",
                    "items": {"type": "string"},
                },
                "n": {"type": "number", "description": "[accepts integer | number]"},
                "mode": {"type": "string", "enum": ["fast", "slow"]},
            },
        },
    ),
    "E7 allOf": (
        {
            "type": "object",
            "allOf": [
                {"properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer", "minimum": 0, "maximum": 10}}, "required": ["b"]},
                {
                    "if": {"properties": {"a": {"const": "x"}}},
                    "then": {"properties": {"c": {"type": "boolean"}}},
                },
            ],
        },
        {
            "type": "object",
            "properties": {
                "a": {"type": "string"},
                "b": {"type": "integer", "description": "[minimum: 0; maximum: 10]"},
                "c": {"type": "boolean"},
            },
            "required": ["a", "b"],
        },
    ),
    "E8 other keys": (
        {
            "type": "object",
            "properties": {
                "env": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "propertyNames": {"pattern": "^[A-Z_]+$"},
                },
                "h": {"type": "object", "patternProperties": {"^x-": {"type": "string"}}},
                "any": {},
                "yes": True,
                "no": False,
                "raw": {"type": "object"},
            },
            "required": ["env", "no"],
        },
        {
            "type": "object",
            "properties": {
                "env": {
                    "type": "object",
                    "description": "[other keys allowed, values: string; keys match ^[A-Z_]+$]",
                },
                "h": {"type": "object", "description": "[keys matching ^x-: string]"},
                "any": {"type": "string", "description": "[any JSON value]"},
                "yes": {"type": "string", "description": "[any JSON value]"},
                "raw": {"type": "object"},
            },
            "required": ["env"],
        },
    ),
    "E9 arrays": (
        {
            "type": "object",
            "properties": {
                "list": {"type": "array"},
                "pair": {
                    "type": "array",
                    "prefixItems": [{"type": "string"}, {"type": "integer"}],
                    "items": False,
                },
                "tup": {"type": "array", "items": [{"type": "number"}, {"type": "number"}], "minItems": 2},
            },
        },
        {
            "type": "object",
            "properties": {
                "list": {"type": "array", "items": {"type": "string"}},
                "pair": {
                    "type": "array",
                    "description": "[tuple of 2: string, integer]",
                    "items": {"type": "string"},
                },
                "tup": {
                    "type": "array",
                    "description": "[tuple of 2: number, number; minItems: 2]",
                    "items": {"type": "number"},
                },
            },
        },
    ),
    "E10 properties named like keywords": (
        {
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "properties": {
                    "type": "object",
                    "properties": {"format": {"type": "string", "format": "uri"}},
                    "propertyNames": {"type": "string"},
                },
                "$ref": {"type": "string"},
                "default": {"type": "boolean", "default": False},
                "required": {"type": "boolean"},
            },
            "required": ["title", "required"],
        },
        {
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "properties": {
                    "type": "object",
                    "properties": {"format": {"type": "string", "description": "[format: uri]"}},
                },
                "$ref": {"type": "string"},
                "default": {"type": "boolean", "description": "[default: false]"},
                "required": {"type": "boolean"},
            },
            "required": ["title", "required"],
        },
    ),
    "E11 sloppy": (
        {
            "properties": {
                "a": "string",
                "b": {"type": "string", "required": True},
                "c": {"type": "strange"},
            },
            "required": ["a", "zz", "a"],
            "x-internal": 1,
        },
        {
            "type": "object",
            "properties": {
                "a": {"type": "string"},
                "b": {"type": "string"},
                "c": {"type": "string", "description": "[any JSON value]"},
            },
            "required": ["a", "b"],
        },
    ),
    "E12 empty": ({"type": "object", "properties": {}}, {"type": "object"}),
    "E13 no object": (
        {"type": "string", "description": "SQL"},
        {
            "type": "object",
            "properties": {"value": {"type": "string", "description": "SQL"}},
            "required": ["value"],
        },
    ),
    "E14 demands only": (
        {
            "type": "object",
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
            "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
        },
        {
            "type": "object",
            "description": "[requires one of: id | name]",
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
        },
    ),
}
