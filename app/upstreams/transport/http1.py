"""HTTP/1.1 responses from bytes: head, framing, body.

Fed with raw bytes in any split; knows nothing of sockets or time. Everything that one feed brought to the
body is handed over in one piece, so that several upstream events in one read cost one step further up.
Never: decompression, redirects, tolerance for framing that two readers could understand differently.
Source: RFC 9112.
"""

import re
from enum import Enum, auto

from msgspec import Struct

MAX_HEAD = 64 * 1024
MAX_FIELDS = 200
_MAX_LINE = 1024
_MAX_TRAILERS = 16 * 1024

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?")
_FIELD_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?")
_SIZE_LINE = re.compile(_CHUNK_SIZE.pattern + rb"\r\n")
_NO_BODY = frozenset({204, 304})


class Garbled(Exception):
    """The peer does not speak HTTP/1.1, or not in a way that can be trusted."""


class Head(Struct, frozen=True):
    """Status and headers of a response; names in lower case, repeated fields joined by a comma."""

    status: int
    headers: dict[str, str]
    keep_alive: bool


class _Expect(Enum):
    HEAD = auto()
    FIXED = auto()  # `_left` bytes of body
    UNTIL_CLOSE = auto()
    CHUNK_SIZE = auto()
    CHUNK_DATA = auto()  # `_left` bytes of this chunk
    CHUNK_END = auto()
    TRAILERS = auto()
    NOTHING = auto()


