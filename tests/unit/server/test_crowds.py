"""Connections by source. Source: threats.md S22."""

import asyncio
import logging

import pytest

from app.networks import networks_of
from app.server.crowds import Crowds
from app.server.options import ServerOptions
from app.server.tally import Tally
from tests.support.server import Http1Client, Message, Receive, Send, answer, http_only, running

A, B = ("192.0.2.1", 1), ("192.0.2.2", 1)
NOBODY = networks_of([])


@http_only
async def hello(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, b"hello")


def test_one_source_fills_up_and_the_others_do_not(caplog: pytest.LogCaptureFixture) -> None:
    crowds = Crowds(2, NOBODY)
    first, second = crowds.enter(A), crowds.enter(A)

    with caplog.at_level(logging.WARNING):
        assert [crowds.enter(A) for _ in range(3)] == [None, None, None]
    assert len(caplog.records) == 1
    assert "192.0.2.1" in caplog.text
    assert crowds.enter(B) is not None

    assert first is not None
    assert first == second
    crowds.leave(first)
    assert crowds.enter(A) == first


def test_a_site_of_the_new_internet_is_one_source() -> None:
    crowds = Crowds(1, NOBODY)
    assert crowds.enter(("2001:db8::1", 1, 0, 0)) is not None

    assert crowds.enter(("2001:db8::2", 1, 0, 0)) is None


@pytest.mark.parametrize(
    ("most", "peer"), [(0, A), (1, ("10.0.0.1", 1)), (1, ("::ffff:10.0.0.1", 1, 0, 0)), (1, ""), (1, None)]
)
def test_who_is_exempt_or_nowhere_is_not_counted(most: int, peer: object) -> None:
    """Trusted proxies, no limit, sockets of the file system, clients that have gone."""
    crowds = Crowds(most, networks_of(["10.0.0.0/8"]))

    sources = [crowds.enter(peer) for _ in range(10)]

    assert None not in sources
    for source in sources:
        assert source is not None
        crowds.leave(source)


async def test_the_server_refuses_more_than_its_share_and_takes_the_next_after_one_has_left() -> None:
    """threats.md S22: per-source connection cap."""
    tally = Tally()
    options = ServerOptions(max_per_source=2, uncapped=NOBODY, graceful_s=1.0)
    async with running(hello, options, tally=tally) as server:
        kept = [await Http1Client.connect(server) for _ in range(2)]
        for client in kept:
            client.request("GET", "/")
            assert (await client.response())[0] == 200
        async with await Http1Client.connect(server) as refused:
            assert await refused.rest() == b""
        assert (tally.connections, tally.refused) == (2, 1)

        kept[0].request("GET", "/", "connection: close")
        await kept[0].response()
        assert await kept[0].rest() == b""
        while tally.connections > 1:
            await asyncio.sleep(0)
        async with await Http1Client.connect(server) as client:
            client.request("GET", "/")
            assert (await client.response())[0] == 200
        for client in kept:
            client.writer.transport.abort()


async def test_loopback_is_exempt_unless_somebody_says_otherwise() -> None:
    async with running(hello, ServerOptions(max_per_source=1, graceful_s=1.0)) as server:
        clients = [await Http1Client.connect(server) for _ in range(10)]
        for client in clients:
            client.request("GET", "/")
            assert (await client.response())[0] == 200
            client.writer.transport.abort()
