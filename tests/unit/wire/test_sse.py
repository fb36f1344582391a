"""Server-sent events, byte by byte. Source: upstream.md 6.1, faults.md F044, F058, T13."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire import sse
from app.wire.sse import EventTooLarge, SseDecoder


def whole(body: bytes) -> list[bytes]:
    decoder = SseDecoder()
    return decoder.feed(body) + decoder.finish()


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b": hello\n\nevent: x\nid: 1\ndata: a\n\n", [b"a"]),
        (b"data: a", [b"a"]),
        (b"data: a\n", [b"a"]),
        (b"\n\n\n", []),
        (b"", []),
        (b"data:  a \n\n", [b" a "]),
        (b"data: a\n\n\ndata: b\n\n", [b"a", b"b"]),
    ],
)
def test_events_are_found_whatever_ends_the_lines(body: bytes, events: list[bytes]) -> None:
    assert whole(body) == events


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_other_separators_are_text(mark: str) -> None:
    text = f"a{mark}b".encode()

    assert whole(b"data: " + text + b"\n\n") == [text]


LINES = st.lists(st.sampled_from([b"data: a", b"data: b\xc3\xa9", b": c", b"", b"event: e"]), max_size=12)


@given(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 200), max_size=8))
def test_the_result_does_not_depend_on_the_split(lines: list[bytes], end: bytes, cuts: list[int]) -> None:
    body = end.join([*lines, b""])
    places = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    decoder = SseDecoder()

    events: list[bytes] = []
    for start, stop in pairwise(places):
        events += decoder.feed(body[start:stop])
    events += decoder.finish()

    assert events == whole(body)


@pytest.mark.parametrize("body", [b"data: " + b"x" * 64, b"data: xxxxxxxxx\n" * 8])
def test_an_endless_event_is_refused_before_it_fills_the_memory(body: bytes) -> None:
    decoder = SseDecoder(max_event_bytes=32)

    with pytest.raises(EventTooLarge):
        decoder.feed(body)


def test_frames_are_spelled_as_the_format_says() -> None:
    assert sse.data(b"{}") == b"data: {}\n\n"
    assert sse.event("ping", b"{}") == b"event: ping\ndata: {}\n\n"
    assert sse.comment("ping") == b": ping\n\n"
