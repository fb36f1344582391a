"""JSON with paths and limits. Source: faults.md 3, F093 to F096; style 7."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.wire import json


class Message(msgspec.Struct):
    role: str


class Body(msgspec.Struct):
    model: str
    messages: list[Message]


BODY = msgspec.json.Decoder(Body)


def refused(body: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        json.decode(body, BODY)
    return caught.value


@pytest.mark.parametrize("rest", [b'"}', b'and so on"}', b"", b" and on and on and on" + b'"}'])
def test_half_a_surrogate_pair_is_called_by_its_name_also_at_the_very_end(rest: bytes) -> None:
    """faults.md F094: the decoder takes one that stands near the end for a body that is cut short."""
    assert "surrogate pair" in str(refused(b'{"model": "\\ud800' + rest))


def test_a_body_that_is_cut_short_is_called_that() -> None:
    assert "truncated" in str(refused(b'{"model": "\\ud83d\\ude00'))


@pytest.mark.parametrize(
    ("body", "where", "reason"),
    [
        (b'{"model": 1, "messages": []}', "model", "invalid_type"),
        (b'{"model": "m", "messages": [{"role": 5}]}', "messages[0].role", "invalid_type"),
        (b'{"model": "m"}', "messages", "missing_required_parameter"),
        (b'{"model": "m", "messages": [{}]}', "messages[0].role", "missing_required_parameter"),
        (b"[]", None, "invalid_type"),
        (b'{"model": "m"', None, "invalid_json"),
        (b"", None, "invalid_json"),
        (b"\xff\xfe{", None, "invalid_json"),
        (b'{"model": "\\ud800", "messages": []}', None, "invalid_json"),
        (b'{"model": NaN, "messages": []}', None, "invalid_json"),
    ],
)
def test_what_does_not_fit_is_named(body: bytes, where: str | None, reason: str) -> None:
    error = refused(body)

    assert (error.where, error.reason) == (where, reason)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'{"a\\"[":' * 65 + b"1" + b"}" * 65,
        b"[" + b"[]," * 200_000 + b"1]",
        b"[" + b"1," * 200_001 + b"1]",
    ],
)
def test_costly_shapes_are_refused_before_they_are_decoded(body: bytes) -> None:
    assert refused(body).reason == "json_limits"


@pytest.mark.parametrize(
    "text", ["[" * 1000, "{" * 1000, '\\"' * 100 + "[" * 100, "\\\\", ",".join("x" * 10)]
)
def test_brackets_inside_strings_do_not_count(text: str) -> None:
    body = b'{"model": "' + text.encode() + b'", "messages": []}'

    assert json.decode(body, BODY).messages == []


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_the_depth_limit_is_exact() -> None:
    assert json.parse(nested(json.MAX_DEPTH)) is not None
    with pytest.raises(BadRequest):
        json.parse(nested(json.MAX_DEPTH + 1))


def test_big_integers_keep_all_their_digits() -> None:
    assert json.parse(b"123456789012345678901234567890") == 123456789012345678901234567890


def test_a_converted_value_names_its_place() -> None:
    with pytest.raises(BadRequest) as caught:
        json.convert({"role": 1}, Message, "messages[3]")

    assert caught.value.where == "messages[3].role"


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda kids: st.lists(kids, max_size=3)))
def test_what_was_encoded_is_parsed_again(value: Any) -> None:
    assert json.parse(json.encode(value)) == value


@pytest.mark.parametrize(
    ("text", "value"), [(b'{"a":1}', {"a": 1}), (b"[1]", None), (b"{", None), (b"", None)]
)
def test_an_object_or_nothing(text: bytes, value: dict[str, int] | None) -> None:
    assert json.object_or_none(text) == value


@pytest.mark.parametrize(
    "value",
    [
        b"1" * 401,
        b"-" + b"1" * 5000,
        b"0." + b"1" * 500,
        b"[" + b"1" * 401 + b"]",
        b'{"a\\"":"\\\\", "b": ' + b"1" * 401 + b"}",
    ],
)
@pytest.mark.parametrize("offset", range(0, 40, 13))
def test_endless_numbers_are_refused_also_where_nobody_decodes_them(value: bytes, offset: int) -> None:
    """faults.md F093: a raw member would carry them on."""
    body = b'{"model": "' + b"x" * offset + b'", "messages": [], "raw": ' + value + b"}"

    assert refused(body).reason == "json_limits"


@pytest.mark.parametrize("value", [b"1" * 400, b'"' + b"1" * 5000 + b'"', b'"\\"' + b"1" * 500 + b'"'])
def test_long_numbers_and_texts_of_digits_pass(value: bytes) -> None:
    assert json.decode(b'{"model": "m", "messages": [], "raw": ' + value + b"}", BODY).model == "m"


ONCE = ("model", "messages")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"model": "a", "model": "b", "messages": []}', "model"),
        (b'{"model":"a","messages":[{"role":"user"}],"messages"  :\n[]}', "messages"),
        (b'{"tools": [{"model": 1}], "model": "a", "messages": [], "x": {}, "model": "c"}', "model"),
        (b'{"model": "\\"{[", "messages": [], "model": "c"}', "model"),
    ],
)
def test_a_member_that_counts_may_not_be_there_twice(body: bytes, name: str) -> None:
    """faults.md F095."""
    with pytest.raises(BadRequest) as caught:
        json.decode(body, BODY, once=ONCE)

    assert (caught.value.reason, caught.value.where) == ("duplicate_key", name)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "a", "messages": [], "other": 1, "other": 2}',
        b'{"model": "a", "messages": [], "schema": {"model": 1, "messages": 2}}',
        b'{"tools": [{"model": 1}, {"model": 2}], "model": "a", "messages": []}',
        b'{"model": "\\"model\\": 1, \\"model\\": 2", "messages": []}',
        b'{"model": "model", "messages": [], "x": ["model", "model"]}',
        b'{"model": "}}", "messages": [], "x": {"model": "]]"}}',
    ],
)
def test_the_same_name_elsewhere_is_no_repetition(body: bytes) -> None:
    assert json.decode(body, BODY, once=ONCE).messages == []


def test_a_byte_order_mark_in_front_is_passed_over() -> None:
    """faults.md F094; Windows shells write one."""
    assert json.decode(b'\xef\xbb\xbf{"model": "m", "messages": []}', BODY).model == "m"
