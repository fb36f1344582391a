"""The client leaves, at every moment, over both protocols: nothing stays behind.

Source: architecture 20 (cancellation matrix), faults.md E (F076 to F083), 5 (the four questions).
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import h2.events
import pytest

from app.server.options import Address
from tests.support.server import Http1Client, Http2Client, Running
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"


def body_of(text: str) -> bytes:
    request = {"model": "gemini-2.5-flash", "stream": True, "messages": [{"role": "user", "content": text}]}
    return json.dumps(request).encode()


class Visitor:
    """A client of either protocol that can vanish."""

    def __init__(self, world: World, client: Http1Client | Http2Client) -> None:
        self._key = world.key
        self._client = client
        self._stream = 0

    def ask(self, body: bytes, *, is_whole: bool = True) -> None:
        """Send a request, or all but the end of one."""
        client = self._client
        if isinstance(client, Http1Client):
            length = len(body) if is_whole else len(body) + 10
            client.request("POST", CHAT, f"authorization: Bearer {self._key}", f"content-length: {length}")
            client.send(body)
            return
        self._stream = client.h2.get_next_available_stream_id()
        client.h2.send_headers(
            self._stream,
            [
                (":method", "POST"),
                (":path", CHAT),
                (":scheme", "http"),
                (":authority", "gateway.test"),
                ("authorization", f"Bearer {self._key}"),
            ],
        )
        client.h2.send_data(self._stream, body, end_stream=is_whole)
        client.flush()

    async def first_bytes(self) -> None:
        """Wait for the beginning of the answer's body."""
        if isinstance(self._client, Http1Client):
            await self._client.head()
            await self._client.reader.readline()
        else:
            await self._client.until(h2.events.DataReceived, self._stream)

    async def leave(self) -> None:
        """Close the connection, or reset the one stream."""
        client = self._client
        if isinstance(client, Http1Client):
            client.writer.transport.abort()
        else:
            client.h2.reset_stream(self._stream)
            client.flush()


@asynccontextmanager
async def a_visitor(world: World, protocol: str, *, window: int = 65_535) -> AsyncIterator[Visitor]:
    address = Address("127.0.0.1", int(world.base_url.rsplit(":", 1)[1]))
    where = Running(address, asyncio.Event(), asyncio.Event(), asyncio.ensure_future(asyncio.sleep(0)))
    if protocol == "h2":
        async with await Http2Client.connect(where, window=window) as client:
            yield Visitor(world, client)
        return
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, tuple(address))
    async with Http1Client(*await asyncio.open_connection(sock=sock, limit=1024)) as plain:
        yield Visitor(world, plain)


async def until(fact: Callable[[], Any]) -> None:
    """Return once `fact` holds."""
    async with asyncio.timeout(20):
        while not fact():
            await asyncio.sleep(0.002)


async def is_whole(world: World) -> None:
    """The four questions: leases, upstream streams, tasks, and whether a plain request succeeds."""
    assert await world.is_at_rest(), world.troubles()
    world.simulator.reset()
    async with world.client() as client:
        reply = await client.post(CHAT, content=body_of("hello"))
    assert reply.status_code == 200
    assert reply.text.endswith("data: [DONE]\n\n")
    assert await world.is_at_rest(), world.troubles()
    left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("req_")]
    assert left == []


PROTOCOLS = pytest.mark.parametrize("protocol", ["h1", "h2"])


@PROTOCOLS
async def test_leaving_while_sending_the_body_takes_no_lease(protocol: str) -> None:
    async with a_world() as world, a_visitor(world, protocol) as visitor:
        visitor.ask(b'{"model"', is_whole=False)
        await until(lambda: world.gateway.runner.running)

        await visitor.leave()

        await is_whole(world)
        assert len(world.generations) == 1, "only the plain request came to the backend"


