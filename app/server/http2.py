"""HTTP/2 towards clients: Hypercorn's protocol with flow control that reaches the application.

The application's call writes by itself, as far as the client's window allows, and waits for the window to
open; so nothing is queued, and no task stands between the two. A response that is aborted ends in RST_STREAM,
one that needs no more of its request too. A client that only makes work is sent away.
Never: sockets; timers other than the one for a window that stays shut.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from h2.errors import ErrorCodes
from h2.settings import SettingCodes, Settings
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Body, EndBody, InformationalResponse, Request, Response, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.typing import ConnectionState
from hypercorn.utils import filter_pseudo_headers
from hyperframe.frame import GoAwayFrame

from app.server.budget import Budget
from app.server.exchange import Exchange
from app.server.floor import Abused, Floor, Peer, Wire
from app.server.inbox import HIGH_WATER

_BURST = 16 * 1024  # written before the socket is asked whether it keeps up
_DEFAULT_WINDOW = 65_535  # RFC 9113, 6.9.2
_CONNECTION_WINDOW = 1024 * 1024  # request bodies of one client that the applications have not taken yet
_ABUSE_WINDOW_S = 10.0


@dataclass
class _Rest:
    """What may still come of a request that has been answered: so many bytes, until an instant."""

    size: int
    until: float


class Http2(H2Protocol):
    """One client connection that speaks HTTP/2."""

    streams: dict[int, Exchange]  # type: ignore[assignment]  # ours replace Hypercorn's throughout

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
        self.connection.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: floor.options.http2_streams,
                SettingCodes.MAX_HEADER_LIST_SIZE: floor.options.max_head_bytes,
                SettingCodes.INITIAL_WINDOW_SIZE: HIGH_WATER,
            },
        )
        self._floor = floor
        self._peer = peer
        self._wire = wire
        self._last_accepted = 0
        self._windows: dict[int, asyncio.Future[None]] = {}  # streams that wait for theirs to open
        self._lingering: dict[int, _Rest] = {}  # answered streams whose request is still coming
        self._resets = Budget(floor.options.http2_resets, _ABUSE_WINDOW_S)
        self._controls = Budget(floor.options.http2_control_frames, _ABUSE_WINDOW_S)

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return not self.streams

    async def initiate(self, headers: object = None, settings: object = None) -> None:
        """Say hello. There is no upgrade from HTTP/1.1, hence neither `headers` nor `settings`."""
        self.connection.initiate_connection()
        self.connection.increment_flow_control_window(_CONNECTION_WINDOW - _DEFAULT_WINDOW)
        await self._flush()

    async def retire(self) -> None:
        """The server drains: an idle connection ends now, a busy one after its last response."""
        # A busy one is not told before it asks for more: clients built on h2, httpx among them, drop their
        # running streams when they see a GOAWAY.
        if self.is_idle:
            await self._end(ErrorCodes.NO_ERROR)

    async def handle(self, event: Event) -> None:
        """Take in bytes, or the end of the connection."""
        if isinstance(event, RawData):
            try:
                events = self.connection.receive_data(event.data)
            except h2.exceptions.ProtocolError:
                await self._flush()
                await self.send(Closed())
            else:
                await self._handle_events(events)
        elif isinstance(event, Closed):
            self.closed = True
            for stream_id in list(self.streams):
                await self._close_stream(stream_id)
            self._open_windows()

    async def stream_send(self, event: StreamEvent) -> None:
        """Send a piece of a response; for a stream that has ended meanwhile, nothing."""
        try:
            match event:
                case Body():
                    await self._send_body(event.stream_id, event.data)
                case Response() | InformationalResponse():
                    status = (b":status", b"%d" % event.status_code)
                    self.connection.send_headers(
                        event.stream_id, [status, *event.headers, *self.config.response_headers("h2")]
                    )
                    await self._flush()
                case EndBody():
                    self.connection.end_stream(event.stream_id)
                    self.streams[event.stream_id].is_response_complete = True
                    await self._flush()
                case StreamClosed():
                    await self._retire_stream(event.stream_id)
        except (KeyError, h2.exceptions.ProtocolError):
            # The application learns of it by the disconnect; until then its sends go nowhere, and an
            # application that does nothing but send must not keep the loop to itself.
            await asyncio.sleep(0)

    async def send_piece(self, stream_id: int, data: bytes) -> None:
        """Send a piece of the body; for a stream that has ended meanwhile, nothing."""
        try:
            await self._send_body(stream_id, data)
        except h2.exceptions.ProtocolError:
            await asyncio.sleep(0)

    async def _flush(self) -> None:
        data = self.connection.data_to_send()
        if data:
            await self._wire.write(data)

    async def _send_body(self, stream_id: int, data: bytes) -> None:
        at, unflushed = 0, 0
        while at < len(data):
            window = self.connection.local_flow_control_window(stream_id)
            if window <= 0:
                await self._flush()
                unflushed = 0
                if not await self._window(stream_id):
                    return
                continue
            piece = data[at : at + min(window, self.connection.max_outbound_frame_size)]
            self.connection.send_data(stream_id, piece)
            at += len(piece)
            unflushed += len(piece)
            if unflushed >= _BURST:
                await self._flush()
                unflushed = 0
        await self._flush()

    async def _window(self, stream_id: int) -> bool:
        """Wait until more may be sent; False when the stream was given up."""
        if self.closed or stream_id not in self.streams:
            return False
        opened = self._windows[stream_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._floor.options.write_timeout_s):
                await opened
        except TimeoutError:
            await self._reset(stream_id, ErrorCodes.CANCEL)
            await self._close_stream(stream_id)
            return False
        finally:
            self._windows.pop(stream_id, None)
        return True

    def _open_windows(self, stream_id: int = 0) -> None:
        """Wake who waits for the window of `stream_id`, or everybody when it is the connection's."""
        waiting = list(self._windows.values()) if stream_id == 0 else [self._windows.get(stream_id)]
        for opened in waiting:
            if opened is not None and not opened.done():
                opened.set_result(None)

    async def _handle_events(self, events: list[h2.events.Event]) -> None:
        for event in events:
            match event:
                case h2.events.DataReceived():
                    self._take_data(event)
                case h2.events.WindowUpdated():
                    self._open_windows(event.stream_id or 0)
                case h2.events.RequestReceived():
                    await self._accept(event)
                case h2.events.StreamEnded():
                    self._end_request(event.stream_id or 0)
                case h2.events.StreamReset():
                    await self._take_reset(event)
                case h2.events.RemoteSettingsChanged():
                    self._open_windows()
                    self._control()
                case (
                    h2.events.PingReceived() | h2.events.PriorityUpdated() | h2.events.UnknownFrameReceived()
                ):
                    self._control()
                case h2.events.ConnectionTerminated():
                    await self.send(Closed())
        if self._controls.is_spent or self._resets.is_spent:
            await self.send(Abused("resets" if self._resets.is_spent else "control frames"))
            await self._end(ErrorCodes.ENHANCE_YOUR_CALM)
        await self._flush()

    def _control(self) -> None:
        self._controls.spend()

    def _take_data(self, event: h2.events.DataReceived) -> None:
        """Hand a piece of a request body to the application; the window grows when it takes it."""
        stream_id, size = event.stream_id or 0, event.flow_controlled_length or 0
        if not event.data and event.stream_ended is None:
            self._control()
        stream = self.streams.get(stream_id)
        if stream is None or stream.inbox.is_closed:
            # Sent before the client knew that its request had been answered.
            self.connection.acknowledge_received_data(size, stream_id)
            self._take_rest(stream_id, size)
        else:
            body = {"type": "http.request", "body": event.data or b"", "more_body": True}
            stream.inbox.add(body, size)

    def _take_rest(self, stream_id: int, size: int) -> None:
        """Discard what is left of an answered request, within bounds."""
        rest = self._lingering.get(stream_id)
        if rest is None:
            return
        rest.size -= size
        if rest.size < 0 or asyncio.get_running_loop().time() > rest.until:
            del self._lingering[stream_id]
            with suppress(h2.exceptions.ProtocolError):  # ended by the client meanwhile
                self.connection.reset_stream(stream_id, ErrorCodes.NO_ERROR)

    def _end_request(self, stream_id: int) -> None:
        self._lingering.pop(stream_id, None)
        stream = self.streams.get(stream_id)
        if stream is not None:
            stream.is_request_complete = True
            stream.inbox.add({"type": "http.request", "body": b"", "more_body": False}, 0)

    async def _take_reset(self, event: h2.events.StreamReset) -> None:
        self._lingering.pop(event.stream_id or 0, None)
        if event.stream_id in self.streams:  # some clients repeat it for every frame that was under way
            self._resets.spend()
            await self._close_stream(event.stream_id)

    async def _accept(self, event: h2.events.RequestReceived) -> None:
        """Start the exchange for a request, or refuse it."""
        stream_id = event.stream_id or 0
        if self.context.terminated.is_set():
            await self._reset(stream_id, ErrorCodes.REFUSED_STREAM)
            # h2 takes its own GOAWAY for the end of everything, so this one is written past it.
            goaway = GoAwayFrame(0, last_stream_id=self._last_accepted, error_code=ErrorCodes.NO_ERROR)
            await self._wire.write(goaway.serialize())
            return
        pseudo = {name: value for name, value in event.headers or () if name.startswith(b":")}
        method, path = pseudo.get(b":method", b""), pseudo.get(b":path", b"")
        if method == b"CONNECT" or not (method.isalpha() and path.isascii()):
            await self._reset(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return

        async def acknowledge(size: int) -> None:
            await self._acknowledge(stream_id, size)

        exchange = Exchange(self._floor, self._peer, self._wire, self, stream_id, acknowledge)
        self.streams[stream_id] = exchange
        self._last_accepted = stream_id
        await exchange.handle(
            Request(
                stream_id=stream_id,
                headers=filter_pseudo_headers(event.headers or []),
                http_version="2",
                method=method.decode("ascii").upper(),
                raw_path=path,
                state=self.connection_state,
            )
        )
        await self.send(Updated(idle=False))

    async def _acknowledge(self, stream_id: int, size: int) -> None:
        if not self.closed:
            self.connection.acknowledge_received_data(size, stream_id)
            await self._flush()

    async def _retire_stream(self, stream_id: int) -> None:
        """The application is done with a stream: end what either side has left open."""
        stream = self.streams[stream_id]
        if not stream.is_response_complete:
            await self._reset(stream_id, ErrorCodes.INTERNAL_ERROR)
        elif not stream.is_request_complete:
            # Not reset at once: clients built on h2, httpx among them, send their whole request before they
            # look for an answer, and see none when the stream is reset meanwhile.
            options = self._floor.options
            until = asyncio.get_running_loop().time() + options.early_answer_s
            self._lingering[stream_id] = _Rest(options.early_answer_bytes, until)
        await self._close_stream(stream_id)
        if self.is_idle and self.context.terminated.is_set():
            await self._end(ErrorCodes.NO_ERROR)
        else:
            await self.send(Updated(idle=self.is_idle))

    async def _close_stream(self, stream_id: int) -> None:
        """Forget a stream; its application gets a disconnect."""
        stream = self.streams.pop(stream_id, None)
        if stream is None:
            return
        unread = stream.inbox.pending
        await stream.handle(StreamClosed(stream_id=stream_id))
        if unread:  # the connection's window belongs to the other streams too
            await self._acknowledge(stream_id, unread)
        self._open_windows(stream_id)

    async def _reset(self, stream_id: int, code: ErrorCodes) -> None:
        try:
            self.connection.reset_stream(stream_id, code)
        except h2.exceptions.ProtocolError:
            return  # ended by the client, or with the connection
        await self._flush()

    async def _end(self, code: ErrorCodes) -> None:
        """Say goodbye to the whole connection and close it."""
        with suppress(h2.exceptions.ProtocolError):  # raised when it has ended already
            self.connection.close_connection(code)
        await self._flush()
        await self.send(Closed())
