"""Width and height of a picture from the first bytes of its file.

Total: gives None for what it cannot read. Never: decoding of pixels.
Source: PNG (RFC 2083), GIF89a, JPEG (ITU T.81, SOF segments), WebP (RFC 9649).
"""

from typing import Final, NamedTuple

_JPEG_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


class Pixels(NamedTuple):
    """The size of a picture."""

    width: int
    height: int


def pixels_of(head: bytes) -> Pixels | None:
    """The size that the beginning of a file tells, None where it tells none."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return Pixels(int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return Pixels(int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    if head.startswith(b"\xff\xd8"):
        return _jpeg(head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp(head)
    return None


def _jpeg(head: bytes) -> Pixels | None:
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker in _JPEG_SIZES:
            return Pixels(
                int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
            )
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None


def _webp(head: bytes) -> Pixels | None:
    match head[12:16]:
        case b"VP8X":
            return Pixels(
                1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
            )
        case b"VP8L":
            packed = int.from_bytes(head[21:25], "little")
            return Pixels(1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF))
        case b"VP8 ":
            return Pixels(
                int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
            )
        case _:
            return None
