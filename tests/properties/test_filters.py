"""Filters keep the grammar, lose nothing they should not, and do not depend on how text is split."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StreamCut
from app.flow import EventFilter
from app.ir.answer import collect
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
from app.ir.grammar import is_grammatical
from app.ir.parts import Text
from app.pipeline.filters import hide_thoughts, strip_fence, strip_prefill

FILTERS: dict[str, Callable[[], EventFilter]] = {
    "prefill": lambda: strip_prefill("```j{ "),
    "fence": strip_fence,
    "thoughts": hide_thoughts,
}

BLOCKS: dict[str, tuple[Event, Callable[[str], Event]]] = {
    "text": (TextOpen(), TextDelta),
    "thought": (ThoughtOpen(), ThoughtDelta),
    "tool": (ToolOpen("t", "f"), ArgsDelta),
}

chars = st.text(alphabet='`{}\n\r ja"', max_size=12)
fenced = st.builds(
    lambda name, body, end: f"```{name}\n{body}\n```{end}", st.sampled_from(["", "json"]), chars, chars
)
visible = st.one_of(chars, fenced)
signed = st.sampled_from([[], [Signed("S")]])


def split(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The same stream in two splits."""
    first: list[Event] = [Begin("r", "m")]
    second: list[Event] = [Begin("r", "m")]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["text", "thought", "tool", "blob", "extra"]))
        if kind == "blob":
            events: list[Event] = [BlobOut("image/png", "QUJD")]
            first += events
            second += events
        elif kind == "extra":
            first.append(Extra("grounding", b"{}"))
            second.append(Extra("grounding", b"{}"))
        else:
            text = draw(visible)
            end: list[Event] = [*draw(signed), Close()]
            for events in (first, second):
                pieces = split(text, draw(st.lists(st.integers(0, 30), max_size=6)))
                opening, delta = BLOCKS[kind]
                events.append(opening)
                events.extend(map(delta, pieces))
                events.extend(end)
    return [*first, End("stop")], [*second, End("stop")]


def run(one: EventFilter, events: list[Event]) -> list[Event]:
    return [out for event in events for out in one(event)]


@pytest.mark.parametrize("name", sorted(FILTERS))
@given(streams())
def test_the_split_does_not_matter(name: str, both: tuple[list[Event], list[Event]]) -> None:
    """openai.md I3, anthropic.md 23 property 2."""
    first, second = (run(FILTERS[name](), events) for events in both)

    assert is_grammatical(first)
    assert is_grammatical(second)
    assert collect(first) == collect(second)
    assert TextDelta("") not in first


@pytest.mark.parametrize("name", sorted(FILTERS))
@given(streams(), st.integers(0, 30))
def test_a_break_at_any_point_is_within_the_grammar(
    name: str, both: tuple[list[Event], list[Event]], at: int
) -> None:
    cut: list[Event] = [*both[0][: min(at, len(both[0]) - 1)], Fault(StreamCut("cut"))]

    assert is_grammatical(run(FILTERS[name](), cut))


@given(st.text(alphabet="ab {", max_size=6), st.text(alphabet="ab {\n", max_size=12))
def test_a_prefill_is_taken_off_and_nothing_else(prefill: str, reply: str) -> None:
    """anthropic.md 23, property 29."""
    head = prefill.rstrip()
    begun = reply.lstrip()
    expected = begun[len(head) :] if head and begun.startswith(head) else reply

    events: list[Event] = [Begin("r", "m"), TextOpen(), *map(TextDelta, reply), Close(), End("stop")]
    pieces = collect(run(strip_prefill(prefill), events)).pieces

    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == expected
