"""Compressed request bodies. Source: faults.md F092, openai.md 1."""

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest, TooLarge, UnsupportedEncoding
from app.web.inflate import encodings_of, inflate

TEXT = b'{"model": "m"}' * 50
LIMIT = 10_000


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


PACKED = {
    "gzip": [
        gzip.compress(TEXT, mtime=0),
        gzip.compress(TEXT[:7], mtime=0) + gzip.compress(TEXT[7:], mtime=0),
    ],
    "deflate": [zlib.compress(TEXT), raw_deflate(TEXT)],
    "br": [brotli.compress(TEXT)],
    "zstd": [zstandard.compress(TEXT)],
}


@pytest.mark.parametrize(
    ("name", "packed"), [(name, packed) for name, forms in PACKED.items() for packed in forms]
)
def test_every_encoding_in_all_its_forms_is_undone(name: str, packed: bytes) -> None:
    assert inflate(packed, encodings_of(name), LIMIT) == TEXT


def test_stacked_encodings_are_undone_from_the_outside_in() -> None:
    packed = brotli.compress(gzip.compress(TEXT))

    assert inflate(packed, encodings_of("gzip, br"), LIMIT) == TEXT


@pytest.mark.parametrize("header", ["", "identity", " identity , "])
def test_identity_is_no_encoding(header: str) -> None:
    assert encodings_of(header) == ()


@pytest.mark.parametrize("header", ["zz", "gzip, zz", "gzip, gzip, gzip"])
def test_unknown_or_too_many_encodings_are_refused(header: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        encodings_of(header)


BOMB = b"\0" * 50_000_000


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(BOMB)),
        ("deflate", zlib.compress(BOMB)),
        ("br", brotli.compress(BOMB, quality=5)),
        ("zstd", zstandard.compress(BOMB)),
    ],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_a_body_that_would_grow_without_end_is_refused_at_the_limit(name: str, packed: bytes) -> None:
    with pytest.raises(TooLarge):
        inflate(packed, (name,), LIMIT)


@pytest.mark.parametrize(
    ("name", "packed"), [(name, packed) for name, forms in PACKED.items() for packed in forms[:1]]
)
def test_a_body_of_exactly_the_limit_passes(name: str, packed: bytes) -> None:
    assert inflate(packed, (name,), len(TEXT)) == TEXT
    with pytest.raises(TooLarge):
        inflate(packed, (name,), len(TEXT) - 1)


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=200))
def test_broken_data_is_the_callers_fault(name: str, junk: bytes) -> None:
    try:
        inflate(junk, (name,), LIMIT)
    except BadRequest as error:
        assert error.reason == "invalid_encoding"


@pytest.mark.parametrize("name", ["gzip", "br"])
def test_truncated_data_is_broken_data(name: str) -> None:
    with pytest.raises(BadRequest):
        inflate(PACKED[name][0][:-9], (name,), LIMIT)
