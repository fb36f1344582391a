"""The `bench` profile: streams of pre-rendered chunks at a fixed pace, with next to no work per request.

No validation, no log, no quota: the simulator must not be what a benchmark measures. Source: upstream.md 9.7.
"""

import asyncio
import time
from typing import Literal

from msgspec import Struct

from app.simulator.http import Exchange
from app.simulator.journal import Journal
from app.simulator.render import Json, chunk_json

Stamp = Literal["none", "metadata", "text"]

_FILLER = "All work and no play makes a simulator a dull stand-in. "
_NS_MARK = "0123456789012345678"
_HEX_MARK = "0123456789abcdef"
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Content-Disposition: attachment\r\nServer: ESF\r\n"
    b"X-Cloudaicompanion-Trace-Id: 65a12ae79a7cc9c0\r\nTransfer-Encoding: chunked\r\n\r\n"
)


class BenchKnobs(Struct, kw_only=True):
    """Shape of the streams.

    `interval_s` 0 sends everything in one write; `stamp` says where the send time goes.
    """

    chunks: int = 200
    interval_s: float = 0.0
    first_s: float = 0.0
    text_bytes: int = 40
    stamp: Stamp = "none"
    model: str = "gemini-3-flash"


class Stencil(Struct, frozen=True):
    """An HTTP chunk that was rendered before, with an optional gap for the send time."""

    before: bytes
    after: bytes = b""
    form: str = ""

    def bytes_at(self, ns: int) -> bytes:
        """The chunk as sent at that time."""
        if not self.form:
            return self.before
        return self.before + (self.form % ns).encode() + self.after


class BenchStreams:
    """Serves bench streams; keeps what was rendered until the knobs change."""

    def __init__(self, knobs: BenchKnobs, journal: Journal) -> None:
        self._journal = journal
        self.use(knobs)

    def use(self, knobs: BenchKnobs) -> None:
        """Render for new knobs; running streams keep their old chunks."""
        self.knobs = knobs
        self._middle = _stencil(knobs, is_last=False)
        self._last = _stencil(knobs, is_last=True)
        now = 0
        self._whole = b"".join([self._middle.bytes_at(now)] * (knobs.chunks - 1) + [self._last.bytes_at(now)])

    def serve(self, exchange: Exchange) -> None:
        """Answer a stream request without awaiting anything."""
        knobs = self.knobs
        self._journal.stream_opened()
        exchange.start_raw(_HEAD)
        if knobs.interval_s <= 0 and knobs.first_s <= 0 and knobs.stamp == "none":
            exchange.write_raw(self._whole)
            self.end(exchange)
            return
        loop = asyncio.get_running_loop()
        _Stream(self, exchange, loop, self._middle, self._last).begin()

    def end(self, exchange: Exchange) -> None:
        """The regular end of a stream, or the news that its client has left."""
        exchange.finish()
        self._journal.stream_closed(aborted=exchange.is_gone)


class _Stream:
    """One paced stream, driven by timers; it keeps to its schedule even when single timers are late."""

    def __init__(
        self,
        streams: BenchStreams,
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
        middle: Stencil,
        last: Stencil,
    ) -> None:
        self._streams = streams
        self._exchange = exchange
        self._loop = loop
        self._middle = middle
        self._last = last
        self._left = streams.knobs.chunks
        self._interval = streams.knobs.interval_s
        self._due = loop.time() + streams.knobs.first_s

    def begin(self) -> None:
        """Schedule the first chunk."""
        if self._due <= self._loop.time():
            self._step()
        else:
            self._loop.call_at(self._due, self._step)

    def _step(self) -> None:
        exchange = self._exchange
        while not exchange.is_gone and self._left:
            self._left -= 1
            stencil = self._middle if self._left else self._last
            exchange.write_raw(stencil.bytes_at(time.monotonic_ns()))
            self._due += self._interval
            if self._left and self._due > self._loop.time():
                self._loop.call_at(self._due, self._step)
                return
        self._streams.end(exchange)


def _stencil(knobs: BenchKnobs, *, is_last: bool) -> Stencil:
    text = (_FILLER * (knobs.text_bytes // len(_FILLER) + 1))[: knobs.text_bytes]
    if knobs.stamp == "text":
        text = f"@T{_HEX_MARK}@" + text
    candidate: dict[str, Json] = {"content": {"role": "model", "parts": [{"text": text}]}}
    usage: dict[str, Json] = {"promptTokenCount": 12, "candidatesTokenCount": knobs.chunks * 10}
    usage["totalTokenCount"] = 12 + knobs.chunks * 10
    if is_last:
        candidate["finishReason"] = "STOP"
    response: dict[str, Json] = {"candidates": [candidate], "usageMetadata": usage}
    response |= {"modelVersion": knobs.model, "responseId": "ypM9abPqFKWl0-kPvamgqQw"}
    body: dict[str, Json] = {"response": response, "traceId": "65a12ae79a7cc9c0"}
    if knobs.stamp == "metadata":
        body["metadata"] = {"simSentNs": _NS_MARK}
    event = f"data: {chunk_json(body)}\r\n\r\n".encode()
    framed = b"%x\r\n%b\r\n" % (len(event), event)
    if knobs.stamp == "none":
        return Stencil(framed)
    mark, form = (_NS_MARK, "%019d") if knobs.stamp == "metadata" else (_HEX_MARK, "%016x")
    before, _, after = framed.partition(mark.encode())
    return Stencil(before, after, form)
