"""One request and its response, as the application sees them."""

import asyncio

import pytest
from hypercorn.protocol.events import Body, EndBody, Event, Request, Response, StreamClosed
from hypercorn.typing import ConnectionState

from app.server.exchange import Exchange
from app.server.options import AsgiApp
from tests.support.server import Message, Receive, Send, answer, finish, http_only, piece, start
from tests.support.wire import PEER, RecordedWire, a_floor

HEAD = Request(
    stream_id=1,
    headers=[(b"host", b"gateway.test"), (b"x-test", b"1")],
    http_version="1.1",
    method="POST",
    raw_path=b"/a%20b?c=d",
    state=ConnectionState({}),
)


class Channel:
    """Keeps what an exchange sends."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.pieces: list[bytes] = []

    async def stream_send(self, event: Event) -> None:
        self.events.append(event)

    async def send_piece(self, stream_id: int, data: bytes) -> None:
        self.pieces.append(data)


def an_exchange(wire: RecordedWire, app: AsgiApp) -> tuple[Exchange, Channel]:
    channel = Channel()
    return Exchange(a_floor(app), PEER, wire, channel, 1), channel


async def test_the_application_is_told_what_was_asked_and_by_whom() -> None:
    """ASGI: the HTTP scope."""
    scopes: list[Message] = []

    @http_only
    async def noting(scope: Message, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send, b"")

    async with RecordedWire() as wire:
        exchange, _ = an_exchange(wire, noting)
        await exchange.handle(HEAD)
        await wire.settled()

    [scope] = scopes
    assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/a b", b"c=d")
    assert (scope["client"], scope["scheme"]) == (PEER.client, "http")
    assert scope["headers"] == HEAD.headers


async def test_pieces_of_a_stream_go_the_short_way_and_the_rest_the_long_one() -> None:
    """performance.md: per streamed event."""

    @http_only
    async def streaming(scope: Message, receive: Receive, send: Send) -> None:
        await start(send)
        await piece(send, b"one")
        await piece(send, b"")
        await piece(send, b"two")
        await finish(send, b"three")

    async with RecordedWire() as wire:
        exchange, channel = an_exchange(wire, streaming)
        await exchange.handle(HEAD)
        await wire.settled()

    assert channel.pieces == [b"one", b"two"]
    kinds = [type(event) for event in channel.events]
    assert kinds[:4] == [Response, Body, EndBody, StreamClosed]


async def test_a_piece_before_the_head_is_a_mistake_of_the_application(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """ASGI: http.response.start comes first."""

    @http_only
    async def hasty(scope: Message, receive: Receive, send: Send) -> None:
        await piece(send, b"too early")

    async with RecordedWire() as wire:
        exchange, channel = an_exchange(wire, hasty)
        await exchange.handle(HEAD)
        await wire.settled()

    assert "the application failed" in caplog.text
    [response] = [event for event in channel.events if isinstance(event, Response)]
    assert response.status_code == 500


async def test_an_application_that_sends_to_a_client_that_is_gone_lets_others_run() -> None:
    """faults.md T5."""
    enough = asyncio.Event()

    @http_only
    async def busy(scope: Message, receive: Receive, send: Send) -> None:
        await start(send)
        while not enough.is_set():
            await piece(send, b"x")

    async with RecordedWire() as wire:
        exchange, channel = an_exchange(wire, busy)
        await exchange.handle(HEAD)
        await exchange.handle(StreamClosed(1))
        await asyncio.sleep(0)
        enough.set()
        await wire.settled()

    assert channel.pieces == []
