"""The shapes of a request: lenient, and lossless where they only carry."""

import pytest
from msgspec import ValidationError

from app.dialects.openai_chat.wire import ABSENT, ANY_VALID, PART, REQUEST


def test_unknown_members_are_passed_over() -> None:
    """openai.md, general rule 2."""
    request = REQUEST.decode(
        b'{"model":"m","frobnicate":{"deep":[1]},"messages":[{"role":"user","mood":"good"}]}'
    )

    assert request.model == "m"


def test_raw_members_keep_their_bytes() -> None:
    """openai.md, general rule 3."""
    body = b'{"tools":[{"function":{"name":"f","parameters":{"a" : 12345678901234567890.10}}}]}'

    tools = REQUEST.decode(body).tools

    assert tools is not None
    assert tools[0].function is not None
    assert bytes(tools[0].function.parameters) == b'{"a" : 12345678901234567890.10}'
    assert tools[0].parameters is ABSENT


def test_both_spellings_of_the_generation_config_are_read() -> None:
    """openai.md 5.1."""
    request = REQUEST.decode(b'{"generationConfig":{"topK":1},"generation_config":{"top_k":2}}')

    assert list(request.generation_config_camel or {}) == ["topK"]
    assert list(request.generation_config or {}) == ["top_k"]


def test_a_part_must_be_an_object() -> None:
    """openai.md 5.3."""
    with pytest.raises(ValidationError):
        PART.decode(b"5")


def test_validity_is_checked_without_building_anything() -> None:
    """openai.md 5.2."""
    assert bytes(ANY_VALID.decode(b' {"a":1} ')) == b'{"a":1}'
