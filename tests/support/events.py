"""Grammatical event streams for the tests of writers and renderers.

Builders for a single stream, hypothesis strategies for all of them. Never: bytes of a dialect.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from hypothesis import strategies as st

from app.errors import (
    EmptyAnswer,
    GatewayError,
    ShuttingDown,
    StreamCut,
    TimedOut,
    UpstreamBusy,
)
from app.ids import Ids
from app.ir.answer import Answer, Piece, unfold
from app.ir.events import ArgsDelta, Begin, End, Event, Extra, Fault, Reason, TextDelta, ThoughtDelta
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage

PIXEL = "iVBORw0KGgo="
"""Base64 of the first bytes of a PNG file."""


def an_answer(
    *pieces: Piece,
    reason: Reason | None = None,
    usage: Usage | None = None,
    raw: str = "",
    detail: str = "",
) -> Answer:
    """An answer with `pieces`; its reason is `tool` where a call is among them, else `stop`."""
    called = any(isinstance(piece, ToolCall) for piece in pieces)
    return Answer(
        id="resp-1",
        model="a-model",
        pieces=pieces,
        reason=reason or ("tool" if called else "stop"),
        usage=usage or Usage(prompt=10, output=5, known=True),
        raw=raw,
        detail=detail,
    )


def events_of(answer: Answer, begin_usage: Usage | None = None) -> list[Event]:
    """The shortest stream that amounts to `answer`."""
    events: list[Event] = list(unfold(answer))
    if begin_usage is not None:
        events[0] = Begin(answer.id, answer.model, begin_usage)
    return events


def cut_after(events: Sequence[Event], count: int, error: GatewayError) -> list[Event]:
    """The first `count` events, then a Fault."""
    return [*events[:count], Fault(error)]


def split_deltas(events: Iterable[Event], cut: Callable[[str], Sequence[str]]) -> Iterator[Event]:
    """`events` with each delta in the pieces that `cut` makes of it."""
    for event in events:
        match event:
            case TextDelta(text=text):
                yield from (TextDelta(piece) for piece in cut(text) if piece)
            case ThoughtDelta(text=text):
                yield from (ThoughtDelta(piece) for piece in cut(text) if piece)
            case ArgsDelta(json=args):
                yield from (ArgsDelta(piece) for piece in cut(args) if piece)
            case _:
                yield event


def counted_ids() -> Ids:
    """Ids that count: the first token ends in 1, the second in 2."""
    drawn = iter(range(1, 1_000_000))
    return Ids(lambda length: str(next(drawn)).rjust(length, "0"))


def texts(min_size: int = 0) -> st.SearchStrategy[str]:
    """Any text: blank ones, line ends, quotes, wide and combining characters, emoji."""
    spicy = st.sampled_from(
        ["\n", "\r\n", " ", '"', "\\", "\u2028", "\u00e9", "\u6f22", "\U0001f600", "```", "{"]
    )
    return (
        st.lists(st.one_of(spicy, st.text(max_size=8)), min_size=min_size, max_size=6)
        .map("".join)
        .filter(lambda text: len(text) >= min_size)
    )


def signatures() -> st.SearchStrategy[str | None]:
    """A signature or none."""
    return st.none() | st.text(alphabet="ABCDEFabcdef0123456789+/=", min_size=1, max_size=40)


def json_values() -> st.SearchStrategy[object]:
    """Any JSON value; integers stay within 64 bits and floats are exact."""
    leaf = (
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts() | st.floats(-1000, 1000, width=16)
    )
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=8,
    )


def arguments() -> st.SearchStrategy[bytes]:
    """JSON text of an object, compact or not, escaped or not."""
    return st.builds(
        lambda value, escaped, indent: json.dumps(value, ensure_ascii=escaped, indent=indent).encode(),
        st.dictionaries(st.text(max_size=6), json_values(), max_size=4),
        st.booleans(),
        st.none() | st.just(1),
    )


def usages() -> st.SearchStrategy[Usage]:
    """Token counts that add up: cached within prompt, thoughts within output."""
    small = st.integers(0, 5000)
    return st.builds(
        lambda fresh, cached, said, thought: Usage(
            prompt=fresh + cached, cached=cached, output=said + thought, thoughts=thought, known=True
        ),
        small,
        small,
        small,
        small,
    )


def blocks() -> st.SearchStrategy[Piece]:
    """A piece of an answer without its call id: calls get theirs in `answers`."""
    return st.one_of(
        st.builds(Text, texts(), signatures()),
        st.builds(Text, texts(min_size=1)),
        st.builds(Thought, texts(), signatures()),
        st.builds(
            ToolCall, st.just(""), st.sampled_from(["Bash", "Read", "mcp__a-b__c"]), arguments(), signatures()
        ),
        st.just(Blob("image/png", PIXEL)),
    )


@st.composite
def answers(draw: st.DrawFn, pieces: st.SearchStrategy[Piece] | None = None) -> Answer:
    """Any answer that a decoder may give: ids unique, the reason `tool` exactly where a call was made."""
    drawn = draw(st.lists(pieces or blocks(), max_size=6))
    numbered = tuple(
        ToolCall(f"call_{number}", piece.name, piece.args, piece.signature)
        if isinstance(piece, ToolCall)
        else piece
        for number, piece in enumerate(drawn)
    )
    others: list[Reason] = ["stop", "length", "blocked", "stop_sequence", "pause", "context_exceeded"]
    called = any(isinstance(piece, ToolCall) for piece in numbered)
    return Answer(
        id=draw(st.sampled_from(["", "resp-1"])),
        model="a-model",
        pieces=numbered,
        reason="tool" if called else draw(st.sampled_from(others)),
        usage=draw(st.just(Usage()) | usages()),
        raw=draw(st.sampled_from(["", "STOP", "SAFETY"])),
        detail=draw(st.sampled_from(["", "Because of the rules."])),
    )


@st.composite
def streams_of(draw: st.DrawFn, answer: Answer) -> list[Event]:
    """A stream that amounts to `answer`, its deltas split anywhere."""

    def cut(text: str) -> list[str]:
        marks = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
        edges = [0, *marks, len(text)]
        return [text[start:stop] for start, stop in pairwise(edges)]

    return list(split_deltas(unfold(answer), cut))


@st.composite
def answered_streams(
    draw: st.DrawFn, pieces: st.SearchStrategy[Piece] | None = None
) -> tuple[Answer, list[Event]]:
    """An answer and a stream that amounts to it."""
    answer = draw(answers(pieces))
    return answer, draw(streams_of(answer))


def faults() -> st.SearchStrategy[GatewayError]:
    """An error as it may end a stream."""
    return st.sampled_from(
        [
            StreamCut("The upstream's stream broke."),
            TimedOut("The upstream was silent for too long.", kind="idle"),
            UpstreamBusy("The model is out of capacity."),
            EmptyAnswer("The upstream answered with nothing."),
            ShuttingDown("The gateway is shutting down."),
        ]
    )


@st.composite
def broken_streams(draw: st.DrawFn) -> list[Event]:
    """A grammatical stream that a Fault ends, at any place."""
    _, events = draw(answered_streams())
    return cut_after(events, draw(st.integers(0, len(events) - 1)), draw(faults()))


def grounded(text: str, grounding: dict[str, object], usage: Usage | None = None) -> list[Event]:
    """A stream of one text block with what the upstream's search found, right before its end."""
    *body, end = events_of(an_answer(Text(text), usage=usage))
    assert isinstance(end, End)
    return [*body, Extra("grounding", json.dumps(grounding).encode()), end]
