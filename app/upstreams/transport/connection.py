"""One connection to an upstream and the response that is being read from it.

A bare `asyncio.Protocol`: no reader task, no lock, one future while somebody waits. Whoever holds the
connection either reads its response to the end or aborts it; aborting is synchronous, so nothing that is
cancelled can leave a half-used connection behind.
Never: choosing a peer, retrying, or keeping time, except that a write must make progress.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from app.upstreams.transport.http1 import Garbled, Head, ResponseReader
from app.upstreams.transport.target import Origin

READ_HIGH_WATER = 256 * 1024
WRITE_PIECE = 256 * 1024


class PeerLost(Exception):
    """The connection ended before the response did. `silent`: not one byte of the response had come."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__("the connection ended early")
        self.silent = silent


class WriteStalled(Exception):
    """The peer accepts no more of the request."""


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection. Used by one exchange at a time; between exchanges it belongs to the pool."""

    __slots__ = (
        "_failure",
        "_is_read_paused",
        "_is_write_paused",
        "_on_lost",
        "_reader",
        "_sent_all",
        "_transport",
        "_waiter",
        "idle_since",
        "is_lost",
        "origin",
        "served",
    )

    def __init__(self, origin: Origin, on_lost: Callable[["Connection"], None]) -> None:
        self.origin = origin
        self.is_lost = False
        self.served = 0  # responses read to their end
        self.idle_since = 0.0  # set by the pool, on the loop's clock
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._failure: Garbled | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._sent_all = False
        self._is_read_paused = False
        self._is_write_paused = False

    # What an exchange does with it.

    async def send(self, head: bytes, body: bytes, *, write_s: float, has_body: bool = True) -> None:
        """Write a request and expect its response. Stops early when the answer comes early.

        Raises WriteStalled when the peer takes nothing for `write_s` seconds.
        """
        self._reader = ResponseReader(has_body=has_body)
        self._sent_all = False
        if len(body) <= WRITE_PIECE:
            self._write(head + body)
        else:
            self._write(head)
            for start in range(0, len(body), WRITE_PIECE):
                await self._drain(write_s)
                if self._is_answered():
                    return
                self._write(body[start : start + WRITE_PIECE])
        self._sent_all = True
        await self._drain(write_s)

    async def head(self) -> Head:
        """Wait for status and headers. Raises PeerLost or Garbled. No time limit: that is the caller's."""
        reader = self._response()
        while reader.head is None:
            await self._change()
        return reader.head

    async def read(self) -> bytes:
        """All of the body that has arrived, waiting for some; empty at its end.

        Raises PeerLost or Garbled.
        """
        reader = self._response()
        while True:
            if reader.buffered:
                data = reader.take()
                if self._is_read_paused:
                    self._resume_reading()
                return data
            if reader.done:
                return b""
            await self._change()

    def finish(self) -> bool:
        """End the exchange; True when the connection may carry another one."""
        reader = self._response()
        reusable = reader.reusable and not reader.buffered and self._is_quiet()
        self._reader = None
        self.served += 1
        return reusable

    def abort(self) -> None:
        """Close at once and for good. For the peer this is the sign to stop generating."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop does with it.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        # Not checked with isinstance: uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Feed the response; a peer that speaks without being asked is not trusted any further."""
        reader = self._reader
        if reader is None:
            self.abort()
            return
        try:
            reader.feed(data)
        except Garbled as exc:
            self._failure = exc
            self.abort()
        if reader.buffered > READ_HIGH_WATER and not self._is_read_paused and self._transport is not None:
            self._is_read_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the reader, the waiter and the pool."""
        self.is_lost = True
        if self._reader is not None and exc is None:
            self._reader.feed_eof()
        self._wake()
        self._on_lost(self)

    def pause_writing(self) -> None:
        """The peer is slower than we are."""
        self._is_write_paused = True

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._is_write_paused = False
        self._wake()

    # How it waits.

    def _write(self, data: bytes) -> None:
        # A transport that has seen the peer close drops what is written, or raises; the loss follows at once.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def _drain(self, write_s: float) -> None:
        while self._is_write_paused and not self._is_answered():
            try:
                async with asyncio.timeout(write_s):
                    await self._sleep()
            except TimeoutError as exc:
                raise WriteStalled from exc

    def _is_answered(self) -> bool:
        return self.is_lost or self._failure is not None or self._response().head is not None

    async def _change(self) -> None:
        """Wait until something has arrived; raise when nothing can arrive any more."""
        if self._failure is not None:
            raise self._failure
        if self.is_lost:
            raise PeerLost(silent=not self._response().started)
        await self._sleep()

    async def _sleep(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _is_quiet(self) -> bool:
        """Whether nothing of the request is left to send: a peer may answer before it has read all."""
        sent = self._sent_all and self._transport is not None and not self._transport.get_write_buffer_size()
        return sent and not self.is_lost

    def _resume_reading(self) -> None:
        self._is_read_paused = False
        if self._transport is not None and not self.is_lost:
            self._transport.resume_reading()

    def _response(self) -> ResponseReader:
        if self._reader is None:
            raise RuntimeError("no exchange is under way on this connection")
        return self._reader