class ResponseReader:
    """Reads one response.

    feed(the head of a chunked response and a chunk "abc") -> head is set, take() == b"abc"
    feed(the last chunk) -> done, reusable
    """

    __slots__ = (
        "_expect",
        "_has_body",
        "_left",
        "_pieces",
        "_rest",
        "_trailers",
        "buffered",
        "head",
        "reusable",
        "started",
    )

    def __init__(self, *, has_body: bool = True) -> None:
        self.head: Head | None = None
        self.buffered = 0  # bytes of body that wait to be taken
        self.started = False  # any byte has arrived
        self.reusable = False  # done, and the connection may carry another request
        self._has_body = has_body
        self._expect = _Expect.HEAD
        self._rest = b""
        self._left = 0
        self._trailers = 0
        self._pieces: list[bytes] = []

    @property
    def done(self) -> bool:
        """Whether the whole response has arrived."""
        return self._expect is _Expect.NOTHING

    def take(self) -> bytes:
        """All body bytes that have arrived since the last call."""
        pieces = self._pieces
        if not pieces:
            return b""
        self._pieces = []
        self.buffered = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def feed(self, data: bytes) -> None:
        """Take in what a read brought. Raises Garbled; the reader is of no use after that."""
        self.started = True
        if self._expect is _Expect.HEAD:
            data = self._read_head(data)
        if data:
            self._read_body(data)

    def feed_eof(self) -> None:
        """The peer has closed. Only a body that lasts until the close is complete by it."""
        if self._expect is _Expect.UNTIL_CLOSE:
            self._expect = _Expect.NOTHING

    def _read_head(self, data: bytes) -> bytes:
        """Consume heads, interim ones included; return what follows the final one."""
        data = self._rest + data
        while self._expect is _Expect.HEAD:
            end = data.find(b"\r\n\r\n")
            if end < 0 or end > MAX_HEAD:
                if len(data) > MAX_HEAD:
                    raise Garbled("the head of the response is too long")
                self._rest = data
                return b""
            head = parse_head(data[:end])
            data = data[end + 4 :]
            if head.status == 101:
                raise Garbled("the response switches protocols")
            if head.status >= 200:
                self._begin_body(head)
        self._rest = b""
        return data

    def _begin_body(self, head: Head) -> None:
        coding = head.headers.get("transfer-encoding")
        length = head.headers.get("content-length")
        keep_alive = head.keep_alive
        if not self._has_body or head.status in _NO_BODY:
            self._expect = _Expect.NOTHING
        elif coding is not None:
            if coding.strip().lower() != "chunked":
                raise Garbled("the response uses an unknown transfer coding")
            keep_alive = keep_alive and length is None
            self._expect = _Expect.CHUNK_SIZE
        elif length is not None:
            self._left = _content_length(length)
            self._expect = _Expect.FIXED if self._left else _Expect.NOTHING
        else:
            keep_alive = False
            self._expect = _Expect.UNTIL_CLOSE
        self.head = Head(head.status, head.headers, keep_alive)
        self.reusable = keep_alive and self._expect is _Expect.NOTHING

    def _read_body(self, data: bytes) -> None:
        if self._expect is _Expect.FIXED:
            if len(data) > self._left:
                self._finish(surplus=True)
                data = data[: self._left]
            elif len(data) == self._left:
                self._finish(surplus=False)
            self._left -= len(data)
            self._keep(data)
        elif self._expect is _Expect.UNTIL_CLOSE:
            self._keep(data)
        elif self._expect is _Expect.NOTHING:
            self.reusable = False
        else:
            self._read_chunks(self._rest + data if self._rest else data)

    def _read_chunks(self, data: bytes) -> None:
        at, end = 0, len(data)
        while at < end:
            if self._expect is _Expect.CHUNK_SIZE and (at := self._take_whole_chunks(data, at)) == end:
                break
            if self._expect is _Expect.CHUNK_DATA:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                self._keep(piece)
                if self._left:
                    break
                self._expect = _Expect.CHUNK_END
                continue
            eol = data.find(b"\r\n", at)
            if eol < 0:
                if end - at > _MAX_LINE:
                    raise Garbled("a line of the chunked body is too long")
                break
            if self._line_ends_body(data, at, eol):
                self._finish(surplus=eol + 2 < end)
                return
            at = eol + 2
        self._rest = data[at:]

    def _take_whole_chunks(self, data: bytes, at: int) -> int:
        """Keep the chunks that are there whole; give where the first other thing begins.

        A short way for what nearly every read consists of: a third of the cost, chunk by chunk.
        """
        while (size := _SIZE_LINE.match(data, at)) is not None:
            start = size.end()
            stop = start + int(size[1], 16)
            if stop == start or data[stop : stop + 2] != b"\r\n":
                break  # the last chunk, half of one, or a wrong one
            self._pieces.append(data[start:stop])
            self.buffered += stop - start
            at = stop + 2
        return at

    def _line_ends_body(self, data: bytes, at: int, eol: int) -> bool:
        """Interpret the line `data[at:eol]` between pieces of a chunked body."""
        if self._expect is _Expect.CHUNK_END:
            if eol != at:
                raise Garbled("a chunk is longer than it says")
            self._expect = _Expect.CHUNK_SIZE
        elif self._expect is _Expect.CHUNK_SIZE:
            size = _CHUNK_SIZE.fullmatch(data, at, eol)
            if size is None:
                raise Garbled("the size of a chunk cannot be read")
            self._left = int(size[1], 16)
            self._expect = _Expect.CHUNK_DATA if self._left else _Expect.TRAILERS
        else:
            self._trailers += eol - at
            if self._trailers > _MAX_TRAILERS:
                raise Garbled("the trailers of the response are too long")
            return eol == at
        return False

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self.buffered += len(piece)

    def _finish(self, *, surplus: bool) -> None:
        self._expect = _Expect.NOTHING
        self.reusable = self.head is not None and self.head.keep_alive and not surplus


def parse_head(raw: bytes) -> Head:
    """A response head without its blank line. Raises Garbled."""
    status_line, *lines = raw.split(b"\r\n")
    status = _STATUS_LINE.fullmatch(status_line)
    if status is None or len(lines) > MAX_FIELDS:
        raise Garbled("the head of the response cannot be read")
    headers: dict[str, str] = {}
    for line in lines:
        raw_name, colon, raw_value = line.partition(b":")
        if not colon or _FIELD_NAME.fullmatch(raw_name) is None or b"\n" in raw_value or b"\0" in raw_value:
            raise Garbled("a header of the response cannot be read")
        name = raw_name.decode("ascii").lower()
        value = raw_value.strip(b" \t").decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    connection = {token.strip() for token in headers.get("connection", "").lower().split(",")}
    keep_alive = "close" not in connection and (status[1] == b"1" or "keep-alive" in connection)
    return Head(int(status[2]), headers, keep_alive)


def _content_length(value: str) -> int:
    """Repeated equal values are one value (RFC 9110, 8.6)."""
    values = {part.strip() for part in value.split(",")}
    length = values.pop()
    if values or not length.isascii() or not length.isdigit() or len(length) > 15:
        raise Garbled("the length of the response cannot be read")
    return int(length)
