"""Arguments on their way out and back."""

import json
from typing import Any

import pytest

from app.upstreams.base import ToolBinding
from app.upstreams.gemini.arguments import added, as_object, compact, restored
from tests.support.gemini import bound

RENAMED = bound(
    "f",
    wrapped=False,
    renames=(("", (("a_b", "a b"),)), ("/a b", (("c_d", "c d"),)), ("/list/*", (("e_f", "e/f"),))),
)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (b"", b"{}"),
        (b"null", b"{}"),
        (b' {"a": [1, 2.50, 1e5]} ', b'{"a":[1,2.50,1e5]}'),
        (b'"{\\"a\\": 1}"', b'{"a":1}'),
        (b'"text"', b'{"value":"text"}'),
        (b"[1, 2]", b'{"value":[1,2]}'),
        (b"17", b'{"value":17}'),
    ],
)
def test_arguments_are_an_object(args: bytes, text: bytes) -> None:
    """anthropic.md 12, tool-schemas.md 9."""
    assert as_object(args) == text


def test_characters_are_unescaped_and_numbers_keep_their_text() -> None:
    """openai.md 8.2."""
    text = rb'{"a": "\u003cb\u003e \u00e9 \\u0041 \n \"", "n": 1.000, "big": 123456789012345678901234567890}'

    found = compact(text)

    assert found == '{"a":"<b> é \\\\u0041 \\n \\"","n":1.000,"big":123456789012345678901234567890}'.encode()
    assert json.loads(found) == json.loads(text)


def test_the_placeholder_is_added_and_taken_out() -> None:
    """tool-schemas.md 7."""
    binding = bound("f", placeholder="_noop")

    assert added(b'{"a":1.0}', binding) == b'{"a":1.0,"_noop":true}'
    assert restored(b'{"_noop":true,"a":1.0}', binding) == b'{"a":1.0}'
    assert restored(b'{"_noop":true}', bound("f")) == b'{"_noop":true}'


def test_bare_values_are_wrapped_and_unwrapped() -> None:
    """tool-schemas.md 3.10."""
    binding = bound("f", {"type": "string"}, wrapped=True)

    assert restored(b'{"value": "SELECT 1"}', binding) == b'"SELECT 1"'
    assert restored(b"{}", binding) == b"{}"
    assert added(b'{"value":"SELECT 1"}', binding) == b'{"value":"SELECT 1"}'
    assert added(b'"SELECT 1"', binding) == b'{"value":"SELECT 1"}'
    assert added(b'{"a":1}', binding) == b'{"value":{"a":1}}'


def test_members_are_renamed_at_every_depth_and_back() -> None:
    """tool-schemas.md 6."""
    own = b'{"a b":{"c d":1,"x":2},"list":[{"e/f":3},{"y":4},5],"z":{"c d":6}}'
    wire = b'{"a_b":{"c_d":1,"x":2},"list":[{"e_f":3},{"y":4},5],"z":{"c d":6}}'

    assert added(own, RENAMED) == wire
    assert restored(wire, RENAMED) == own


@pytest.mark.parametrize(
    ("schema", "keeps_null"),
    [
        ({"type": "string"}, False),
        ({"type": ["string", "null"]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, False),
        ({"type": "string", "nullable": True}, True),
        ({"enum": ["a", None]}, True),
        ({"enum": ["a"]}, False),
        ({"const": "a"}, False),
        ({"allOf": [{"type": "string"}]}, False),
        ({"$ref": "#/$defs/S"}, False),
        ({"$ref": "#/$defs/N"}, True),
        ({"$ref": "#/$defs/Gone"}, True),
        ({"description": "anything"}, True),
        (True, True),
        ({"type": "strange"}, True),
    ],
)
def test_nulls_that_the_schema_does_not_allow_are_taken_out(schema: Any, keeps_null: bool) -> None:
    """tool-schemas.md 9, anthropic.md 12."""
    whole = {"properties": {"a": schema}, "$defs": {"S": {"type": "string"}, "N": {"type": "null"}}}

    found = restored(b'{"a":null,"undeclared":null}', bound("f", whole))

    assert ("a" in json.loads(found)) is keeps_null
    assert "undeclared" in json.loads(found)


def test_a_demanded_member_that_may_be_null_is_filled_in() -> None:
    """tool-schemas.md 9: strict clients write optional members that way."""
    schema = {
        "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"type": "string"},
            "c": {"type": ["string", "null"]},
            "d": {},
            "e": {"anyOf": [{"$ref": "#/$defs/S"}, {"type": "null"}]},
        },
        "required": ["a", "b", "d", "e"],
        "$defs": {"S": {"type": "string"}},
    }

    assert restored(b"{}", bound("f", schema)) == b'{"a":null,"e":null}'


def test_zero_fractions_go_where_the_schema_says_integer() -> None:
    """tool-schemas.md 9: typed clients refuse them."""
    schema = {
        "properties": {
            "n": {"type": "integer"},
            "x": {"type": "number"},
            "both": {"type": ["integer", "number"]},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "list": {"type": "array", "items": {"properties": {"k": {"type": "integer"}}}},
            "text": {"type": "string"},
        }
    }
    args = (
        b'{"n":10.0,"x":10.0,"both":2.0,"maybe":-3.00,"list":[{"k":1.0}],"text":"1.0","other":1.0,"z":10.05}'
    )

    assert restored(args, bound("f", schema)) == (
        b'{"n":10,"x":10.0,"both":2.0,"maybe":-3,"list":[{"k":1}],"text":"1.0","other":1.0,"z":10.05}'
    )


@pytest.mark.parametrize("value", ['"true"', '"null"', '"5"', "true", "5", '"10.0"'])
def test_types_are_never_guessed(value: str) -> None:
    """tool-schemas.md 9."""
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}}
    args = f'{{"a":{value},"b":{value}}}'.encode()

    assert restored(args, bound("f", schema)) == args


def test_arguments_that_cannot_be_read_are_left_to_the_upstream() -> None:
    """faults.md F045."""
    binding: ToolBinding = bound("f", placeholder="_noop")

    assert added(rb'{"\ud800":1}', binding) == rb'{"\ud800":1}'
