"""Compressed request bodies, with a bound on what they become.

The bound is checked while inflating: a small body that would grow without end is refused at the bound.
"""

import io
import zlib
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from app.errors import BadRequest, TooLarge, UnsupportedEncoding

_MOST_LAYERS = 2
_ZSTD_WINDOW = 8 * 1024 * 1024


class _Broken(ValueError):
    """The data is not what its encoding says."""


def encodings_of(header: str) -> tuple[str, ...]:
    """Encodings to undo, outermost first. Raises UnsupportedEncoding."""
    names = [name.strip().lower() for name in header.split(",")]
    layers = tuple(reversed([name for name in names if name not in ("", "identity")]))
    for name in layers:
        if name not in _INFLATERS:
            raise UnsupportedEncoding(
                f"The content encoding `{name[:40]}` is not supported: send gzip, deflate, br or zstd."
            )
    if len(layers) > _MOST_LAYERS:
        raise UnsupportedEncoding(f"More than {_MOST_LAYERS} content encodings are not supported.")
    return layers


def inflate(body: bytes, layers: tuple[str, ...], limit: int) -> bytes:
    """`body` without its encodings. Raises TooLarge above `limit` bytes, BadRequest for broken data."""
    for name in layers:
        try:
            body = _INFLATERS[name](body, limit + 1)
        except (_Broken, zlib.error, brotli.error, zstandard.ZstdError) as exc:
            raise BadRequest(f"The body is not valid {name} data.", reason="invalid_encoding") from exc
        if len(body) > limit:
            raise TooLarge(f"The decompressed body is larger than {limit} bytes.")
    return body


def _gzip(body: bytes, most: int) -> bytes:
    return _zlib(body, most, 31)


def _deflate(body: bytes, most: int) -> bytes:
    """Both meanings of the name in use: with the zlib frame, and bare."""
    is_framed = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _zlib(body, most, 15 if is_framed else -15)


def _zlib(body: bytes, most: int, wbits: int) -> bytes:
    out = bytearray()
    while body:
        engine = zlib.decompressobj(wbits)
        out += engine.decompress(body, most - len(out))
        if len(out) >= most:
            break
        if not engine.eof:
            raise _Broken
        body = engine.unused_data if wbits == 31 else b""  # only gzip has members
    return bytes(out)


def _br(body: bytes, most: int) -> bytes:
    engine = brotli.Decompressor()
    out = bytearray(engine.process(body, output_buffer_limit=most))
    while len(out) < most and not engine.is_finished():
        more = engine.process(b"", output_buffer_limit=most - len(out))
        if not more:
            raise _Broken
        out += more
    return bytes(out)


def _zstd(body: bytes, most: int) -> bytes:
    engine = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    out = bytearray()
    with engine.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        while len(out) < most and (more := reader.read(min(most - len(out), 1 << 20))):
            out += more
    if not out and body:
        raise _Broken
    return bytes(out)


_INFLATERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _br,
    "zstd": _zstd,
}
