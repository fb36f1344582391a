"""What a connection tells whoever counts."""

import asyncio
import socket

from app.server.options import ServerOptions
from app.server.tally import Tally
from tests.support.server import Http1Client, Message, Receive, Send, answer, http_only, piece, running, start


@http_only
async def pouring(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == "/hello":
        await answer(send, b"hello")
        return
    await start(send)
    for _ in range(200):
        await piece(send, bytes(65_536))


async def test_open_and_refused_connections_are_counted() -> None:
    """faults.md 4: metrics of the server."""
    tally = Tally()
    options = ServerOptions(max_connections=1)
    async with running(pouring, options, tally=tally) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/hello")
        await client.response()
        async with await Http1Client.connect(server) as refused:
            await refused.rest()

        assert (tally.connections, tally.refused) == (1, 1)

    assert (tally.connections, tally.refused) == (0, 1)


async def test_a_client_that_does_not_read_is_counted() -> None:
    """faults.md F083."""
    tally = Tally()
    async with running(pouring, ServerOptions(write_timeout_s=0.05), tally=tally) as server:
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect((server.host, server.port))
            stalled.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            while not tally.stalled:
                await asyncio.sleep(0.01)

    assert (tally.stalled, tally.abused) == (1, 0)
