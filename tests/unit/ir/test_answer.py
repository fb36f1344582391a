"""Answers are collected from events and unfold into them again. Source: architecture 5.2, 20 (4)."""

import pytest

from app.errors import StreamCut
from app.ir.answer import Answer, Collector, collect, unfold
from app.ir.events import Begin, Close, End, Extra, Fault, TextDelta, TextOpen
from app.ir.grammar import is_grammatical
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage

ANSWER = Answer(
    id="r1",
    model="m",
    pieces=(
        Thought("why", "sig"),
        Text("because"),
        ToolCall("c1", "look", b'{"at":"it"}', "sig2"),
        Blob("image/png", "AAAA"),
        Extra("grounding", b"{}"),
    ),
    reason="tool",
    usage=Usage(prompt=3, output=4, known=True),
    raw="STOP",
)


def test_an_unfolded_answer_is_a_grammatical_stream() -> None:
    assert is_grammatical(unfold(ANSWER))


def test_collecting_what_was_unfolded_gives_the_answer_back() -> None:
    assert collect(unfold(ANSWER)) == ANSWER


def test_fragments_of_a_block_are_joined() -> None:
    answer = collect([Begin("r", "m"), TextOpen(), TextDelta("a"), TextDelta("b"), Close(), End("stop")])

    assert answer.pieces == (Text("ab"),)


def test_an_extra_inside_text_stands_behind_the_text() -> None:
    extra = Extra("citations", b"[]")
    answer = collect(
        [Begin("r", "m"), TextOpen(), TextDelta("a"), extra, TextDelta("b"), Close(), End("stop")]
    )

    assert answer.pieces == (Text("ab"), extra)


def test_a_faulty_stream_has_no_answer() -> None:
    collector = Collector()
    collector.feed(Begin("r", "m"))
    collector.feed(Fault(StreamCut("cut")))

    assert collector.is_over
    with pytest.raises(StreamCut):
        collector.answer()
