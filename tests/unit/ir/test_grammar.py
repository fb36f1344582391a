"""Which event may follow which. Source: architecture 5.2."""

import pytest

from app.errors import StreamCut
from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
    Close,
    End,
    Event,
    Extra,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.ir.grammar import Grammar, UngrammaticalStream, is_grammatical

BEGIN, END = Begin("r1", "m"), End("stop")
FAULT = Fault(StreamCut("cut"))


@pytest.mark.parametrize(
    "stream",
    [
        [BEGIN, END],
        [FAULT],
        [BEGIN, FAULT],
        [BEGIN, TextOpen(), TextDelta("a"), Close(), END],
        [BEGIN, TextOpen(), FAULT],
        [BEGIN, ThoughtOpen(), ThoughtDelta("t"), Signed("s"), Close(), TextOpen(), Close(), END],
        [BEGIN, ToolOpen("1", "f"), ArgsDelta("{}"), Signed("s"), Close(), END],
        [BEGIN, BlobOut("image/png", ""), Extra("grounding", b"{}"), END],
    ],
)
def test_whole_streams_are_grammatical(stream: list[Event]) -> None:
    assert is_grammatical(stream)


@pytest.mark.parametrize(
    "stream",
    [
        [],
        [BEGIN],
        [END],
        [BEGIN, BEGIN, END],
        [BEGIN, TextDelta("a"), END],
        [BEGIN, TextOpen(), ThoughtDelta("t"), Close(), END],
        [BEGIN, TextOpen(), ToolOpen("1", "f"), Close(), END],
        [BEGIN, TextOpen(), END],
        [BEGIN, TextOpen(), Signed("s"), TextDelta("a"), Close(), END],
        [BEGIN, END, TextOpen()],
        [BEGIN, FAULT, END],
    ],
)
def test_everything_else_is_not(stream: list[Event]) -> None:
    assert not is_grammatical(stream)


def test_an_illegal_event_raises_and_changes_nothing() -> None:
    grammar = Grammar()
    grammar.check(BEGIN)

    with pytest.raises(UngrammaticalStream, match="TextDelta"):
        grammar.check(TextDelta("a"))

    grammar.check(TextOpen())
    assert not grammar.is_over
