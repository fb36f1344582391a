"""Decompression in bounded steps.

A small input may stand for gigabytes: nothing here inflates more than `STEP` bytes at a time, so that the
reader decides after each step whether it wants more.
Never: input or output.
"""

import zlib
from collections.abc import Iterator

STEP = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_ENCODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_ZLIB_METHOD = 8  # in the lower half of the first byte, RFC 1950


class Undecodable(Exception):
    """The data is not what its `Content-Encoding` says, or the encoding is not one we know."""


class Inflater:
    """Decodes one `Content-Encoding`, fed in any split."""

    def __init__(self, encoding: str) -> None:
        wbits = _ENCODINGS.get(encoding.strip().lower())
        if wbits is None:
            raise Undecodable("unknown content encoding")
        self._wbits = wbits
        self._zlib = zlib.decompressobj(wbits)
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes of `data`, in steps. Raises Undecodable."""
        if data and not self._is_begun:
            self._begin(data[0])
        while data:
            if self._zlib.eof:
                raise Undecodable("something follows the compressed data")
            try:
                decoded = self._zlib.decompress(data, STEP)
            except zlib.error as exc:
                raise Undecodable("broken compressed data") from exc
            data = self._zlib.unconsumed_tail or self._zlib.unused_data
            if decoded:
                yield decoded

    def _begin(self, first: int) -> None:
        self._is_begun = True
        if self._wbits == zlib.MAX_WBITS and first & 0x0F != _ZLIB_METHOD:
            # Some senders of "deflate" leave the zlib header out.
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)

    def end(self) -> None:
        """The input is over. Raises Undecodable when it ended in the middle."""
        if not self._zlib.eof:
            raise Undecodable("compressed data ends early")


def inflater_for(headers: dict[str, str]) -> Inflater | None:
    """What the body needs, None for a plain one. Raises Undecodable."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    return None if encoding in {"", "identity"} else Inflater(encoding)
