"""Requests whose end two readers could see in different places, on raw sockets against a whole gateway.

Source: threats.md S22, S24 and S25.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEHIND = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
"""What an attacker hopes is taken for a request of its own."""

AMBIGUOUS: dict[str, bytes] = {
    "both lengths": b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, the other way round": b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: 40\r\n\r\n",
    "a list of lengths": b"content-length: 0, 40\r\n\r\n",
    "a length with a sign": b"content-length: +0\r\n\r\n",
    "a negative length": b"content-length: -1\r\n\r\n",
    "a length in hex": b"content-length: 0x0\r\n\r\n",
    "a length with a blank": b"content-length: 0 0\r\n\r\n",
    "a length in other digits": "content-length: \u0660\r\n\r\n".encode(),
    "an unknown coding": b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity": b"transfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked twice": b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding behind a tab": b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": b"x-odd: a\0b\r\n\r\n",
    "a bare CR in a value": b"x-odd: a\rcontent-length: 5\r\n\r\n",
    "two hosts": b"host: other\r\n\r\n",
    "a line without a colon": b"nonsense\r\n\r\n",
}
BROKEN_CHUNKS: dict[str, bytes] = {
    "a size with a sign": b"+0\r\n\r\n",
    "a size with 0x": b"0x0\r\n\r\n",
    "a size without digits": b"\r\n\r\n",
    "a chunk longer than it says": b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk without its end": b"1\r\naXY0\r\n\r\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with a_world(head_timeout_s=1.0) as made:
        yield made


async def exchanged(world: World, sent: bytes) -> bytes:
    """Everything that comes back until the gateway closes."""
    host, _, port = world.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


def replies_in(said: bytes) -> list[int]:
    """The status of each reply."""
    return [int(line.split()[1]) for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize("case", AMBIGUOUS)
async def test_an_ambiguous_head_gets_one_refusal_and_no_second_request(world: World, case: str) -> None:
    """threats.md S24: 400 and close."""
    head = b"POST /v1/messages HTTP/1.1\r\nhost: x\r\n"

    said = await exchanged(world, head + AMBIGUOUS[case] + BEHIND)

    assert len(statuses := replies_in(said)) == 1
    assert statuses[0] in {400, 501}
    assert b'"ok"' not in said


@pytest.mark.parametrize("case", BROKEN_CHUNKS)
async def test_broken_chunks_let_no_second_request_through(world: World, case: str) -> None:
    """threats.md S24."""
    key = world.key.encode()
    head = (
        b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: %b\r\ntransfer-encoding: chunked\r\n\r\n" % key
    )

    said = await exchanged(world, head + BROKEN_CHUNKS[case] + BEHIND)

    assert len(replies_in(said)) <= 1
    assert b'"ok"' not in said
    assert await world.is_at_rest()


@pytest.mark.parametrize("evil", ["a\r\nx-evil: 1", "\u202ea", "a\0"])
async def test_what_a_client_says_ends_up_in_no_header(world: World, evil: str) -> None:
    """threats.md S25: names of models, users and ids."""
    body = {"model": evil, "user": evil, "messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
    for path in ("/v1/chat/completions", "/v1/messages"):
        async with world.client() as client:
            reply = await client.post(path, content=json.dumps(body), headers={"x-request-id": "mine"})

        assert reply.status_code == 404
        assert "x-evil" not in reply.headers
        assert reply.headers["x-request-id"] != "mine"
        assert all(value.isprintable() for value in reply.headers.values())


async def test_connections_that_only_wait_are_closed(world: World) -> None:
    """threats.md S22: half a head, and a head without its body's beginning."""
    halves = [exchanged(world, b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-a: ") for _ in range(50)]

    said = await asyncio.gather(*halves)

    assert {replies for one in said for replies in replies_in(one)} <= {408}
