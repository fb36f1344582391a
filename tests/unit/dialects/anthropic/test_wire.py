"""Decoding of request bodies, and the paths of what does not fit."""

import pytest
from msgspec import Raw

from app.dialects.anthropic.wire import (
    WireBlock,
    kind_of,
    read_blocks,
    read_format,
    read_request,
    read_source,
    text_of,
)
from app.errors import BadRequest


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"messages": []}', "model"),
        (b'{"model": 5, "messages": []}', "model"),
        (b'{"model": "m"}', "messages"),
        (b'{"model": "m", "messages": {}}', "messages"),
        (b'{"model": "m", "messages": [{"content": "x"}]}', "messages.0.role"),
        (b'{"model": "m", "messages": [{"role": "user"}]}', "messages.0.content"),
        (b'{"model": "m", "messages": [{"role": "user", "content": null}]}', "messages.0.content"),
        (b'{"model": "m", "messages": [{"role": "user", "content": [{}]}]}', "messages.0.content.0.type"),
        (b'{"model": "m", "messages": [{"role": "user", "content": ["a", 5]}]}', "messages.0.content.1"),
        (b'{"model": "m", "messages": [], "stop_sequences": ["a", 5]}', "stop_sequences.1"),
        (b'{"model": "m", "messages": [], "stop_sequences": "a"}', "stop_sequences"),
        (b'{"model": "m", "messages": [], "temperature": "hot"}', "temperature"),
        (b'{"model": "m", "messages": [], "top_k": true}', "top_k"),
        (b'{"model": "m", "messages": [], "tools": [{"name": 5}]}', "tools.0.name"),
        (b'{"model": "m", "messages": [], "thinking": "on"}', "thinking"),
    ],
)
def test_the_field_to_blame_is_named_by_a_dotted_path(body: bytes, where: str) -> None:
    """anthropic.md 3.1."""
    with pytest.raises(BadRequest) as caught:
        read_request(body)

    assert caught.value.where == where
    assert "`$" not in caught.value.message


@pytest.mark.parametrize("body", [b"", b"nope", b"[]", b'"text"', b'{"model": "m"', b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """anthropic.md 3.1."""
    with pytest.raises(BadRequest):
        read_request(body)


def test_null_and_unknown_fields_are_as_good_as_absent() -> None:
    """anthropic.md 3.1."""
    plain = read_request(b'{"model": "m", "messages": []}')

    nulls = b'{"model": "m", "messages": [], "system": null, "tools": null, "thinking": null, "top_p": null}'
    assert read_request(nulls) == plain
    assert read_request(b'{"model": "m", "messages": [], "brand_new": {"a": [1]}, "betas": ["x"]}') == plain


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b"", ""), (b"{}", "object"), (b"[]", "array"), (b'"a"', "string"), (b"null", "null"), (b"5", "other")],
)
def test_the_kind_of_a_value_is_told_by_its_first_byte(raw: bytes, kind: str) -> None:
    """anthropic.md 3.1."""
    assert kind_of(Raw(raw)) == kind


def test_content_inside_a_block_is_a_string_or_a_list_or_nothing() -> None:
    """anthropic.md 5.2."""
    assert read_blocks(Raw(b"")) == []
    assert read_blocks(Raw(b"null")) == []
    assert read_blocks(Raw(b'"a\\n"')) == ["a\n"]
    assert read_blocks(Raw(b'["a", {"type": "text", "text": "b"}]')) == ["a", WireBlock("text", text="b")]
    assert read_blocks(Raw(b"5")) is None
    assert read_blocks(Raw(b'[{"text": "no type"}]')) is None


def test_objects_that_are_none_are_not_read() -> None:
    """anthropic.md 3.2."""
    assert read_source(Raw(b"[]")) is None
    assert read_source(Raw(b"")) is None
    assert read_format(Raw(b"5")) is None
    assert text_of(5) == ""
