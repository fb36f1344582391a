"""HTTP/1.1 without a socket."""

import pytest
from hypercorn.events import Closed, RawData, Updated

from app.server.floor import HeadBegun, Lingering
from app.server.http1 import Http1
from app.server.options import AsgiApp, ServerOptions
from tests.support.server import Message, Receive, Send, answer, finish, http_only, piece, read_body, start
from tests.support.wire import PEER, RecordedWire, a_floor

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


@http_only
async def hello(scope: Message, receive: Receive, send: Send) -> None:
    await read_body(receive)
    await answer(send, b"hello")


def a_protocol(wire: RecordedWire, app: AsgiApp = hello, options: ServerOptions | None = None) -> Http1:
    return Http1(a_floor(app, options), PEER, wire)


async def test_a_request_is_answered_and_the_connection_waits_for_the_next() -> None:
    """architecture 3."""
    async with RecordedWire() as wire:
        protocol = a_protocol(wire)
        await protocol.handle(RawData(GET))
        await wire.settled()

        assert wire.taken().endswith(b"\r\n\r\nhello")
        assert protocol.is_idle
        assert wire.events == [Updated(idle=False), Updated(idle=True)]


async def test_a_whole_answer_leaves_in_one_write() -> None:
    """performance.md: what is left are the writes."""
    async with RecordedWire() as wire:
        await a_protocol(wire).handle(RawData(GET))
        await wire.settled()

        assert wire.writes == 1


async def test_a_stream_needs_a_write_for_each_piece_and_one_for_its_end() -> None:
    """architecture 7.3: the head leaves with the first piece, the last one with the end."""

    @http_only
    async def streaming(scope: Message, receive: Receive, send: Send) -> None:
        await start(send, 200)
        await piece(send, b"abc")
        await piece(send, b"def")
        await send({"type": "http.response.body", "body": b"ghi", "more_body": False})

    async with RecordedWire() as wire:
        await a_protocol(wire, streaming).handle(RawData(GET))
        await wire.settled()

        assert wire.writes == 3
        assert wire.taken().endswith(b"\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n3\r\nghi\r\n0\r\n\r\n")


async def test_a_head_is_not_lost_when_the_application_gives_up_after_it() -> None:
    @http_only
    async def short_of_breath(scope: Message, receive: Receive, send: Send) -> None:
        await start(send, 200)

    async with RecordedWire() as wire:
        await a_protocol(wire, short_of_breath).handle(RawData(GET))
        await wire.settled()

        assert wire.taken().startswith(b"HTTP/1.1 200 ")
        assert wire.is_closed


async def test_the_time_for_a_head_begins_once_for_each_request() -> None:
    """faults.md 3: 5 s in all, however the head drips in."""
    async with RecordedWire() as wire:
        protocol = a_protocol(wire)
        for _ in range(2):
            for byte in GET:
                await protocol.handle(RawData(bytes([byte])))
            await wire.settled()

        # The connection itself begins with a limit for the first head.
        assert wire.events.count(HeadBegun()) == 1


async def test_a_piece_of_a_body_with_a_length_is_not_framed() -> None:
    """RFC 9112, 6."""

    @http_only
    async def measured(scope: Message, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"Content-Length", b"6"))
        await piece(send, b"abc")
        await piece(send, b"def")
        await finish(send)

    async with RecordedWire() as wire:
        await a_protocol(wire, measured).handle(RawData(GET))
        await wire.settled()

        assert wire.taken().endswith(b"\r\n\r\nabcdef")


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
async def test_a_response_that_has_no_body_gets_none(method: bytes, status: int) -> None:
    """RFC 9110, 6.4.1."""

    @http_only
    async def talkative(scope: Message, receive: Receive, send: Send) -> None:
        await start(send, status)
        await piece(send, b"not to be sent")
        await finish(send)

    async with RecordedWire() as wire:
        await a_protocol(wire, talkative).handle(RawData(GET.replace(b"GET", method)))
        await wire.settled()

        assert wire.taken().endswith(b"\r\n\r\n")


async def test_a_body_that_breaks_off_ends_the_connection_without_the_last_chunk(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """faults.md rule 4: the client can tell."""

    @http_only
    async def failing(scope: Message, receive: Receive, send: Send) -> None:
        await start(send)
        await piece(send, b"so far")
        raise RuntimeError("no more")

    async with RecordedWire() as wire:
        await a_protocol(wire, failing).handle(RawData(GET))
        await wire.settled()

        assert wire.taken().endswith(b"6\r\nso far\r\n")
        assert wire.is_closed


async def test_after_an_early_answer_the_rest_is_discarded_up_to_the_limit() -> None:
    """faults.md F086."""

    @http_only
    async def refusing(scope: Message, receive: Receive, send: Send) -> None:
        await answer(send, b"no", status=401)

    async with RecordedWire() as wire:
        protocol = a_protocol(wire, refusing, ServerOptions(early_answer_bytes=100))
        await protocol.handle(RawData(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n"))
        await wire.settled()
        assert b"\r\nconnection: close\r\n" in wire.taken()
        assert Lingering() in wire.events

        await protocol.handle(RawData(bytes(99)))
        assert not wire.is_closed
        await protocol.handle(RawData(bytes(1)))
        assert wire.is_closed


async def test_after_a_refusal_nothing_is_taken_for_a_request() -> None:
    """faults.md T17."""
    async with RecordedWire() as wire:
        protocol = a_protocol(wire, options=ServerOptions(early_answer_bytes=100))
        await protocol.handle(RawData(b"nonsense\r\n\r\n"))
        refusal = wire.taken()
        await protocol.handle(RawData(GET))

        assert refusal.startswith(b"HTTP/1.1 400 ")
        assert wire.taken() == b""
        assert Lingering() in wire.events
        await protocol.handle(RawData(bytes(100)))
        assert wire.is_closed


async def test_a_client_that_leaves_after_a_refused_request_ends_the_one_before_it() -> None:
    """faults.md rule 17."""
    messages: list[Message] = []

    @http_only
    async def listening(scope: Message, receive: Receive, send: Send) -> None:
        while not messages or messages[-1]["type"] != "http.disconnect":
            messages.append(await receive())

    async with RecordedWire() as wire:
        protocol = a_protocol(wire, listening)
        await protocol.handle(
            RawData(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n")
        )
        await protocol.handle(Closed())
        await wire.settled()

        assert messages == [{"type": "http.disconnect"}]


async def test_a_draining_server_closes_idle_connections_and_no_busy_one() -> None:
    """architecture 3: shutdown."""
    async with RecordedWire() as wire:
        protocol = a_protocol(wire)
        await protocol.handle(RawData(GET))
        await protocol.retire()
        assert not wire.is_closed

        await wire.settled()
        await protocol.retire()
        assert wire.is_closed
