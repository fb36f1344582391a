"""Requests over the process's own connections: what a reply owes to its pool."""

import ssl

from app.upstreams.transport.direct import DirectTransport
from app.upstreams.transport.dns import Resolver
from app.upstreams.transport.pool import PoolLimits
from app.upstreams.transport.target import parse_target
from tests.support.upstream import Visit, upstream, whole


async def polite(visit: Visit) -> None:
    while True:
        await visit.request()
        await visit.say(whole(b"hello"))


def a_transport(limits: PoolLimits | None = None) -> DirectTransport:
    names = Resolver(lambda host, port: ["127.0.0.1"])
    return DirectTransport(limits or PoolLimits(), 5.0, ssl.create_default_context(), names)


async def test_a_reply_that_is_closed_twice_gives_its_connection_back_once() -> None:
    """faults.md rule 6, for connections."""
    async with upstream(polite) as place:
        transport = a_transport()
        reply = await transport.request("GET", parse_target(place.url(host="upstream.test")), {}, b"")
        assert await reply.read() == b"hello"
        assert await reply.read() == b""
        await reply.aclose()
        await reply.aclose()

        assert await reply.read() == b""
        assert transport.census().idle == 1
        await transport.aclose()


async def test_a_reply_without_a_body_keeps_its_connection() -> None:
    """RFC 9110, 9.3.2."""

    async def headers_only(visit: Visit) -> None:
        while (await visit.request()).startswith(b"HEAD"):
            await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")

    async with upstream(headers_only) as place:
        transport = a_transport()
        for _ in range(2):
            reply = await transport.request("HEAD", parse_target(place.url()), {}, b"")
            assert await reply.read() == b""
            await reply.aclose()

        assert place.visits == 1
        await transport.aclose()


async def test_no_more_connections_are_kept_than_the_limit_allows() -> None:
    """faults.md rule 13."""
    async with upstream(polite) as place:
        transport = a_transport(PoolLimits(idle=1))
        target = parse_target(place.url())
        replies = [await transport.request("GET", target, {}, b"") for _ in range(3)]
        for reply in replies:
            await reply.read()
            await reply.aclose()

        assert transport.census().idle == 1
        await transport.aclose()


async def test_nothing_is_kept_where_nothing_may_be() -> None:
    """threats.md S17: a fetch leaves no connection behind."""
    async with upstream(polite) as place:
        transport = a_transport(PoolLimits(keepalive_s=0.0))
        reply = await transport.request("GET", parse_target(place.url()), {}, b"")
        await reply.read()
        await reply.aclose()
        await place.all_left()

        assert transport.census().idle == 0
