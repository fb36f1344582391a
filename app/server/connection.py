"""One client's socket: bytes in, bytes out, and every limit of time on both.

Never: knowledge of HTTP beyond which protocol to begin with.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, cast

from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H2ProtocolAssumedError
from hypercorn.utils import parse_socket_addr

from app.server.floor import Abused, Floor, HeadBegun, Lingering, Peer
from app.server.http1 import Http1
from app.server.http2 import Http2

log = logging.getLogger("app.server")

_READ = 64 * 1024
_WRITE_HIGH_WATER = 64 * 1024
_YIELD_EVERY = 32  # writes
_CLOSE_S = 2.0


class Connection:
    """A connection that was accepted, until it is closed. `run` is its life."""

    def __init__(self, floor: Floor, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._floor = floor
        self._options = floor.options
        self._reader = reader
        self._writer = writer
        self._transport = cast("asyncio.Transport", writer.transport)
        self._loop = asyncio.get_running_loop()
        self._tasks = asyncio.TaskGroup()
        self._calls: set[asyncio.Task[None]] = set()
        self._protocol: Http1 | Http2
        self._timer: asyncio.TimerHandle | None = None
        self._writes = 0
        self._is_running = False

    async def run(self) -> None:
        """Serve until either side ends the connection and every application call on it has returned."""
        peer, is_http2 = self._introduce()
        tally = self._floor.tally
        tally.connections += 1
        try:
            async with self._tasks:
                self._protocol = (Http2 if is_http2 else Http1)(self._floor, peer, self)
                await self._serve(peer)
        finally:
            tally.connections -= 1
            self._disarm()
            self.abort()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run an application call as a part of the connection."""
        call = self._tasks.create_task(work)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    def cancel(self) -> None:
        """Cancel the application's calls; repeated, it reaches those that swallowed the first one."""
        for call in self._calls:
            call.cancel()

    def retire(self) -> None:
        """The server drains: end now when idle, else after what is under way."""
        if self._is_running:
            self.spawn(self._protocol.retire())

    def client_left(self) -> None:
        """The client has closed its side; called by the event loop, whatever the reading task waits for."""
        if self._is_running:
            self._is_running = False
            self.spawn(self._protocol.handle(Closed()))

    def abort(self) -> None:
        """Close the socket at once."""
        self._transport.abort()

    async def send(self, event: Event) -> None:
        """Do what the protocol asks for."""
        match event:
            case RawData():
                await self.write(event.data)
            case Updated():
                if event.idle:
                    self._arm(self._options.keepalive_timeout_s)
                else:
                    self._disarm()
            case HeadBegun():
                self._arm(self._options.header_timeout_s)
            case Lingering():
                if self._transport.can_write_eof():
                    self._transport.write_eof()
                self._arm(self._options.early_answer_s)
            case Abused():
                self._floor.tally.abused += 1
                log.info("client connection closed for abuse", extra={"why": event.why})
            case Closed():
                self._close()

    async def write(self, data: bytes) -> None:
        """Write to the client; wait while it reads slowly, and cut it off when it does not read at all."""
        if self._transport.is_closing():
            # An application that only sends, to a client that is gone, must not keep the loop to itself.
            await asyncio.sleep(0)
            return
        self._writer.write(data)
        self._writes += 1
        if self._transport.get_write_buffer_size() > _WRITE_HIGH_WATER:
            await self._drain()
        elif self._writes % _YIELD_EVERY == 0:
            await asyncio.sleep(0)

    async def _drain(self) -> None:
        """Wait for the client to read; one that reads nothing for the whole time limit is cut off."""
        while True:
            before = self._transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._options.write_timeout_s):
                    await self._writer.drain()
                return
            except TimeoutError:
                if self._transport.get_write_buffer_size() >= before:
                    self._floor.tally.stalled += 1
                    log.info("client connection closed: it stopped reading")
                    self.abort()
                    return
            except OSError:
                return  # the client is gone

    async def _serve(self, peer: Peer) -> None:
        """Read until the end. Once this has returned or failed, nothing is started on the connection."""
        self._is_running = True
        try:
            await self._protocol.initiate()
            self._arm(self._options.header_timeout_s)
            await self._read(peer)
        finally:
            self._is_running = False
        await self._protocol.handle(Closed())
        self._close()

    async def _read(self, peer: Peer) -> None:
        while self._is_running:
            try:
                data = await self._reader.read(_READ)
            except OSError:
                break
            if not data:
                break
            try:
                await self._protocol.handle(RawData(data))
            except H2ProtocolAssumedError as assumed:
                self._protocol = Http2(self._floor, peer, self)
                await self._protocol.initiate()
                await self._protocol.handle(RawData(assumed.data))

    def _close(self) -> None:
        """Send what is left, then close; by force when the client does not take it."""
        self._is_running = False
        if not self._transport.is_closing():
            self._transport.close()
            self._arm(_CLOSE_S, self.abort)

    def _introduce(self) -> tuple[Peer, bool]:
        """Who is there, and whether it wants HTTP/2 (by ALPN)."""
        family = self._transport.get_extra_info("socket").family
        names = [self._transport.get_extra_info(name) for name in ("peername", "sockname")]
        # A client that has gone already has no name any more.
        client, server = (parse_socket_addr(family, name) if name else None for name in names)
        tls = self._transport.get_extra_info("ssl_object")
        peer = Peer(client=client, server=server, is_tls=tls is not None)
        return peer, tls is not None and tls.selected_alpn_protocol() == "h2"

    def _arm(self, seconds: float, action: Any = None) -> None:
        self._disarm()
        self._timer = self._loop.call_later(seconds, action or self._time_out)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        """Nothing was asked in time: for HTTP/2 with a word, for HTTP/1.1 without."""
        self._timer = None
        if self._is_running:
            self.spawn(self._protocol.retire())
            self._arm(_CLOSE_S, self.abort)
