import pytest

from app.errors import StreamCut
from app.flow import EventFilter
from app.ir.answer import Answer, collect, unfold
from app.ir.events import (
    Begin,
    Close,
    End,
    Event,
    Extra,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
)
from app.ir.grammar import is_grammatical
from app.ir.parts import Text
from app.pipeline.filters import hide_thoughts, strip_fence, strip_prefill
from tests.support.events import an_answer
from tests.support.shaping import call, thought


def passed(one: EventFilter, events: list[Event]) -> list[Event]:
    out = [after for event in events for after in one(event)]
    assert is_grammatical(out)
    return out


def text_of(one: EventFilter, *texts: str, size: int = 1) -> str:
    """The visible text of an answer whose blocks are `texts`, in deltas of `size` characters."""
    events: list[Event] = [Begin("r", "m")]
    for text in texts:
        pieces = [TextDelta(text[i : i + size]) for i in range(0, len(text), size)]
        events += [TextOpen(), *pieces, Close()]
    answer = collect(passed(one, [*events, End("stop")]))
    return "|".join(piece.text for piece in answer.pieces if isinstance(piece, Text))


def run(one: EventFilter, answer: Answer) -> Answer:
    return collect(passed(one, list(unfold(answer))))


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("prefill", "reply", "shown"),
    [
        ("{", '{"a": 1}', '"a": 1}'),
        ("{", ' \n{"a": 1}', '"a": 1}'),
        ("{", "{", ""),
        ("{", "no", "no"),
        ("Dear Anna,", "Dear Ben", "Dear Ben"),
        ("Dear Anna,", "Dear Anna, hi", " hi"),
        ("Dear Anna, \n", "Dear Anna, hi", " hi"),
        ("Dear Anna,", "Dear", "Dear"),
        ("Dear Anna,", "  Dear", "  Dear"),
        ("  x", "  xy", "  xy"),
        ("{", "{{", "{"),
        ("   ", " x", " x"),
        ("", "x", "x"),
    ],
)
def test_a_repeated_prefill_is_taken_off(prefill: str, reply: str, shown: str, size: int) -> None:
    """anthropic.md 7.5; property 29: for any split."""
    assert text_of(strip_prefill(prefill), reply, size=size) == shown


def test_only_the_head_of_the_first_visible_text_counts() -> None:
    """anthropic.md 7.5."""
    assert text_of(strip_prefill("ab"), "  ", "abc", "abc") == "  |c|abc"
    assert text_of(strip_prefill("ab"), "xabc", "abc") == "xabc|abc"
    assert text_of(strip_prefill("ab"), "a", "b") == "a|b"


def test_a_block_of_which_nothing_is_left_is_dropped_whole() -> None:
    answer = an_answer(Text("{", "S"), call("t1"))

    assert run(strip_prefill("{"), answer) == an_answer(call("t1"))


def test_what_is_beside_the_text_passes_a_prefill() -> None:
    answer = an_answer(thought("{hm", "S"), Text("{ok", "X"), call("t1"))

    assert run(strip_prefill("{"), answer) == an_answer(thought("{hm", "S"), Text("ok", "X"), call("t1"))


def test_nothing_is_held_back_longer_than_needed() -> None:
    one = strip_prefill("abc")
    steps = [one(event) for event in (TextOpen(), TextDelta("a"), TextDelta("x"), TextDelta("y"))]

    assert steps == [(), (), (TextOpen(), TextDelta("ax")), (TextDelta("y"),)]


def test_held_text_is_not_lost_when_the_answer_breaks() -> None:
    one = strip_prefill("abc")
    fault = Fault(StreamCut("cut"))

    out = passed(one, [Begin("r", "m"), TextOpen(), TextDelta("ab"), fault])

    assert out == [Begin("r", "m"), TextOpen(), TextDelta("ab"), fault]


@pytest.mark.parametrize("text", ["abcd", "abc"])
def test_an_extra_inside_held_text_keeps_its_place(text: str) -> None:
    extra = Extra("citations", b"{}")
    events: list[Event] = [
        Begin("r", "m"),
        TextOpen(),
        TextDelta("a"),
        extra,
        TextDelta(text[1:]),
        Close(),
        End("stop"),
    ]

    out = passed(strip_prefill("abc"), events)

    middle = [TextOpen(), extra, TextDelta("d"), Close()] if text == "abcd" else [extra]
    assert out == [Begin("r", "m"), *middle, End("stop")]


def test_a_signature_stays_with_text_that_is_shown() -> None:
    events: list[Event] = [Begin("r", "m"), TextOpen(), TextDelta("ab"), Signed("S"), Close(), End("stop")]

    assert passed(strip_prefill("abc"), events) == events


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```\n{"a": 1}\n```\n', '{"a": 1}'),
        ('\n ```json\r\n{"a": 1}\r\n```  ', '{"a": 1}'),
        ('```json\n{"a": 1}```', '{"a": 1}'),
        ('```json\n{"a": 1}', '{"a": 1}'),
        ('```json\n{"a": 1}\n', '{"a": 1}\n'),
        ('```json\n{"a": 1}\n``', '{"a": 1}\n``'),
        ('{"a": 1}', '{"a": 1}'),
        ("``", "``"),
        ("``x", "``x"),
        ("```json", "```json"),
        ("```json {}", "```json {}"),
        ("```averyveryverylongname\n{}\n```", "```averyveryverylongname\n{}\n```"),
        ('```json\n{"md": "```js\\n```", "n": 1}\n```', '{"md": "```js\\n```", "n": 1}'),
        ("```json\n[1,\n\n2]\n```", "[1,\n\n2]"),
        ("```json\n{}\n```\nThat is it.\n```", "{}That is it.\n```"),
        ("   ", "   "),
        ("```json\n```", ""),
    ],
)
def test_a_code_fence_around_the_answer_is_taken_off(reply: str, shown: str, size: int) -> None:
    """anthropic.md 7.4, openai.md 5.6: both modes, also streaming."""
    assert text_of(strip_fence(), reply, size=size) == shown


def test_a_fence_may_span_blocks() -> None:
    assert text_of(strip_fence(), "  ", "```json\n{", "}\n```") == "  |{|}"


def test_at_most_sixteen_characters_are_held_at_the_head() -> None:
    """openai.md 5.6."""
    one = strip_fence()
    one(TextOpen())
    shown = [one(TextDelta(char)) for char in "```abcdefghijklmnop"]

    assert next(i for i, events in enumerate(shown) if events) <= 16


def test_hidden_thoughts_leave_everything_else() -> None:
    """anthropic.md 8.4: thought parts that arrive anyway are not delivered."""
    answer = an_answer(thought("hm", "S"), Text("ok", "X"), thought("", "T"), call("t1", signature="C"))

    assert run(hide_thoughts(), answer) == an_answer(Text("ok", "X"), call("t1", signature="C"))


def test_a_thought_that_breaks_off_stays_hidden() -> None:
    fault = Fault(StreamCut("cut"))
    events: list[Event] = [*unfold(an_answer(thought("hm")))][:3]

    assert passed(hide_thoughts(), [*events, fault]) == [events[0], fault]
