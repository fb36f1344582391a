"""The words of JSON Schema."""

import pytest

from app.upstreams.gemini.schema_words import is_property_map, keywords, known_type


def test_snake_case_becomes_camel_case_and_camel_case_wins() -> None:
    """tool-schemas.md 3.1."""
    assert keywords({"min_items": 1, "any_of": [], "x_y": 2}) == {"minItems": 1, "anyOf": [], "x_y": 2}
    assert keywords({"minItems": 3, "min_items": 1}) == {"minItems": 3}


@pytest.mark.parametrize(
    ("word", "known"),
    [("STRING", "string"), ("Null", "null"), ("strange", None), (7, None), (None, None), (["string"], None)],
)
def test_type_names_are_compared_without_regard_to_case(word: object, known: str | None) -> None:
    """tool-schemas.md 3.1."""
    assert known_type(word) == known


@pytest.mark.parametrize(
    ("node", "is_map"),
    [
        ({"path": {"type": "string"}}, True),
        ({"path": {"type": "string"}, "type": "object"}, False),
        ({"path": "string"}, False),
        ({"title": {"type": "string"}}, False),
        ({}, False),
    ],
)
def test_only_objects_under_unknown_names_are_a_property_map(node: dict[str, object], is_map: bool) -> None:
    """tool-schemas.md 3.1."""
    assert is_property_map(node) is is_map