@PROTOCOLS
async def test_leaving_before_the_first_byte_ends_the_upstream_call(protocol: str) -> None:
    async with a_world() as world, a_visitor(world, protocol) as visitor:
        world.simulator.add_fault("delay", method="streamGenerateContent", delay_s=60.0)
        visitor.ask(body_of("hello"))
        await until(lambda: world.simulator.open_streams)

        await visitor.leave()

        await until(lambda: world.simulator.aborted_streams)
        await is_whole(world)


@PROTOCOLS
async def test_leaving_in_mid_stream_ends_the_upstream_call(protocol: str) -> None:
    async with a_world() as world, a_visitor(world, protocol) as visitor:
        world.simulator.add_fault("stall", method="streamGenerateContent", after_chunks=2, delay_s=60.0)
        visitor.ask(body_of("[[sim: text=400]]"))
        await visitor.first_bytes()

        await visitor.leave()

        await until(lambda: world.simulator.aborted_streams)
        await is_whole(world)


@PROTOCOLS
async def test_leaving_while_the_write_is_blocked_ends_the_upstream_call(protocol: str) -> None:
    async with a_world() as world, a_visitor(world, protocol, window=500) as visitor:
        visitor.ask(body_of("[[sim: text=2000000]]"))
        await visitor.first_bytes()
        before = -1
        while world.simulator.open_streams and before != (sent := bytes_sent(world)):
            before = sent
            await asyncio.sleep(0.2)

        await visitor.leave()

        await is_whole(world)


def bytes_sent(world: World) -> int:
    return sum(entry.bytes_out for entry in world.generations)


@PROTOCOLS
async def test_leaving_the_line_for_a_lease_frees_the_place(protocol: str) -> None:
    async with (
        a_world(accounts=1, max_concurrent_per_account=1) as world,
        a_visitor(world, "h1") as first,
        a_visitor(world, protocol) as second,
    ):
        world.simulator.add_fault("delay", method="streamGenerateContent", delay_s=60.0)
        first.ask(body_of("hello"))
        await until(lambda: world.simulator.open_streams)
        second.ask(body_of("hello"))
        await until(lambda: world.gateway.floor.inside == 2)

        await second.leave()

        await until(lambda: world.gateway.runner.running == 1)
        assert world.troubles() == ["1 flows", "1 admitted", "1 leases", "1 upstream streams"]
        await first.leave()
        await is_whole(world)


@PROTOCOLS
async def test_leaving_during_a_token_refresh_leaves_the_refresh_alone(protocol: str) -> None:
    """F068: others wait for the same refresh."""
    async with a_world(accounts=1) as world, a_visitor(world, protocol) as visitor:
        world.simulator.add_fault("delay", method="token", delay_s=0.5, times=1)
        visitor.ask(body_of("hello"))
        await until(lambda: world.gateway.runner.running)

        await visitor.leave()

        await until(lambda: not world.gateway.runner.running)
        await is_whole(world)
        assert [entry.method for entry in world.simulator.requests].count("token") <= 1


@PROTOCOLS
async def test_leaving_during_a_wait_between_attempts_ends_the_wait(protocol: str) -> None:
    """F080."""
    async with a_world(accounts=1) as world, a_visitor(world, protocol) as visitor:
        world.simulator.add_fault("503_capacity", method="streamGenerateContent")
        visitor.ask(body_of("hello"))
        await until(lambda: world.generations)

        await visitor.leave()

        await until(lambda: not world.gateway.runner.running)
        seen = len(world.generations)
        await is_whole(world)
        assert seen <= 4


async def test_two_hundred_clients_that_leave_within_an_instant_leave_nothing() -> None:
    """F078, T6."""
    async with a_world(accounts=10) as world:
        for number in range(200):
            async with a_visitor(world, "h2" if number % 2 else "h1") as visitor:
                visitor.ask(body_of("[[sim: text=400]]"))
                for _ in range(number % 40):
                    await asyncio.sleep(0)
                await visitor.leave()

        await is_whole(world)
