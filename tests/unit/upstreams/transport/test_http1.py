"""Responses from bytes, in any split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.upstreams.transport.http1 import Garbled, ResponseReader, parse_head

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes, has_body: bool = True) -> tuple[ResponseReader, bytes]:
    reader = ResponseReader(has_body=has_body)
    body = b""
    for piece in pieces:
        reader.feed(piece)
        body += reader.take()
    return reader, body


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    extension=st.sampled_from([b"", b";a=b", b" ; quoted"]),
    trailer=st.sampled_from([b"", b"x-trailer: 1\r\n"]),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_the_split_of_the_bytes_does_not_matter(
    chunks: list[bytes], extension: bytes, trailer: bytes, cuts: list[int]
) -> None:
    """RFC 9112, 7.1."""
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    wire = CHUNKED + framed + b"0\r\n" + trailer + b"\r\n"
    edges = sorted({0, len(wire), *(min(cut, len(wire)) for cut in cuts)})
    pieces = [wire[start:end] for start, end in pairwise(edges)]

    reader, body = read(*pieces)

    assert body == b"".join(chunks)
    assert reader.done
    assert reader.reusable


def test_byte_by_byte_is_a_split_too() -> None:
    """RFC 9112, 7.1."""
    wire = CHUNKED + b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"

    reader, body = read(*(bytes([byte]) for byte in wire))

    assert body == b"hello0123456789"
    assert reader.reusable


def test_all_that_came_with_one_feed_is_one_piece() -> None:
    """performance.md: joining what one read brought."""
    reader = ResponseReader()
    reader.feed(CHUNKED + b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n")

    assert reader.buffered == 3
    assert reader.take() == b"abc"
    assert reader.buffered == 0
    assert not reader.done


@pytest.mark.parametrize(
    ("wire", "body", "reusable"),
    [
        (OK + b"content-length: 5\r\n\r\nhello", b"hello", True),
        (OK + b"content-length: 5, 5\r\n\r\nhello", b"hello", True),
        (OK + b"content-length: 5\r\n\r\nhello!", b"hello", False),  # something behind the end
        (OK + b"content-length: 0\r\n\r\n", b"", True),
        (OK + b"content-length: 0\r\nconnection: close\r\n\r\n", b"", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", b"", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n", b"", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304\r\ncontent-length: 5\r\n\r\n", b"", True),
        (CHUNKED + b"0\r\n\r\nrest", b"", False),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: a\r\n\r\n"
            + OK
            + b"content-length: 1\r\n\r\nx",
            b"x",
            True,
        ),
        # Both ways to tell the length: the chunks count, and the connection is not trusted again.
        (OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", b"x", False),
    ],
)
def test_a_complete_response_says_whether_its_connection_may_go_on(
    wire: bytes, body: bytes, reusable: bool
) -> None:
    """RFC 9112, 6.3 and 9.3."""
    reader, got = read(wire)

    assert got == body
    assert reader.done
    assert reader.reusable is reusable


def test_a_body_without_a_length_lasts_until_the_close() -> None:
    """RFC 9112, 6.3, last case."""
    reader, body = read(OK + b"\r\n", b"one ", b"two")
    was_done = reader.done
    reader.feed_eof()

    assert body == b"one two"
    assert (was_done, reader.done) == (False, True)
    assert not reader.reusable


def test_a_body_with_a_length_is_not_complete_by_a_close() -> None:
    """faults.md rule 5."""
    reader, _ = read(OK + b"content-length: 10\r\n\r\nhalf")
    reader.feed_eof()

    assert not reader.done


def test_the_answer_to_a_head_request_has_no_body() -> None:
    """RFC 9110, 9.3.2."""
    reader, _ = read(OK + b"content-length: 10\r\n\r\n", has_body=False)

    assert reader.done
    assert reader.reusable


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b" folded: x\r\n\r\n",
        OK + b"name : x\r\n\r\n",
        OK + b"a: b\nc: d\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 5, 6\r\n\r\n",
        OK + "content-length: ５\r\n\r\n".encode(),
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n",
        CHUNKED + b"0x5\r\nhello\r\n",
        CHUNKED + b"+5\r\nhello\r\n",
        CHUNKED + b"5_0\r\nhello\r\n",
        CHUNKED + b"\r\nhello\r\n",
        CHUNKED + b"5\r\nhello!\r\n",
        CHUNKED + b"9" * 2000,
        CHUNKED + b"0\r\n" + b"x: y\r\n" * 5000,
        OK + b"x: " + b"y" * 70_000,
        OK + b"x: y\r\n" * 201 + b"\r\n",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(wire: bytes) -> None:
    """threats.md S43."""
    with pytest.raises(Garbled):
        read(wire)


def test_names_are_lower_case_and_repeated_fields_are_joined() -> None:
    """RFC 9110, 5.3."""
    head = parse_head(b"HTTP/1.1 200 Fine\r\nX-One: a \r\nx-one:b\r\nEmpty:")

    assert head.headers == {"x-one": "a, b", "empty": ""}
