"""The server ends in time, whatever its clients and its application do."""

import asyncio
from collections.abc import Awaitable, Callable

import h2.events
import pytest

from app.server.options import ServerOptions
from tests.support.server import (
    Http1Client,
    Http2Client,
    Message,
    Receive,
    Running,
    Send,
    finish,
    http_only,
    piece,
    running,
    start,
)

HAS_BEGUN = b"begun"


class Streams:
    """An application with one path for each way a stream may behave while the server drains."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_finish = asyncio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Begin, then do as the path says."""
        await start(send)
        await piece(send, HAS_BEGUN)
        self.begun.set()
        match scope["path"]:
            case "/finishing":
                await self.may_finish.wait()
            case "/endless":
                while True:
                    await piece(send, b"tick")
                    await asyncio.sleep(0.001)
            case "/silent":
                await asyncio.Event().wait()
            case "/stalled":
                while True:
                    await piece(send, b"x" * 2**20)
            case "/stubborn":
                await self._ignore_one_cancellation()
        await finish(send, b"the end")

    async def _ignore_one_cancellation(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


Begin = Callable[[Running, str], Awaitable[Http1Client | Http2Client]]


async def begin_http1(server: Running, path: str) -> Http1Client:
    client = await Http1Client.connect(server)
    client.request("GET", path)
    return client


async def begin_http2(server: Running, path: str) -> Http2Client:
    client = await Http2Client.connect(server)
    client.request(path)
    return client


@pytest.mark.parametrize("begin", [begin_http1, begin_http2])
@pytest.mark.parametrize("path", ["/endless", "/silent", "/stalled", "/stubborn"])
async def test_streams_that_do_not_end_are_cut_at_the_end_of_the_grace_time(begin: Begin, path: str) -> None:
    """faults.md T7, N8."""
    streams = Streams()
    options = ServerOptions(graceful_s=0.1)
    async with running(http_only(streams), options) as server, await begin(server, path):
        await streams.begun.wait()

        await server.end()


@pytest.mark.parametrize("begin", [begin_http1, begin_http2])
async def test_a_second_call_does_not_wait_for_the_grace_time(begin: Begin) -> None:
    """faults.md T7: the operator is in a hurry."""
    streams = Streams()
    options = ServerOptions(graceful_s=3600.0)
    async with running(http_only(streams), options) as server, await begin(server, "/endless"):
        await streams.begun.wait()
        server.stop.set()
        server.hurry.set()

        await server.task


async def test_streams_that_end_in_time_are_whole() -> None:
    """faults.md N8."""
    streams = Streams()
    async with (
        running(http_only(streams)) as server,
        await begin_http1(server, "/finishing") as old,
        await begin_http2(server, "/finishing") as new,
    ):
        await old.head()
        await new.until(h2.events.DataReceived, 1)
        server.stop.set()
        await _refused(server)
        streams.may_finish.set()
        await new.until(h2.events.StreamEnded, 1)
        await new.until(h2.events.ConnectionTerminated)

        assert new.body(1) == HAS_BEGUN + b"the end"
        assert (await old.rest()).endswith(b"the end\r\n0\r\n\r\n")
        await server.task


async def test_idle_connections_end_at_once() -> None:
    """architecture 3: drain."""
    streams = Streams()
    streams.may_finish.set()
    async with (
        running(http_only(streams), ServerOptions(graceful_s=3600.0)) as server,
        await Http1Client.connect(server) as fresh,
        await begin_http1(server, "/finishing") as old,
        await begin_http2(server, "/finishing") as new,
    ):
        await old.reader.readuntil(b"\r\n0\r\n\r\n")
        await new.until(h2.events.StreamEnded)

        await server.end()

        await new.until(h2.events.ConnectionTerminated)
        assert await old.rest() == b""
        assert await fresh.rest() == b""


async def test_a_new_stream_on_a_draining_connection_is_refused_and_the_old_one_goes_on() -> None:
    """RFC 9113, 6.8 and 8.7: a refused stream may be repeated elsewhere."""
    streams = Streams()
    async with running(http_only(streams)) as server, await begin_http2(server, "/finishing") as client:
        await client.until(h2.events.DataReceived, 1)
        server.stop.set()
        await _refused(server)
        late = client.h2.get_next_available_stream_id()
        client.request("/late")
        # Read by hand: this client's h2 takes a GOAWAY for the end of everything.
        raw = await client.reader.readexactly(9 + 4 + 9 + 8)

        assert raw[3] == 3, "RST_STREAM"
        assert int.from_bytes(raw[5:9], "big") == late
        assert raw[13 + 3] == 7, "GOAWAY"
        assert int.from_bytes(raw[22:26], "big") == 1, "the last stream that is served"
        streams.may_finish.set()
        assert b"the end" in await client.reader.read()


async def test_a_response_that_begins_while_draining_says_close() -> None:
    """architecture 3: the client opens its next connection elsewhere."""
    may_begin, asked = asyncio.Event(), asyncio.Event()

    @http_only
    async def late(scope: Message, receive: Receive, send: Send) -> None:
        asked.set()
        await may_begin.wait()
        await start(send)
        await finish(send)

    async with running(late) as server, await begin_http1(server, "/") as client:
        await asked.wait()
        server.stop.set()
        await _refused(server)
        may_begin.set()

        assert (await client.head())[1]["connection"] == "close"


async def _refused(server: Running) -> None:
    """Return when the server accepts no more connections: then it is draining."""
    while True:
        try:
            _, writer = await asyncio.open_connection(server.host, server.port)
        except ConnectionError:
            return
        writer.transport.abort()
