from random import Random
from typing import Any

import pytest

from app.simulator.arguments import fill, kind_of


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "INTEGER", "minimum": 3, "maximum": 3}, 3),
        ({"type": "BOOLEAN"}, True),
        ({"type": "STRING", "enum": ["red", "blue"]}, "blue"),
        ({"type": "INTEGER", "enum": ["1", "2"]}, 1),
        ({"type": "ARRAY", "items": {"type": "BOOLEAN"}, "minItems": 2}, [True, True]),
        (
            {"type": "OBJECT", "properties": {"a": {"type": "BOOLEAN"}, "b": {"type": "BOOLEAN"}}},
            {"a": True, "b": True},
        ),
        ({"anyOf": [{"type": "BOOLEAN"}, {"type": "STRING"}]}, True),
        ({"properties": {"a": {"type": "NULL"}}}, {"a": None}),
        ({"type": ["null", "boolean"]}, True),
    ],
)
def test_values_satisfy_their_schema(schema: dict[str, Any], value: object) -> None:
    """upstream.md 9.4."""
    assert fill(schema, "", "a blue house", Random(1)) == value


def test_only_required_members_are_filled_unless_all_are_wanted() -> None:
    """upstream.md 9.4."""
    schema: dict[str, Any] = {
        "type": "OBJECT",
        "properties": {"a": {"type": "BOOLEAN"}, "b": {"type": "BOOLEAN"}},
        "required": ["b"],
    }

    assert fill(schema, "", "", Random(1)) == {"b": True}
    assert fill(schema, "", "", Random(1), is_whole=True) == {"a": True, "b": True}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("city", "the weather in New York today", "New York"),
        ("city", "the weather", "example city"),
        ("target_url", "open https://example.org/a now", "https://example.org/a"),
        ("url", "open it", "https://example.com/"),
        ("file_path", "read src/main.py please", "src/main.py"),
        ("path", "read it", "./example.txt"),
        ("expression", "what is 2 + 3 * 4?", "2 + 3 * 4"),
        ("search_query", "find me", "find me"),
    ],
)
def test_texts_are_taken_from_the_words_where_they_say_something(name: str, text: str, value: str) -> None:
    """The demo has to be of use to a person."""
    assert fill({"type": "string"}, name, text, Random(1)) == value


def test_optional_members_are_filled_when_the_text_speaks_of_them() -> None:
    """The demo has to be of use to a person."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "note": {"type": "string"},
        },
        "required": ["city"],
    }

    assert fill(schema, "", "in Rome", Random(1)) == {"city": "Rome"}
    assert fill(schema, "", "in Rome in celsius", Random(1)) == {"city": "Rome", "unit": "celsius"}


def test_a_placeholder_alone_is_no_answer() -> None:
    """upstream.md 5.7, rule 9."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"expression": {"type": "string"}, "_noop": {"type": "boolean"}},
        "required": ["_noop"],
    }

    assert fill(schema, "", "2+3", Random(1)) == {"expression": "2+3", "_noop": True}


def test_deep_schemas_come_to_an_end() -> None:
    """upstream.md 9.4."""
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["again"] = schema

    assert isinstance(fill(schema, "", "", Random(1)), dict)


def test_a_missing_type_is_inferred() -> None:
    """upstream.md 5.7, rule 8."""
    schemas: list[dict[str, Any]] = [{"properties": {}}, {"items": {}}, {}, {"type": "STRING"}]

    assert [kind_of(schema) for schema in schemas] == ["object", "array", "string", "string"]
