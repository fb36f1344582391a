"""HTTP/2 without a socket."""

import asyncio

import h2.config
import h2.connection
import h2.events
import pytest
from h2.errors import ErrorCodes
from hypercorn.events import Closed, RawData, Updated

from app.server.floor import Abused
from app.server.http2 import Http2
from app.server.options import AsgiApp, ServerOptions
from tests.support.server import Message, Receive, Send, answer, http_only, read_body
from tests.support.wire import PEER, RecordedWire, a_floor

HEADERS = [(":method", "POST"), (":path", "/"), (":scheme", "http"), (":authority", "a")]


@http_only
async def echo(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, await read_body(receive))


class Talk:
    """A protocol and the client it talks to, in one process and one step at a time."""

    def __init__(self, wire: RecordedWire, app: AsgiApp = echo, options: ServerOptions | None = None) -> None:
        self.wire = wire
        self.floor = a_floor(app, options)
        self.server = Http2(self.floor, PEER, wire)
        self.client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.client.initiate_connection()

    async def step(self) -> list[h2.events.Event]:
        """Let the server have what the client has to say; what it answers comes back."""
        await self.server.handle(RawData(self.client.data_to_send()))
        await asyncio.sleep(0)
        return self.client.receive_data(self.wire.taken())

    async def begin(self) -> "Talk":
        """Exchange the settings."""
        await self.server.initiate()
        await self.step()
        return self


async def test_a_request_with_a_body_is_answered() -> None:
    """RFC 9113, 8.1."""
    async with RecordedWire() as wire:
        talk = await Talk(wire).begin()
        talk.client.send_headers(1, HEADERS)
        talk.client.send_data(1, b"hello", end_stream=True)
        await talk.server.handle(RawData(talk.client.data_to_send()))
        await wire.settled()
        events = talk.client.receive_data(wire.taken())

        pieces = [event.data or b"" for event in events if isinstance(event, h2.events.DataReceived)]
        assert b"".join(pieces) == b"hello"
        assert any(isinstance(event, h2.events.StreamEnded) for event in events)
        assert wire.events == [Updated(idle=False), Updated(idle=True)]


@pytest.mark.parametrize(
    "headers",
    [
        [(":method", "CONNECT"), (":authority", "a:443")],
        [(":method", "GET"), (":path", "/\u00e9"), (":scheme", "http"), (":authority", "a")],
        [(":method", "G3T"), (":path", "/"), (":scheme", "http"), (":authority", "a")],
    ],
)
async def test_a_request_that_cannot_be_served_is_reset(headers: list[tuple[str, str]]) -> None:
    """RFC 9113, 8.3.1; nothing here is a tunnel."""
    async with RecordedWire() as wire:
        talk = await Talk(wire).begin()
        talk.client.send_headers(1, headers, end_stream=True)
        [reset] = [event for event in await talk.step() if isinstance(event, h2.events.StreamReset)]

        assert reset.error_code == ErrorCodes.PROTOCOL_ERROR
        assert talk.server.is_idle


async def test_the_window_for_a_request_body_grows_only_as_the_application_takes_it() -> None:
    """faults.md rule 13."""
    may_read = asyncio.Event()

    @http_only
    async def patient(scope: Message, receive: Receive, send: Send) -> None:
        await may_read.wait()
        await echo(scope, receive, send)

    async with RecordedWire() as wire:
        talk = await Talk(wire, patient).begin()
        talk.client.send_headers(1, HEADERS)
        while window := talk.client.local_flow_control_window(1):
            talk.client.send_data(1, bytes(min(window, 16_384)))
            assert not any(isinstance(event, h2.events.WindowUpdated) for event in await talk.step())

        may_read.set()
        await asyncio.sleep(0)
        assert any(isinstance(event, h2.events.WindowUpdated) for event in await talk.step())


async def test_what_the_application_did_not_take_is_given_back_to_the_connection() -> None:
    """RFC 9113, 5.2: other streams share its window."""

    @http_only
    async def deaf(scope: Message, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            await asyncio.Event().wait()

    async with RecordedWire() as wire:
        talk = await Talk(wire, deaf).begin()
        before = talk.client.outbound_flow_control_window
        for stream in (1, 3, 5, 7):
            talk.client.send_headers(stream, HEADERS)
            while window := talk.client.local_flow_control_window(stream):
                talk.client.send_data(stream, bytes(min(window, 16_384)))
                await talk.step()
            talk.client.reset_stream(stream)
            await talk.step()

        assert talk.client.outbound_flow_control_window > before // 2


async def test_garbage_ends_the_connection_and_its_streams() -> None:
    """RFC 9113, 5.4.1."""
    async with RecordedWire() as wire:
        talk = await Talk(wire).begin()
        await talk.server.handle(RawData(b"\x00\x00\x01\x06\x00\x00\x00\x00\x00x"))  # a PING of one byte
        assert wire.is_closed

        await talk.server.handle(Closed())
        assert talk.server.closed


async def test_empty_frames_are_work_without_an_end() -> None:
    """faults.md F090."""
    async with RecordedWire() as wire:
        talk = await Talk(wire, options=ServerOptions(http2_control_frames=10)).begin()
        talk.client.send_headers(1, HEADERS)
        for _ in range(20):
            talk.client.send_data(1, b"")
        await talk.step()

        assert Abused("control frames") in wire.events
        assert wire.is_closed
