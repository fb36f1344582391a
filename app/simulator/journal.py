"""The request log: what came in, what was decided, what went out.

A bounded ring in memory and, when a path is given, one JSON line per request. Access tokens are shortened
in both.
"""

from collections import Counter, deque
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec import Struct, field

RING_SIZE = 10_000
MAX_BLAMES = 1_000
BODY_BUDGET = 64 * 1024 * 1024


class Entry(Struct, kw_only=True):
    """One request. `result` says how validation ended; `effects` are the fault rules that struck."""

    number: int
    at: float
    host: str
    method: str
    headers: dict[str, str] = field(default_factory=dict)
    raw_body: bytes = b""
    account: str = ""
    email: str = ""
    model: str = ""
    project: str = ""
    request_id: str = ""
    session_id: str = ""
    status: int = 0
    result: str = ""
    effects: list[str] = field(default_factory=list)
    bytes_out: int = 0
    duration_s: float = 0.0
    aborted_at: float | None = None
    chunks_out: int = 0

    @property
    def body(self) -> Any:
        """The decoded JSON body; None when there was none, it was no JSON, or it had to make room."""
        try:
            return msgspec.json.decode(self.raw_body) if self.raw_body else None
        except msgspec.DecodeError:
            return None

    def shown(self) -> dict[str, Any]:
        """All members with the body decoded."""
        members = {name: getattr(self, name) for name in self.__struct_fields__ if name != "raw_body"}
        return members | {"body": self.body}


class Journal:
    """Keeps entries and counts them.

    open() at the start of a request, close() exactly once at its end.
    """

    def __init__(self, path: str | None = None) -> None:
        self.entries: deque[Entry] = deque(maxlen=RING_SIZE)
        self.misbehaviour: list[str] = []
        self.counters: Counter[str] = Counter()
        self.open_streams = 0
        self.max_open_streams = 0
        self.aborted_streams = 0
        self._serial = 0
        self._bodies: deque[Entry] = deque()
        self._body_bytes = 0
        self._file: TextIO | None = Path(path).open("a", encoding="utf-8") if path else None  # noqa: SIM115 - closed in close_file

    def open(self, *, at: float, host: str, method: str, headers: dict[str, str]) -> Entry:
        """A new entry, already in the ring."""
        self._serial += 1
        shown = {
            name: _shorten(value) if name == "authorization" else value for name, value in headers.items()
        }
        entry = Entry(number=self._serial, at=at, host=host, method=method, headers=shown)
        self.entries.append(entry)
        return entry

    def keep_body(self, entry: Entry, body: bytes) -> None:
        """Keep the body of a request; the oldest bodies make room when there are too many bytes."""
        entry.raw_body = body
        self._bodies.append(entry)
        self._body_bytes += len(body)
        while len(self._bodies) > 1 and (self._body_bytes > BODY_BUDGET or len(self._bodies) > RING_SIZE):
            oldest = self._bodies.popleft()
            self._body_bytes -= len(oldest.raw_body)
            oldest.raw_body = b""

    def close(self, entry: Entry, *, now: float) -> None:
        """Finish an entry, count it, write it down."""
        entry.duration_s = now - entry.at
        labels = (f"method:{entry.method}", f"host:{entry.host}", f"status:{entry.status}")
        self.counters.update(labels)
        if entry.account:
            self.counters[f"account:{entry.account}"] += 1
        if entry.model:
            self.counters[f"model:{entry.model}"] += 1
        if self._file is not None:
            self._file.write(msgspec.json.encode(entry.shown()).decode() + "\n")
            self._file.flush()

    def stream_opened(self) -> None:
        """A generating request began."""
        self.open_streams += 1
        self.max_open_streams = max(self.max_open_streams, self.open_streams)

    def stream_closed(self, *, aborted: bool) -> None:
        """A generating request ended; `aborted` when the client left before that."""
        self.open_streams -= 1
        self.aborted_streams += aborted

    def blame(self, text: str) -> None:
        """Write down something that a good client does not do; beyond `MAX_BLAMES` no more is kept."""
        if len(self.misbehaviour) < MAX_BLAMES:
            self.misbehaviour.append(text)

    def clear(self) -> None:
        """Forget everything but what is still open."""
        self.entries.clear()
        self.misbehaviour.clear()
        self.counters.clear()
        self.aborted_streams = 0
        self.max_open_streams = self.open_streams
        self._serial = 0
        self._bodies.clear()
        self._body_bytes = 0

    def close_file(self) -> None:
        """Close the JSONL file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _shorten(value: str) -> str:
    return value if len(value) < 24 else f"{value[:20]}…{value[-4:]}"
