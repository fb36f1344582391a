"""A pool of upstream connections must survive callers that are cancelled at any point."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import httpx

from app.upstreams.http import HttpOptions, UpstreamHttp
from tests.support.upstream import Upstream, Visit, chunk, chunked, upstream

Ask = Callable[[], Awaitable[bytes]]


async def unhurried(visit: Visit) -> None:
    """Answers in five pieces with pauses, so that a cancellation can hit anywhere."""
    pause = random.Random(visit.number)
    while True:
        await visit.request()
        await asyncio.sleep(pause.random() * 0.003)
        await visit.say(chunked())
        for _ in range(5):
            await visit.say(chunk(b"piece "))
            await asyncio.sleep(pause.random() * 0.001)
        await visit.say(chunk(b""))


async def storm(ask: Ask, cancellations: int, *, at_once: int = 20, seed: int = 7) -> None:
    """Begin calls and cancel each after a random moment."""
    chance = random.Random(seed)
    gate = asyncio.Semaphore(at_once)

    async def one(after: float) -> None:
        async with gate:
            call = asyncio.ensure_future(ask())
            await asyncio.wait([call], timeout=after)
            call.cancel()
            await asyncio.wait([call])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(cancellations):
            tasks.create_task(one(chance.random() * 0.008))


def ours(http: UpstreamHttp, place: Upstream) -> Ask:
    async def ask() -> bytes:
        async with http.open("POST", place.url(), {}, b"question") as reply:
            return b"".join([piece async for piece in reply.chunks()])

    return ask


async def test_two_thousand_cancellations_leave_nothing_behind() -> None:
    """ecosystem.md 0, defect 1; faults.md F012, T10."""
    http = UpstreamHttp(HttpOptions(connecting=10))
    async with upstream(unhurried) as place:
        ask = ours(http, place)
        await storm(ask, 2000)
        answers = await asyncio.gather(*(ask() for _ in range(10)))

        assert answers == [b"piece " * 5] * 10
        assert http.census().busy == http.census().connecting == 0
        await http.aclose()
        await place.all_left()
        assert http.census().idle == 0


async def test_the_proxied_way_survives_them_too() -> None:
    """ecosystem.md 0, defect 1: the pool behind the proxied transport."""
    async with upstream(unhurried) as place:
        # The upstream itself plays the forward proxy; it does not mind the absolute form of the target.
        http = UpstreamHttp(HttpOptions(proxy=f"http://127.0.0.1:{place.port}"))
        ask = ours(http, place)
        await storm(ask, 500)
        answers = await asyncio.gather(*(ask() for _ in range(10)))

        assert answers == [b"piece " * 5] * 10
        assert http.census().busy == 0
        await http.aclose()
        await place.all_left()


async def test_the_stock_library_s_pool_is_dead_after_a_few_hundred() -> None:
    """ecosystem.md 0, defect 1."""
    limits = httpx.Limits(max_connections=10, max_keepalive_connections=0)
    timeout = httpx.Timeout(5.0, pool=0.5)
    async with (
        upstream(unhurried) as place,
        httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client,
    ):

        async def ask() -> bytes:
            async with client.stream("POST", place.url(), content=b"question") as reply:
                return b"".join([piece async for piece in reply.aiter_raw()])

        await storm(ask, 800)
        answers = await asyncio.gather(*(ask() for _ in range(10)), return_exceptions=True)

    assert any(isinstance(answer, httpx.PoolTimeout) for answer in answers)
