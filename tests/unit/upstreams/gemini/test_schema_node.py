"""Descriptions with hints."""

from tests.support.schemas import cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_a_hint_that_is_already_there_is_not_added_again() -> None:
    """tool-schemas.md 2.6."""
    schema = {"properties": {"a": {"type": "string", "minLength": 1, "description": "x [minLength: 1]"}}}

    assert cleaned(schema)["properties"]["a"]["description"] == "x [minLength: 1]"


def test_a_longer_hint_does_not_hide_a_shorter_one() -> None:
    """tool-schemas.md 2.6."""
    schema = {"properties": {"a": {"type": "string", "minLength": 1, "description": "x [minLength: 10]"}}}

    assert cleaned(schema)["properties"]["a"]["description"] == "x [minLength: 10] [minLength: 1]"


def test_descriptions_are_trimmed_and_only_text_counts() -> None:
    """tool-schemas.md 2.6."""
    schema = {
        "properties": {
            "a": {"type": "string", "description": " x "},
            "b": {"description": 7, "type": "string"},
        }
    }

    assert cleaned(schema)["properties"] == {
        "a": {"type": "string", "description": "x"},
        "b": {"type": "string"},
    }
