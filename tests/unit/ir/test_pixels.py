"""Sizes read from the first bytes of picture files."""

import pytest

from app.ir.pixels import Pixels, pixels_of

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
GIF = b"GIF89a" + (20).to_bytes(2, "little") + (10).to_bytes(2, "little")
SOF = b"\xff\xc2\x00\x11\x08" + (300).to_bytes(2, "big") + (400).to_bytes(2, "big")
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xd0" + b"\xff" + SOF
VP8X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
VP8L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (31 | 15 << 14).to_bytes(4, "little") + bytes(8)
VP8 = b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + (64).to_bytes(2, "little") + (32).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (PNG, (640, 480)),
        (GIF, (20, 10)),
        (JPEG, (400, 300)),
        (VP8X, (100, 50)),
        (VP8L, (32, 16)),
        (VP8, (64, 32)),
    ],
    ids=["png", "gif", "jpeg", "webp extended", "webp lossless", "webp lossy"],
)
def test_the_size_is_read_from_the_header(head: bytes, size: tuple[int, int]) -> None:
    """anthropic.md 18."""
    assert pixels_of(head) == Pixels(*size)
    assert pixels_of(head + b"more") == Pixels(*size)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"hello",
        PNG[:20],
        GIF[:8],
        b"\xff\xd8\xff\xe0\x00\x04ab",
        b"\xff\xd8 no marker here",
        VP8[:12] + b"????",
        VP8[:12] + b"ALPH" + bytes(20),
        VP8[:20],
    ],
)
def test_a_file_that_tells_no_size_gives_none(head: bytes) -> None:
    """anthropic.md 18: then a fixed number is used."""
    assert pixels_of(head) is None
