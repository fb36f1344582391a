"""Small true PNG pictures, made with nothing but zlib."""

import math
import struct
import zlib
from random import Random

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BASES = {"1K": 256, "2K": 384, "4K": 512}


def size_for(aspect_ratio: str, image_size: str) -> tuple[int, int]:
    """Width and height of the asked ratio; far smaller than the real thing, which nobody needs here."""
    across, _, down = aspect_ratio.partition(":")
    base = _BASES.get(image_size, 256)
    wide, high = int(across), int(down)
    if wide >= high:
        return base, max(1, round(base * high / wide))
    return max(1, round(base * wide / high)), base


def png(width: int, height: int, rng: Random, *, at_least: int = 0) -> bytes:
    """A disc before a gradient, in seeded colours; padded with an ignorable chunk to `at_least` bytes."""
    sky, ground, sun = (bytes(rng.randrange(256) for _ in range(3)) for _ in range(3))
    radius = min(width, height) // 4
    rows = bytearray()
    for y in range(height):
        share = y / max(1, height - 1)
        colour = bytes(round(a + (b - a) * share) for a, b in zip(sky, ground, strict=True))
        half = math.isqrt(max(0, radius * radius - (y - height // 2) ** 2))
        left = width // 2 - half
        rows += b"\x00" + colour * left + sun * (2 * half) + colour * (width - left - 2 * half)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    picture = _SIGNATURE + _chunk(b"IHDR", header)
    tail = _chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + _chunk(b"IEND", b"")
    missing = at_least - len(picture) - len(tail) - 12
    if missing > 0:
        picture += _chunk(b"siMf", rng.randbytes(missing))
    return picture + tail


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
