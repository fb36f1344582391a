"""Calls of the model, as the caller gets them."""

import pytest

from app.ir.parts import Text, ToolCall
from tests.support.gemini import (
    DONE,
    answered,
    bound,
    calling,
    chunk,
    saying,
)


def test_a_call_without_arguments_gets_an_empty_object() -> None:
    """anthropic.md 12."""
    answer = answered(chunk(calling("f", call_id="a"), {"functionCall": {"name": "g", "args": None}}), DONE)

    assert [piece.args for piece in answer.pieces if isinstance(piece, ToolCall)] == [b"{}", b"{}"]


def test_ids_that_cannot_be_kept_are_replaced() -> None:
    """openai.md 8.2, anthropic.md 12: missing, illegal, used in history, used before in this answer."""
    answer = answered(
        chunk(
            calling("f", {"n": 1}),
            calling("f", {"n": 2}, "a b"),
            calling("f", {"n": 3}, "old"),
            calling("f", {"n": 4}, "new"),
            calling("f", {"n": 5}, "new"),
        ),
        DONE,
        known_call_ids=frozenset({"old"}),
    )

    ids = [piece.id for piece in answer.pieces if isinstance(piece, ToolCall)]
    assert ids == ["call_" + "a" * 24, "call_" + "b" * 24, "call_" + "c" * 24, "new", "call_" + "d" * 24]


def test_a_repeated_call_is_delivered_once() -> None:
    """openai.md 8.2, faults.md F055: the same id, name and arguments; without an id it is another call."""
    answer = answered(
        chunk(calling("f", {"n": 1}, "a")), chunk(calling("f", {"n": 1}, "a"), calling("f", {"n": 1})), DONE
    )

    assert len(answer.pieces) == 2


def test_later_calls_are_dropped_where_the_caller_wants_one_at_a_time() -> None:
    """anthropic.md 6.3."""
    answer = answered(chunk(calling("f"), calling("g"), saying("x")), DONE, parallel_calls=False)

    assert [type(piece) for piece in answer.pieces] == [ToolCall, Text]
    assert answer.reason == "tool"


@pytest.mark.parametrize(
    ("wire", "own"),
    [
        ("get_weather", "get weather"),
        ("default_api:get_weather", "get weather"),
        ("default_api.get_weather", "get weather"),
        ("default_api:other", "default_api:other"),
        ("other", "other"),
    ],
)
def test_names_are_given_back_as_the_caller_wrote_them(wire: str, own: str) -> None:
    """openai.md 8.2."""
    bindings = [bound("get weather", wire_name="get_weather")]

    answer = answered(chunk(calling(wire)), DONE, bindings=bindings)

    assert isinstance(answer.pieces[0], ToolCall)
    assert answer.pieces[0].name == own


def test_what_was_added_to_a_schema_is_taken_out_of_the_arguments() -> None:
    """tool-schemas.md 7."""
    bindings = [bound("f", placeholder="_noop")]

    answer = answered(chunk(calling("f", {"a": "é<", "_noop": True})), DONE, bindings=bindings)

    assert isinstance(answer.pieces[0], ToolCall)
    assert answer.pieces[0].args == '{"a":"é<"}'.encode()
