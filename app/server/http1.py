"""HTTP/1.1 towards clients: Hypercorn's protocol with stricter heads and a readable end.

`Upgrade` is ignored, be it to h2c (a front proxy that forwards it could be walked past) or to WebSocket,
which nothing here speaks. HTTP/2 with prior knowledge is recognised by its preface.
Never: sockets, timers.
"""

from typing import Any, cast

import h11
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Body, EndBody, Request, Response
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import STREAM_ID, H2ProtocolAssumedError, H11Protocol
from hypercorn.typing import ConnectionState

from app.server.exchange import Exchange
from app.server.floor import Floor, HeadBegun, Lingering, Peer, Wire

_PREFACE_HEAD = b"PRI * HTTP/2.0\r\n\r\n"


class Http1(H11Protocol):
    """One client connection that speaks HTTP/1.1."""

    connection: h11.Connection
    stream: Exchange | None

    def __init__(self, floor: Floor, peer: Peer, wire: Wire) -> None:
        super().__init__(
            cast("Any", floor.app),  # only exchanges call it
            floor.config,
            floor.context,
            cast("Any", wire),  # only exchanges start tasks
            ConnectionState(floor.state),
            peer.is_tls,
            peer.client,
            peer.server,
            wire.send,
        )
        self._floor = floor
        self._peer = peer
        self._wire = wire
        self._to_discard = floor.options.early_answer_bytes
        self._is_over = False
        self._is_deaf = False  # what comes cannot be understood, and has been answered
        self._allows_chunks = False  # the client of this request understands them
        self._is_chunked = False  # the response under way is sent in them
        self._is_head_begun = True  # the connection begins with a limit for its first head
        self._held: list[bytes] = []  # of the response, for the next write

    @property
    def is_idle(self) -> bool:
        """Whether the connection waits between two requests."""
        return self.stream is None

    async def retire(self) -> None:
        """The server drains: an idle connection ends now, a busy one after its response."""
        if self.is_idle:
            await self.send(Closed())

    async def handle(self, event: Event) -> None:
        """Take in bytes, or the end of the connection."""
        if isinstance(event, Closed):
            self._is_over = True
            await self.can_read.set()  # for a request that was pipelined behind the last one
        if self._is_deaf:
            await self._ignore(event)
            return
        await super().handle(event)
        if self.is_idle and not self._is_head_begun and self.connection.trailing_data[0]:
            self._is_head_begun = True  # once: a head that drips in gets no more time
            await self.send(HeadBegun())

    async def stream_send(self, event: StreamEvent) -> None:
        """Send a piece of the response. One that begins before the request has ended ends the connection."""
        if isinstance(event, Response) and event.status_code >= 200 and self._must_close():
            event = Response(event.stream_id, [*event.headers, (b"connection", b"close")], event.status_code)
        await super().stream_send(event)
        if isinstance(event, Response):
            self._is_chunked = self._allows_chunks and all(
                name.lower() != b"content-length" for name, _ in event.headers
            )

    async def send_piece(self, stream_id: int, data: bytes) -> None:
        """Send a piece of the body. A chunk is framed here: h11's bookkeeping costs more than the write."""
        if self._is_chunked and self.connection.our_state is h11.SEND_BODY:
            await self._write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            await self.stream_send(Body(stream_id, data))
            await self._write(b"")

    async def _write(self, data: bytes) -> None:
        """Write what was held, and `data`."""
        if self._held:
            data = b"".join((*self._held, data))
            self._held.clear()
        if data:
            await self._wire.write(data)

    async def _send_h11_event(self, event: h11.Event) -> None:
        """Send a part of the response. A head waits for the body, and the last piece for the end of it:
        they follow at once, and the write less takes about 5 % off a short answer."""
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response | h11.Data):
            self._held.append(data or b"")
        else:
            await self._write(data or b"")

    async def _handle_events(self) -> None:
        while True:
            if self.connection.they_are_waiting_for_100_continue:
                await self._send_h11_event(h11.InformationalResponse(status_code=100, headers=[]))
            try:
                event = self.connection.next_event()
            except h11.RemoteProtocolError as error:
                await self._refuse(error.error_status_hint)
                return
            if not await self._take(event):
                return

    async def _take(self, event: object) -> bool:
        """Act on one event; False when there is nothing more to be had for now."""
        if isinstance(event, h11.Request):
            return await self._begin(event)
        if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
            return False
        if event is h11.PAUSED:
            if self._is_over:
                return False
            await self.can_read.clear()
            await self.can_read.wait()
        elif self.stream is None:
            return await self._discard(event)
        elif isinstance(event, h11.Data):
            await self.stream.handle(Body(STREAM_ID, bytes(event.data)))
        elif isinstance(event, h11.EndOfMessage):
            await self.stream.handle(EndBody(STREAM_ID))
        return True

    async def _begin(self, request: h11.Request) -> bool:
        """Start the exchange for `request`; False when it was refused."""
        if request.http_version == b"2.0" and request.method == b"PRI" and request.target == b"*":
            if (
                self._floor.options.http2_cleartext
                and not self._peer.is_tls
                and self.keep_alive_requests == 0
            ):
                raise H2ProtocolAssumedError(_PREFACE_HEAD + self.connection.trailing_data[0])
            await self._refuse(505)
            return False
        headers = list(request.headers)
        names = [name for name, _ in headers]
        size = len(request.target) + sum(len(name) + len(value) + 4 for name, value in headers)
        if size > self._floor.options.max_head_bytes:
            await self._refuse(431)
            return False
        if b"content-length" in names and b"transfer-encoding" in names:
            # Two readers may disagree where such a request ends, and the second half is the attack.
            await self._refuse(400)
            return False
        await self.send(Updated(idle=False))
        self._is_head_begun = False
        self._allows_chunks = request.http_version >= b"1.1"
        self.stream = Exchange(self._floor, self._peer, self._wire, self, STREAM_ID)
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=headers,
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii").upper(),
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1
        return True

    async def _refuse(self, status: int) -> None:
        """Answer what cannot be understood, and close."""
        if self.connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await self._send_error_response(status)
        self._is_deaf = self._is_head_begun = True
        await self.send(Lingering())

    async def _ignore(self, event: Event) -> None:
        if isinstance(event, RawData):
            self._to_discard -= len(event.data)
            if self._to_discard <= 0:
                await self.send(Closed())
        elif self.stream is not None:
            await self._close_stream()

    async def _discard(self, event: object) -> bool:
        """Swallow the rest of a request that has its answer; False when that is over."""
        if isinstance(event, h11.Data):
            self._to_discard -= len(event.data)
            if self._to_discard > 0:
                return True
        await self.send(Closed())
        return False

    async def _maybe_recycle(self) -> None:
        await self._write(b"")  # of a response that the application did not finish
        ended_early = (
            self.connection.our_state is h11.MUST_CLOSE and self.connection.their_state is h11.SEND_BODY
        )
        if not ended_early:
            await super()._maybe_recycle()
            return
        # Closing with unread data resets the connection, and the reset overtakes the answer on its way.
        self._is_head_begun = True
        await self._close_stream()
        await self.can_read.set()
        await self.send(Lingering())

    def _must_close(self) -> bool:
        return self.context.terminated.is_set() or self.connection.their_state is h11.SEND_BODY
