"""Server-sent events: an incremental decoder and the frames that dialects send.

Only CR, LF and CRLF end a line: other separators are text (faults.md 7, T13). Never: JSON.
"""

from collections.abc import Iterator
from typing import Final

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024

DONE: Final = b"data: [DONE]\n\n"

_DATA: Final = b"data: "


class EventTooLarge(ValueError):
    """An event grew over the limit before it ended."""


class SseDecoder:
    """Bytes in any split to the data of whole events.

    feed(b"data: a\\r") -> [] ; feed(b"\\n\\r\\ndata: b\\n\\n") -> [b"a", b"b"] ; finish() -> []

    Several data lines of an event are joined by LF; comments and other fields are passed over.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._skip_lf = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Data of the events that end within `chunk`. Raises EventTooLarge."""
        # Only where a line ends: what a large event brings piece by piece is joined once.
        if b"\n" in chunk and not (self._data or self._skip_lf):
            whole = bytes(self._rest) + chunk if self._rest else chunk
            stop = whole.rfind(b"\n") + 1
            rest = whole[stop:]
            if b"\r" not in rest and (events := _plain_events(whole[:stop])):
                self._rest.clear()
                self._keep(rest)
                return events
        return list(self._lines(chunk))

    def finish(self) -> list[bytes]:
        """Data of an event that the end of the stream cut short of its blank line."""
        return list(self._lines(b"\n\n"))

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if b"\n" not in chunk and b"\r" not in chunk:
            self._keep(chunk)
            return
        whole = bytes(self._rest) + chunk
        self._skip_lf = whole.endswith(b"\r")
        lines = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest.clear()
        last = lines.pop()
        for line in lines:
            if line:
                self._line(line)
            elif self._data:
                yield b"\n".join(self._data)
                self._data.clear()
                self._size = 0
        self._keep(last)

    def _keep(self, rest: bytes) -> None:
        self._rest += rest
        if len(self._rest) + self._size > self._max:
            raise EventTooLarge(f"an event is larger than {self._max} bytes")

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return
        data = line[6:] if line[5:6] == b" " else line[5:]
        self._data.append(data)
        self._size += len(data)
        if self._size > self._max:
            raise EventTooLarge(f"an event is larger than {self._max} bytes")


def _plain_events(chunk: bytes) -> list[bytes]:
    """The events of a chunk that is nothing but whole events of one data line, as upstreams usually send
    them; none where it is anything else. Less than half the cost of going line by line."""
    end = b"\r\n\r\n" if chunk.endswith(b"\r\n") else b"\n\n"
    if not (chunk.startswith(_DATA) and chunk.endswith(end)):
        return []
    events = chunk[len(_DATA) : -len(end)].split(end + _DATA)
    feeds = 2 * len(events)
    returns = feeds if b"\r" in end else 0
    return events if chunk.count(b"\n") == feeds and chunk.count(b"\r") == returns else []


def comment(text: str) -> bytes:
    """A line that keeps a connection warm and means nothing."""
    return f": {text}\n\n".encode()


def data(payload: bytes) -> bytes:
    """An event without a name."""
    return b"data: " + payload + b"\n\n"


def event(name: str, payload: bytes) -> bytes:
    """A named event."""
    return b"event: " + name.encode() + b"\ndata: " + payload + b"\n\n"
