"""Decompression in bounded steps."""

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.upstreams.transport.inflate import STEP, Inflater, Undecodable, inflater_for


@given(data=st.binary(max_size=2000), cuts=st.lists(st.integers(0, 2100), max_size=6))
def test_the_split_of_the_bytes_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """RFC 1952."""
    wire = gzip.compress(data)
    edges = sorted({0, len(wire), *(min(cut, len(wire)) for cut in cuts)})
    inflater = Inflater("gzip")

    decoded = b"".join(piece for start, end in pairwise(edges) for piece in inflater.feed(wire[start:end]))
    inflater.end()

    assert decoded == data


def test_no_step_is_larger_than_the_bound() -> None:
    """faults.md T12."""
    pieces = Inflater("gzip").feed(gzip.compress(bytes(10 * STEP)))

    assert [len(piece) for piece in pieces] == [STEP] * 10


@pytest.mark.parametrize("wbits", [15, -15])
def test_deflate_may_come_with_a_header_or_without(wbits: int) -> None:
    """RFC 9110, 8.4.1.2: some senders omit the zlib header."""
    compress = zlib.compressobj(wbits=wbits)
    wire = compress.compress(b"hello") + compress.flush()
    inflater = Inflater("deflate")

    assert b"".join(inflater.feed(wire)) == b"hello"
    inflater.end()


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "identity"}, {"content-encoding": ""}])
def test_a_plain_body_needs_nothing(headers: dict[str, str]) -> None:
    """RFC 9110, 8.4."""
    assert inflater_for(headers) is None


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "unheard-of"])
def test_an_unknown_encoding_is_not_guessed(encoding: str) -> None:
    """RFC 9110, 8.4."""
    with pytest.raises(Undecodable):
        inflater_for({"content-encoding": encoding})


def test_what_follows_the_end_is_an_error() -> None:
    """RFC 1952: one member per body is all that servers send."""
    inflater = Inflater("gzip")
    with pytest.raises(Undecodable):
        list(inflater.feed(gzip.compress(b"a") + b"garbage"))
        inflater.end()
