"""Takes HTTP/1.1 requests off a buffer of bytes.

Strict about framing, because the simulator judges clients. Bounded. No I/O.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from msgspec import Struct

MAX_HEAD = 64 * 1024
MAX_BODY = 256 * 1024 * 1024

_CHUNKED = re.compile(r"(?:^|,)\s*chunked\s*$", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}$")


class Request(Struct):
    """One request, read to its end."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    has_length: bool = False

    @property
    def path(self) -> str:
        """The decoded path, without the query."""
        return unquote(self.target.split("?", 1)[0])

    @property
    def query(self) -> str:
        """The raw query string, without the question mark."""
        return self.target.partition("?")[2]


class BadRequestLine(Exception):
    """The bytes are no HTTP/1.1 request; `status` is the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RequestReader:
    """Takes whole requests off a buffer; keeps the head while the body is still coming."""

    def __init__(self) -> None:
        self._head: Request | None = None
        self._length = 0
        self._is_chunked = False
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, buffer: bytearray, send: Callable[[bytes], None]) -> Request | None:
        """The next request when it is complete, else None; what was used is removed from `buffer`."""
        if self._head is None and not self._read_head(buffer, send):
            return None
        request = self._head
        if request is None:
            return None
        body = self._read_chunks(buffer) if self._is_chunked else self._read_length(buffer)
        if body is None:
            return None
        self._head = None
        request.body = body
        return request

    def _read_head(self, buffer: bytearray, send: Callable[[bytes], None]) -> bool:
        while buffer.startswith(b"\r\n"):
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(buffer) > MAX_HEAD:
                raise BadRequestLine(431, "The request head is too large.")
            return False
        request = _parse_head(bytes(buffer[:end]))
        del buffer[: end + 4]
        self._begin_body(request)
        if request.headers.get("expect", "").lower() == "100-continue":
            send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head = request
        return True

    def _begin_body(self, request: Request) -> None:
        length = request.headers.get("content-length")
        self._is_chunked = bool(_CHUNKED.search(request.headers.get("transfer-encoding", "")))
        if self._is_chunked and length is not None:
            raise BadRequestLine(400, "Both Content-Length and Transfer-Encoding.")
        request.has_length = self._is_chunked or length is not None
        if length is not None and not (length.isascii() and length.isdigit()):
            raise BadRequestLine(400, "Content-Length is not a number.")
        self._length = int(length or 0)
        if self._length > MAX_BODY:
            raise BadRequestLine(413, "The request body is too large.")
        self._parts = []
        self._size = 0

    def _read_length(self, buffer: bytearray) -> bytes | None:
        if len(buffer) < self._length:
            return None
        body = bytes(buffer[: self._length])
        del buffer[: self._length]
        return body

    def _read_chunks(self, buffer: bytearray) -> bytes | None:
        while True:
            line_end = buffer.find(b"\r\n")
            if line_end < 0:
                return None
            digits = bytes(buffer[:line_end]).split(b";", 1)[0].strip()
            if not _CHUNK_SIZE.match(digits):
                raise BadRequestLine(400, "A chunk size is not a number.")
            size = int(digits, 16)
            if len(buffer) < line_end + 2 + size + 2:
                return None
            start = line_end + 2
            self._parts.append(bytes(buffer[start : start + size]))
            self._size += size
            del buffer[: start + size + 2]
            if self._size > MAX_BODY:
                raise BadRequestLine(413, "The request body is too large.")
            if size == 0:
                return b"".join(self._parts)


def _parse_head(head: bytes) -> Request:
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestLine(400, "The request line is malformed.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadRequestLine(400, "A header line is malformed.")
        headers[name.lower()] = value.strip()
    return Request(words[0], words[1], headers)
