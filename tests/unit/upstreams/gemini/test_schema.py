"""Schemas as clients send them, and as the upstream takes them."""

import json

import pytest

from app.upstreams.gemini.schema import Cleaned, SchemaCache
from tests.support.schema_examples import EXAMPLES
from tests.support.schemas import CLAUDE_TOOL, GEMINI_ANSWER, GEMINI_TOOL, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_examples_come_out_as_written(name: str) -> None:
    """tool-schemas.md 10, E1-E14."""
    given, expected = EXAMPLES[name]

    found = cleaned(given)

    assert found == expected
    assert list(found.get("properties", ())) == list(expected.get("properties", ()))


def test_an_answer_may_be_of_any_type() -> None:
    """tool-schemas.md 3.10."""
    assert cleaned({"type": "array", "items": {"type": "integer"}}, GEMINI_ANSWER) == {
        "type": "array",
        "items": {"type": "integer"},
    }


@pytest.mark.parametrize("root", [b"", b"null", b"true", b"{}", b"false", b"17", b'"x"', b"{broken"])
def test_a_tool_without_a_usable_schema_takes_any_object(root: bytes) -> None:
    """tool-schemas.md 3.10."""
    assert cleaned(root) == {"type": "object"}


def test_the_same_schema_is_cleaned_once() -> None:
    """architecture.md 6.2."""
    cache = SchemaCache()
    text = b'{"type":"object","properties":{"a":{"type":"string"}}}'

    first = cache.cleaned(text, GEMINI_TOOL)
    again = cache.cleaned(bytes(bytearray(text)), GEMINI_TOOL)

    assert again is first
    assert cache.cleaned(text, CLAUDE_TOOL) != first
    assert len(cache) == 2


def test_the_cache_forgets_what_was_least_recently_used() -> None:
    """architecture.md 6.2: bounded."""
    cache = SchemaCache(most=2)
    schemas = [json.dumps({"type": "object", "description": str(number)}).encode() for number in range(3)]

    kept: Cleaned = cache.cleaned(schemas[0], GEMINI_TOOL)
    cache.cleaned(schemas[1], GEMINI_TOOL)
    cache.cleaned(schemas[0], GEMINI_TOOL)
    cache.cleaned(schemas[2], GEMINI_TOOL)

    assert len(cache) == 2
    assert cache.cleaned(schemas[0], GEMINI_TOOL) is kept
