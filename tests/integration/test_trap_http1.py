"""HTTP/1.1 clients that leave, stall or attack. The stock library fails where a test says so."""

import asyncio
import socket

import pytest

from app.server.options import ServerOptions
from tests.support.server import (
    Http1Client,
    Message,
    Receive,
    Running,
    Send,
    answer,
    http_only,
    piece,
    read_body,
    running,
    running_stock,
    start,
)


@http_only
async def echo(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, await read_body(receive))


@http_only
async def refusing(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, b"unknown key", status=401)


UPGRADE = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__")


async def test_an_upgrade_to_h2c_is_answered_over_http_1_1() -> None:
    """faults.md T18."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/", *UPGRADE)

        assert await client.response() == (200, b"")


async def test_the_stock_library_upgrades() -> None:
    """faults.md T18."""
    async with running_stock(echo) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/", *UPGRADE)

        assert (await client.head())[0] == 101


async def test_a_websocket_upgrade_is_an_ordinary_request() -> None:
    """amendments 3.4: nothing here speaks WebSocket."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/", "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13")

        assert await client.response() == (200, b"")


BOTH_LENGTHS = (
    b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n"
    b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n"
)


async def test_two_ways_to_tell_the_length_are_refused() -> None:
    """faults.md T17."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        client.send(BOTH_LENGTHS)

        assert (await client.head())[0] == 400
        assert await client.rest() == b""


async def test_the_stock_library_takes_both_lengths_and_the_request_behind() -> None:
    """faults.md T17."""
    async with running_stock(echo) as server, await Http1Client.connect(server) as client:
        client.send(BOTH_LENGTHS)

        assert await client.response() == (200, b"")
        assert await client.response() == (200, b"")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no host
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\n folded: x\r\nbad header\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1, 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 66_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 200_000, 431),
    ],
)
async def test_a_head_that_is_wrong_or_too_long_is_refused(request_bytes: bytes, status: int) -> None:
    """faults.md 3: 64 KB; T17."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        client.send(request_bytes)

        assert (await client.head())[0] == status
        assert await client.rest() == b""


@pytest.mark.parametrize("size", [200_000, 900_000])
async def test_an_answer_before_the_end_of_the_body_can_be_read(size: int) -> None:
    """faults.md F086, T19."""
    async with running(refusing) as server, await Http1Client.connect(server) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % size)
        status, headers = await client.head()
        client.send(b"x" * size)
        await client.writer.drain()

        assert (status, headers["connection"]) == (401, "close")
        assert await client.rest() == b"unknown key"


async def test_a_body_that_never_ends_is_not_read_for_ever() -> None:
    """faults.md F086: up to 1 MB."""
    async with running(refusing) as server, await Http1Client.connect(server) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
        await client.head()
        with pytest.raises(ConnectionError):
            while True:
                client.send(b"x" * 65_536)
                await client.writer.drain()


async def test_a_body_that_stops_arriving_is_not_waited_for() -> None:
    """faults.md F086: up to 2 s."""
    options = ServerOptions(early_answer_s=0.05)
    async with running(refusing, options) as server, await Http1Client.connect(server) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nbegun")
        await client.head()

        assert await client.rest() == b"unknown key"


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    """faults.md F083, T4."""
    left = asyncio.Event()

    @http_only
    async def pouring(scope: Message, receive: Receive, send: Send) -> None:
        await start(send)
        while not left.is_set():
            await piece(send, b"x" * 65_536)
            if (await _peek(receive))["type"] == "http.disconnect":
                left.set()

    options = ServerOptions(write_timeout_s=0.1)
    async with running(pouring, options) as server:
        sock = _client_with_small_buffer(server)
        sock.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await left.wait()
        sock.close()


async def test_a_client_that_reads_slowly_is_not_cut_off() -> None:
    """faults.md F083: only who takes nothing at all for the whole time has stalled."""
    size = 600_000

    @http_only
    async def large(scope: Message, receive: Receive, send: Send) -> None:
        await answer(send, b"x" * size)

    options = ServerOptions(write_timeout_s=0.5)
    async with running(large, options) as server:
        loop = asyncio.get_running_loop()
        sock = _client_with_small_buffer(server)
        sock.setblocking(False)
        await loop.sock_sendall(sock, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        received = 0
        while received < size:
            data = await loop.sock_recv(sock, 10_000)
            assert data
            received += len(data)
            await asyncio.sleep(0.01)  # the pace of the client: in all it takes longer than the limit
        sock.close()


async def test_a_client_that_is_gone_does_not_let_a_busy_application_starve_the_loop() -> None:
    """faults.md T5."""
    begun, enough = asyncio.Event(), asyncio.Event()

    @http_only
    async def busy(scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/other":
            await answer(send, b"ok")
            return
        await start(send)
        while not enough.is_set():
            await piece(send, b"x")
            begun.set()

    async with running(busy) as server:
        async with await Http1Client.connect(server) as client:
            client.request("GET", "/")
            await begun.wait()
        async with await Http1Client.connect(server) as other:
            other.request("GET", "/other")
            assert await other.response() == (200, b"ok")
        enough.set()


async def test_an_application_that_does_not_read_the_body_is_not_stuck_on_it() -> None:
    """faults.md F086: the stock library's queue of ten messages fills up and both sides wait for ever."""
    done = asyncio.Event()

    @http_only
    async def deaf(scope: Message, receive: Receive, send: Send) -> None:
        await answer(send, b"no", status=413)
        done.set()

    async with running(deaf) as server, await Http1Client.connect(server) as client:
        client.request("POST", "/", body=b"x" * 900_000)
        assert await client.response() == (413, b"no")
        await done.wait()


def _client_with_small_buffer(server: Running) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((server.host, server.port))
    return sock


async def _peek(receive: Receive) -> Message:
    """What `receive` has at once; something harmless when it has nothing."""
    task = asyncio.ensure_future(receive())
    await asyncio.wait([task], timeout=0)
    if task.done():
        return task.result()
    task.cancel()
    return {"type": "nothing"}
