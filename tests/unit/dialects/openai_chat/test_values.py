"""Single values: absence, types, ranges."""

from typing import Any

import pytest
from msgspec import Raw

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import ABSENT
from app.errors import BadRequest


@pytest.mark.parametrize("value", [None, "[undefined]"])
def test_null_and_the_text_undefined_count_as_absent(value: object) -> None:
    """openai.md, general rule 1."""
    assert values.present(value) is None
    assert values.text(value, "user") is None
    assert values.boolean(value, "stream") is None
    assert values.integer(value, "seed") is None
    assert values.number(value, "top_p", least=0, most=1) is None
    assert values.members(value, "google") == {}
    assert values.words(value, "stop") == ()


@pytest.mark.parametrize("sent", [ABSENT, Raw(b"null"), Raw(b'"[undefined]"'), Raw(b"")])
def test_a_carried_member_can_be_absent_too(sent: Raw) -> None:
    """openai.md, general rule 1."""
    assert values.raw(sent) == b""


def test_a_carried_member_keeps_its_text() -> None:
    """openai.md, general rule 3."""
    assert values.raw(Raw(b'{"a": 1.0}')) == b'{"a": 1.0}'


def test_integers_keep_full_precision() -> None:
    """openai.md, general rule 3."""
    assert values.integer(2**70 + 1, "seed") == 2**70 + 1


def test_a_whole_number_may_be_written_with_a_point() -> None:
    """openai.md 4.1: prefer accepting over refusing."""
    assert values.integer(3.0, "max_tokens") == 3


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: values.text(3, "user"), "`user` must be a string, not a number."),
        (lambda: values.boolean("true", "stream"), "`stream` must be a boolean, not a string."),
        (lambda: values.integer(True, "n"), "`n` must be an integer, not a boolean."),
        (lambda: values.integer(1.5, "n"), "`n` must be an integer, not a number."),
        (lambda: values.number([], "top_p", least=0, most=1), "`top_p` must be a number, not an array."),
        (lambda: values.number(True, "top_p", least=0, most=1), "`top_p` must be a number, not a boolean."),
        (lambda: values.members([], "google"), "`google` must be an object, not an array."),
        (lambda: values.words({}, "stop"), "`stop` must be an array, not an object."),
        (lambda: values.words([None], "stop"), "`stop[0]` must be a string, not null."),
    ],
)
def test_a_wrong_type_is_named_with_its_path(read: Any, message: str) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        read()

    assert caught.value.message == message
    assert caught.value.reason == "invalid_type"


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda: values.integer(0, "n", least=1), "integer_below_min_value"),
        (lambda: values.integer(9, "n", most=4), "integer_above_max_value"),
        (lambda: values.number(-0.1, "top_p", least=0, most=1), "decimal_below_min_value"),
        (lambda: values.number(1.1, "top_p", least=0, most=1), "decimal_above_max_value"),
    ],
)
def test_a_number_out_of_range_has_the_code_for_its_side(read: Any, reason: str) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        read()

    assert caught.value.reason == reason


@pytest.mark.parametrize("value", [None, "", "[undefined]"])
def test_a_required_name_must_be_there(value: object) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        values.name(value, "tools[0].function.name")

    assert (caught.value.where, caught.value.reason) == (
        "tools[0].function.name",
        "missing_required_parameter",
    )


def test_an_unknown_word_is_quoted_and_the_known_ones_are_listed() -> None:
    """openai.md 4.1."""
    assert (
        values.unknown("role", "boss", "user, tool").message
        == "`role` is `boss`; it must be one of user, tool."
    )
    assert values.unknown("role", [], "user").message == "`role` is an array; it must be one of user."


def test_what_is_not_available_says_so() -> None:
    """openai.md 4.1."""
    error = values.unsupported("n", "One at a time.", reason="unsupported_parameter")

    assert (error.where, error.message, error.reason) == ("n", "One at a time.", "unsupported_parameter")
