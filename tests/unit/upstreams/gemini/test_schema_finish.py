"""Schemas for each model family."""

import json

from app.upstreams.gemini.schema import Target, clean
from tests.support.schema_examples import EXAMPLES
from tests.support.schemas import CLAUDE_TOOL, GEMINI_ANSWER, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_claude_is_told_of_null_in_words_and_may_leave_the_member_out() -> None:
    """tool-schemas.md 4 and E3."""
    found = cleaned(EXAMPLES["E3 null"][0], CLAUDE_TOOL)

    assert found == {
        "type": "object",
        "properties": {
            "a": {"type": "string", "description": "[may be null]"},
            "b": {"type": "integer", "description": "[may be null]"},
            "c": {"type": "string", "description": "[may be null]", "enum": ["x", "y"]},
            "d": {"type": "string", "description": "[always null]"},
            "_noop": NOOP,
        },
        "required": ["_noop"],
    }


def test_claude_gets_a_placeholder_where_nothing_is_required() -> None:
    """tool-schemas.md 7, E6 and E12."""
    given, expected = EXAMPLES["E6 mixed unions"]

    mixed, empty = cleaned(given, CLAUDE_TOOL), cleaned({"type": "object", "properties": {}}, CLAUDE_TOOL)

    assert list(mixed["properties"]) == [*expected["properties"], "_noop"]
    assert mixed["required"] == ["_noop"]
    assert empty == {"type": "object", "properties": {"_noop": NOOP}, "required": ["_noop"]}
    assert clean(b"{}", CLAUDE_TOOL).placeholder == "_noop"


def test_the_placeholder_evades_the_names_of_the_tool() -> None:
    """tool-schemas.md 7."""
    found = clean(b'{"properties":{"_noop":{"type":"string"}}}', CLAUDE_TOOL)

    assert found.placeholder == "_noop2"


def test_answers_keep_numbers_in_enums_closed_objects_and_an_order() -> None:
    """tool-schemas.md 4 and R1."""
    schema = {
        "type": "object",
        "properties": {
            "score": {"type": "number", "enum": [0.5, 1]},
            "ok": {"type": "boolean", "enum": [True]},
            "items": {"type": "array", "items": {"$ref": "#/$defs/I"}, "maxItems": 3},
        },
        "required": ["score", "items"],
        "additionalProperties": False,
        "$defs": {
            "I": {
                "type": "object",
                "properties": {"n": {"type": ["string", "null"]}},
                "required": ["n"],
                "additionalProperties": False,
            }
        },
    }

    assert cleaned(schema, GEMINI_ANSWER) == {
        "type": "object",
        "properties": {
            "score": {"type": "number", "enum": ["0.5", "1"]},
            "ok": {"type": "boolean", "description": "[allowed: true]"},
            "items": {
                "type": "array",
                "description": "[maxItems: 3]",
                "items": {
                    "type": "object",
                    "properties": {"n": {"type": "string", "nullable": True}},
                    "required": ["n"],
                    "additionalProperties": False,
                    "propertyOrdering": ["n"],
                },
            },
        },
        "required": ["score", "items"],
        "additionalProperties": False,
        "propertyOrdering": ["score", "ok", "items"],
    }


def test_type_names_are_upper_case_for_gemini_and_lower_case_for_the_others() -> None:
    """tool-schemas.md 4."""
    found = {
        family: json.loads(clean(b'{"type":"Object"}', Target(family, "tool")).schema)["type"]
        for family in ("gemini", "claude", "gpt_oss")
    }

    assert found == {"gemini": "OBJECT", "claude": "object", "gpt_oss": "object"}


def test_claude_names_of_members_are_made_to_fit() -> None:
    """tool-schemas.md 6."""
    found = clean(
        b'{"properties":{"a b":{},"a_b":{},"a/b":{"properties":{"\xc3\xa4":{}}}},"required":["a b"]}',
        CLAUDE_TOOL,
    )

    schema = json.loads(found.schema)
    assert list(schema["properties"]) == ["a_b_2", "a_b", "a_b_3"]
    assert schema["required"] == ["a_b_2"]
    assert found.renames == (("", (("a_b_2", "a b"), ("a_b_3", "a/b"))), ("/a~1b", (("_", "ä"),)))
