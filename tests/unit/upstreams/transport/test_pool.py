"""Who gets which connection, and what becomes of it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from app.errors import UpstreamUnreachable
from app.upstreams.transport.dns import Resolver
from app.upstreams.transport.pool import Pool, PoolLimits
from app.upstreams.transport.target import Origin
from tests.support.upstream import Upstream, Visit, upstream

TLS = ssl.create_default_context()


class Names:
    """A resolver whose answers a test chooses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.addresses


async def listen(visit: Visit) -> None:
    await visit.left()


@pytest.fixture
async def place() -> AsyncIterator[Upstream]:
    async with upstream(listen) as place:
        yield place


def origin_of(place: Upstream) -> Origin:
    return Origin("http", "upstream.test", place.port)


async def test_the_next_address_is_tried_and_remembered(place: Upstream) -> None:
    """faults.md F003."""
    names = Names("127.0.0.9", "127.0.0.1")  # the server listens on the second one only
    pool = Pool(PoolLimits(), TLS, names)
    await pool.connect(origin_of(place))
    names.addresses = ("127.0.0.1", "127.0.0.9")
    await pool.connect(origin_of(place))

    assert place.visits == 2
    assert pool.census().busy == 2
    await pool.aclose()
    assert pool.census().busy == 0


async def test_a_name_that_does_not_resolve_says_so(place: Upstream) -> None:
    """faults.md F001."""

    def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    pool = Pool(PoolLimits(), TLS, Resolver(nowhere))
    with pytest.raises(UpstreamUnreachable) as caught:
        await pool.connect(origin_of(place))

    assert caught.value.kind == "dns"
    assert "upstream.test" not in caught.value.message


async def test_a_resolver_that_hangs_is_a_connect_timeout(place: Upstream) -> None:
    """faults.md F002: within the connect limit, not the resolver's own."""
    may_answer = threading.Event()

    def slowly(host: str, port: int) -> Sequence[str]:
        may_answer.wait()
        return ["127.0.0.1"]

    pool = Pool(PoolLimits(connect_s=0.05), TLS, Resolver(slowly))
    with pytest.raises(UpstreamUnreachable) as caught:
        await pool.connect(origin_of(place))
    may_answer.set()

    assert caught.value.kind == "connect_timeout"
    assert pool.census().connecting == 0


async def test_only_so_many_connections_are_being_made_at_a_time(place: Upstream) -> None:
    """faults.md T20."""
    at_once, most = 0, 0
    gate = asyncio.Event()

    class Counting:
        async def resolve(self, host: str, port: int) -> Sequence[str]:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await gate.wait()
            at_once -= 1
            return ["127.0.0.1"]

    pool = Pool(PoolLimits(connecting=3), TLS, Counting())
    calls = [asyncio.create_task(pool.connect(origin_of(place))) for _ in range(10)]
    await asyncio.sleep(0)
    assert pool.census().connecting == 3
    gate.set()
    await asyncio.gather(*calls)

    assert most == 3
    assert pool.census().busy == 10
    await pool.aclose()


async def test_a_turn_to_connect_is_not_waited_for_without_a_limit(place: Upstream) -> None:
    """faults.md rule 14."""

    class Stuck:
        async def resolve(self, host: str, port: int) -> Sequence[str]:
            await asyncio.Event().wait()
            return []

    pool = Pool(PoolLimits(connecting=1, connect_s=0.05), TLS, Stuck())
    calls = [asyncio.create_task(pool.connect(origin_of(place))) for _ in range(2)]
    failures = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(failure) for failure in failures] == [UpstreamUnreachable] * 2
    assert pool.census().connecting == 0
