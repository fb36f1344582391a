"""Bodies in any form and split."""

import json

import pytest

from app.errors import StreamCut, UpstreamGarbled
from app.ir.answer import collect
from app.ir.events import Event, Fault
from app.ir.parts import Text
from app.upstreams.gemini.framing import MAX_BODY_BYTES, Framing
from app.wire.sse import EventTooLarge
from tests.support.gemini import DONE, a_decoder, chunk, decoded, fault_of, saying, sse


@pytest.mark.parametrize("separator", ["\n\n", "\r\n\r\n", "\r\r"])
def test_line_ends_of_any_kind_end_lines(separator: str) -> None:
    """faults.md F058."""
    events = decoded(sse(chunk(saying("a\u2028b\u0085c")), DONE, separator=separator))

    assert collect(events).pieces == (Text("a\u2028b\u0085c"),)


def test_bare_chunks_are_read_like_wrapped_ones() -> None:
    """upstream.md 6.2."""
    assert decoded(sse(chunk(saying("a")), DONE, wrapped=False)) == decoded(sse(chunk(saying("a")), DONE))


@pytest.mark.parametrize("indent", [None, 2])
def test_json_in_place_of_a_stream_is_accepted(indent: int | None) -> None:
    """faults.md F034."""
    chunks = [chunk(saying("a")), chunk(saying("b"), finish="STOP")]
    array = json.dumps([{"response": one} for one in chunks], indent=indent).encode()
    single = json.dumps({"response": chunk(saying("ab"), finish="STOP")}, indent=indent).encode()

    for body in (array, b"\r\n " + single):
        assert collect(decoded([body[:7], body[7:]])).pieces == (Text("ab"),)


def test_other_text_in_place_of_a_stream_is_garbled() -> None:
    """faults.md F033."""
    assert isinstance(fault_of(decoded(b"<html><title>Oops</title></html>")), UpstreamGarbled)


def test_half_an_event_at_the_end_is_a_cut() -> None:
    """faults.md F040."""
    events = decoded(sse(chunk(saying("a"))) + b'data: {"response": {"cand')

    assert isinstance(fault_of(events), StreamCut)


def test_a_whole_event_without_its_blank_line_counts() -> None:
    """upstream.md 6.1."""
    body = sse(chunk(saying("a")), chunk(saying("b"), finish="STOP")).rstrip()

    assert collect(decoded(body)).pieces == (Text("ab"),)


def test_an_endless_event_is_given_up() -> None:
    """faults.md F059."""
    decoder = a_decoder()
    decoder.feed(sse(chunk(saying("a"))))

    events: list[Event] = []
    for _ in range(10):
        events += decoder.feed(b"data: " + b"x" * (4 * 1024 * 1024))

    assert [type(event) for event in events] == [Fault]
    assert decoder.is_over
    assert decoder.finish() == []


def test_text_that_looks_like_protocol_is_text() -> None:
    """faults.md F060."""
    text = "data: [DONE]\n\nevent: message_stop\n\n"

    assert collect(decoded(sse(chunk(saying(text)), DONE))).pieces == (Text(text),)


def test_a_mark_of_byte_order_is_passed_over() -> None:
    """faults.md F058."""
    body = b"\xef\xbb\xbf" + sse(chunk(saying("a")), DONE)

    assert collect(decoded([body[:1], body[1:2], body[2:]])).pieces == (Text("a"),)


def test_a_broken_array_is_a_cut() -> None:
    """faults.md F034 and F040."""
    body = json.dumps([chunk(saying("a"))]).encode()

    assert isinstance(fault_of(decoded(body[:-2])), StreamCut)


def test_an_endless_json_body_is_given_up() -> None:
    """faults.md F059."""
    decoder = a_decoder()

    events = [event for _ in range(9) for event in decoder.feed(b"[" + b" " * (4 * 1024 * 1024))]

    assert [type(event) for event in events] == [Fault]


def test_blanks_without_end_are_not_kept() -> None:
    """threats.md S43: an upstream may send blanks for as long as it likes."""
    framing = Framing()

    for _ in range(1000):
        assert framing.feed(b" \r\n" * 1000) == []

    assert len(framing._whole) == 0
    assert framing.feed(b'data: {"a":1}\n\n') == [b'{"a":1}']


def test_a_body_without_end_is_ended() -> None:
    """threats.md S20: a few compressed bytes stand for gigabytes of small events."""
    framing = Framing()
    piece = b'data: {"a":1}\n\n' * 70_000

    with pytest.raises(EventTooLarge):
        for _ in range(MAX_BODY_BYTES // len(piece) + 1):
            framing.feed(piece)
