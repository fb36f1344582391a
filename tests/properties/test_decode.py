"""What holds for every answer of the upstream, well-formed or not, however its bytes are split."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.ir.answer import Answer, Collector
from app.ir.events import Begin, End, Event, Fault, TextDelta, ThoughtDelta, ToolOpen
from app.ir.grammar import is_grammatical
from app.ir.parts import Text, Thought, ToolCall
from tests.support.gemini import CLAUDE, GEMINI, bound, calling, chunk, decoded, saying, sse, thinking

FINISHES = ["STOP", "MAX_TOKENS", "SAFETY", "MALFORMED_FUNCTION_CALL", "OTHER", "BRAND_NEW", None]
BINDINGS = [
    bound(
        "get weather",
        {"properties": {"a": {"type": "integer"}}},
        wire_name="get_weather",
        placeholder="_noop",
    )
]

words = st.text(max_size=5) | st.sampled_from(
    ["This version of Antigravity", " is no longer supported.", "a", " ", "\n"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=5,
)
signatures = st.fixed_dictionaries({}, optional={"thoughtSignature": st.sampled_from(["S1", "S2", ""])})
names = st.sampled_from(["get_weather", "default_api:get_weather", "f", ""])
ids = st.sampled_from([None, "a", "b", "old", "not legal", "x" * 50])
counts = st.dictionaries(
    st.sampled_from(
        [
            "promptTokenCount",
            "candidatesTokenCount",
            "totalTokenCount",
            "thoughtsTokenCount",
            "cachedContentTokenCount",
        ]
    ),
    st.integers(-2, 500),
)

texts = st.builds(lambda text, more: saying(text, **more), words, signatures)
thoughts = st.builds(lambda text, more: thinking(text, **more), words, signatures)
calls = st.builds(
    lambda name, args, call_id, more: calling(name, args, call_id, **more),
    names,
    st.dictionaries(words, values, max_size=3),
    ids,
    signatures,
)
files = st.just({"inlineData": {"mimeType": "image/png", "data": "AAAA"}})
parts = st.one_of(texts, thoughts, calls, files)
good_chunks = st.builds(
    lambda given_parts, finish, usage: chunk(*given_parts, finish=finish, usage=usage),
    st.lists(parts, max_size=3),
    st.sampled_from([None, None, None, *FINISHES]),
    st.none() | counts,
)
LISTED = """
text thought functionCall inlineData name args id content parts candidates response error finishReason
usageMetadata promptTokenCount promptFeedback blockReason groundingMetadata thoughtSignature
"""
MEMBERS = LISTED.split()
odd_chunks = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=10,
)
odd_parts = st.builds(lambda given_parts: chunk(*given_parts), st.lists(odd_chunks, max_size=3))
streams = st.lists(good_chunks, max_size=6)
profiles = st.sampled_from([GEMINI, CLAUDE])


def split(body: bytes, places: list[int]) -> list[bytes]:
    cuts = sorted({place % (len(body) + 1) for place in places} | {0, len(body)})
    return [body[start:end] for start, end in pairwise(cuts)]


def heard(events: list[Event]) -> Answer | None:
    """What a stream amounts to, None where it failed."""
    collector = Collector()
    for event in events:
        collector.feed(event)
    return None if isinstance(events[-1], Fault) else collector.answer()


def comparable(events: list[Event]) -> list[Any]:
    """Events without the identity of errors."""
    return [repr(event.error) if isinstance(event, Fault) else event for event in events]


places = st.lists(st.integers(0, 10_000), max_size=12)


@given(st.lists(good_chunks | odd_parts | odd_chunks, max_size=6), profiles, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_chunks_make_a_grammatical_stream(chunks: list[Any], profile: Any, wrapped: bool) -> None:
    """architecture.md 20, property 2; anthropic.md 23, property 11."""
    events = decoded(sse(*chunks, wrapped=wrapped), profile, BINDINGS)

    assert is_grammatical(events)
    assert sum(isinstance(event, End | Fault) for event in events) == 1
    assert all(event.text for event in events if isinstance(event, TextDelta | ThoughtDelta))


@given(
    st.lists(
        st.binary(max_size=20) | st.sampled_from([b"data: ", b"\n\n", b"\r", b"{", b'"text":', b"[DONE]"]),
        max_size=10,
    )
)
@settings(deadline=None)
def test_any_bytes_make_a_grammatical_stream(reads: list[bytes]) -> None:
    """architecture.md 6.3: a decoder never raises for what the upstream sends."""
    assert is_grammatical(decoded(reads))


@given(
    st.lists(good_chunks | odd_parts, max_size=5),
    places,
    profiles,
    st.sampled_from(["\n\n", "\r\n\r\n", "\r\r"]),
)
@settings(max_examples=200, deadline=None)
def test_the_split_of_the_bytes_makes_no_difference(
    chunks: list[Any], cuts: list[int], profile: Any, separator: str
) -> None:
    """architecture.md 20, property 1."""
    body = sse(*chunks, separator=separator)

    whole = decoded(body, profile, BINDINGS)

    assert comparable(decoded(split(body, cuts), profile, BINDINGS)) == comparable(whole)


@given(streams, places, st.booleans())
@settings(deadline=None)
def test_json_in_place_of_a_stream_says_the_same(chunks: list[Any], cuts: list[int], pretty: bool) -> None:
    """faults.md F034."""
    array = json.dumps([{"response": one} for one in chunks], indent=2 if pretty else None).encode()

    found = decoded(split(array, cuts), GEMINI, BINDINGS)

    assert comparable(found) == comparable(decoded(sse(*chunks), GEMINI, BINDINGS))


def _until_finish(chunks: list[Any]) -> list[Any]:
    """The parts that count: none follow the finish."""
    found: list[Any] = []
    for one in chunks:
        candidate = one["candidates"][0]
        found += candidate.get("content", {}).get("parts", [])
        if candidate.get("finishReason"):
            break
    return found


@given(streams, profiles)
@example([chunk(saying("This version of Antigravity"), finish="STOP")], GEMINI)
@settings(max_examples=300, deadline=None)
def test_no_text_is_lost_doubled_or_moved(chunks: list[Any], profile: Any) -> None:
    """openai.md I4, anthropic.md 23 property 4."""
    answer = heard(decoded(sse(*chunks), profile, BINDINGS))

    if answer is None:
        return
    sent = _until_finish(chunks)
    visible = "".join(part["text"] for part in sent if "text" in part and not part.get("thought"))
    hidden = "".join(part["text"] for part in sent if part.get("thought"))
    assert "".join(piece.text for piece in answer.pieces if isinstance(piece, Text)) == visible
    assert "".join(piece.text for piece in answer.pieces if isinstance(piece, Thought)) == hidden


@given(streams, st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_call_is_delivered_once_under_an_id_of_its_own(chunks: list[Any], parallel: bool) -> None:
    """openai.md I5, anthropic.md 23 properties 5, 6 and 9."""
    events = decoded(
        sse(*chunks), GEMINI, BINDINGS, known_call_ids=frozenset({"old"}), parallel_calls=parallel
    )

    answer = heard(events)
    if answer is None:
        return
    sent = [part["functionCall"] for part in _until_finish(chunks) if "functionCall" in part]
    distinct = {(call["id"], call["name"], json.dumps(call["args"])) for call in sent if call.get("id")}
    due = len(distinct) + sum(not call.get("id") for call in sent)
    given_ids = [event.id for event in events if isinstance(event, ToolOpen)]
    assert len(given_ids) == (due if parallel else min(due, 1))
    assert len(set(given_ids)) == len(given_ids)
    assert "old" not in given_ids
    assert (answer.reason == "tool") == bool(given_ids)
    for piece in answer.pieces:
        if isinstance(piece, ToolCall):
            assert isinstance(json.loads(piece.args), dict)


@given(streams)
@settings(deadline=None)
def test_counts_add_up(chunks: list[Any]) -> None:
    """openai.md I7."""
    for event in decoded(sse(*chunks)):
        if isinstance(event, Begin | End):
            usage = event.usage
            assert 0 <= usage.cached <= usage.prompt
            assert 0 <= usage.thoughts <= usage.output


@given(st.lists(texts | thoughts, min_size=1, max_size=5), st.integers(1, 4))
@settings(deadline=None)
def test_how_text_is_cut_into_parts_makes_no_difference(sent: list[Any], size: int) -> None:
    """openai.md I3, anthropic.md 23 property 2."""
    plain = [{word: one for word, one in part.items() if word != "thoughtSignature"} for part in sent]
    pieces = [
        {**part, "text": part["text"][start : start + size]}
        for part in plain
        for start in range(0, max(1, len(part["text"])), size)
    ]
    done = chunk(finish="STOP")

    whole = heard(decoded(sse(*(chunk(part) for part in plain), done), CLAUDE))
    cut = heard(decoded(sse(*(chunk(part) for part in pieces), done), CLAUDE))

    assert cut == whole
