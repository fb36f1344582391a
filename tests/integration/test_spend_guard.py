"""Keys with limits, through a running gateway."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.allowance import Allowance
from app.store.keys import FreshKey
from tests.support.gateways import a_gateway
from tests.support.store import a_flow, watched
from tests.support.world import World, a_world

HELLO = [{"role": "user", "content": "Hello"}]
PATHS = pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])


async def a_key(world: World, models: frozenset[str] | None = None, **limits: int) -> FreshKey:
    return await world.gateway.store.keys.create("limited", models=models, allowance=Allowance(**limits))


async def ask(world: World, key: FreshKey, path: str, **members: Any) -> Any:
    request = {"model": "gemini-2.5-flash", "max_tokens": 100, "messages": HELLO, **members}
    async with world.client() as client:
        return await client.post(path, json=request, headers={"authorization": f"Bearer {key.secret}"})


@PATHS
async def test_too_many_requests_are_refused_in_the_dialect_with_the_time_to_wait(path: str) -> None:
    async with a_world() as world:
        key = await a_key(world, requests_per_minute=2)
        first, second, third = [await ask(world, key, path) for _ in range(3)]

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 429]
    assert 50 <= int(third.headers["retry-after"]) <= 60
    error = third.json()["error"]
    assert "2 requests a minute" in error["message"]
    assert error["type"] in ("rate_limit_error", "requests", "rate_limit_exceeded")


@PATHS
async def test_a_budget_that_is_spent_is_refused_until_the_next_day(path: str) -> None:
    async with a_world() as world:
        key = await a_key(world, daily_tokens=30)
        first, second = [await ask(world, key, path) for _ in range(2)]
        asked = len(world.generations)

    assert (first.status_code, second.status_code, asked) == (200, 429, 1)
    assert int(second.headers["retry-after"]) <= 86_400


@PATHS
async def test_a_model_that_the_key_may_not_use_is_forbidden(path: str) -> None:
    async with a_world() as world:
        key = await a_key(world, models=frozenset({"gemini-2.5-pro"}))
        refused = await ask(world, key, path)

    assert refused.status_code == 403


async def test_counters_start_from_the_books_and_a_warm_request_asks_them_nothing() -> None:
    """architecture.md 12."""
    statements: list[str] = []
    async with a_world() as world:
        store = world.gateway.store
        key = await a_key(world, daily_tokens=10_000, requests_per_minute=1000)
        await ask(world, key, "/v1/messages")
        await store.writer.flush()
        used = await store.usage.between(0, 10**9, ("key",))
        assert used[0].key == key.record.id
        await watched(store.database, statements.append)
        await ask(world, key, "/v1/messages")

        assert [text for text in statements if text.startswith("SELECT")] == []


@PATHS
async def test_an_expired_key_is_forbidden_and_an_unknown_one_is_not_known(path: str) -> None:
    """Spec: threats.md S30. The words are those of the client's own API."""
    async with a_world() as world:
        ended = world.gateway.clock.now() - 60
        key = await world.gateway.store.keys.create("ended", expires_at=ended)
        refused = await ask(world, key, path)
        async with world.client() as client:
            other = {"authorization": "Bearer sk-ag-nobody-has-this-key"}
            unknown = await client.post(path, json={"messages": HELLO}, headers=other)
            listed = await client.get("/v1/models", headers={"authorization": f"Bearer {key.secret}"})

    error = refused.json()["error"]
    assert (refused.status_code, unknown.status_code, listed.status_code) == (403, 401, 403)
    assert "This API key has expired" in error["message"]
    assert error["type"] == "permission_error"


@PATHS
async def test_a_key_that_expires_while_the_gateway_runs_is_forbidden_from_then_on(path: str) -> None:
    """Spec: threats.md S30. `key update` sets the end, and takes it away again."""
    async with a_world() as world:
        keys, now = world.gateway.store.keys, world.gateway.clock.now()
        key = await keys.create("limited")
        answers = [await ask(world, key, path)]
        for end in (now - 1, None):
            await keys.update(key.record.id, expires_at=end)
            world.gateway.keys.take((await keys.find_named(key.record.id))[0])
            answers.append(await ask(world, key, path))

    assert [answer.status_code for answer in answers] == [200, 403, 200]


async def race(world: World, key: FreshKey, at_once: int = 100) -> list[httpx.Response]:
    """Many requests at the same moment, over connections of their own."""
    request = {"model": "gemini-2.5-flash", "max_tokens": 100, "messages": HELLO}
    headers = {"authorization": f"Bearer {key.secret}"}
    async with world.client(limits=httpx.Limits(max_connections=at_once)) as client:
        calls = [client.post("/v1/messages", json=request, headers=headers) for _ in range(at_once)]
        return await asyncio.gather(*calls)


@pytest.mark.parametrize(
    "limits",
    [{"requests_per_minute": 1}, {"concurrent": 1}, {"daily_tokens": 110}, {"monthly_tokens": 110}],
    ids=lambda limits: next(iter(limits)),
)
async def test_of_a_hundred_requests_at_the_last_unit_one_is_served(limits: dict[str, int]) -> None:
    """Spec: threats.md S30: race 100 requests at the last unit."""
    async with a_world(simulator={"profile": "realistic"}) as world:
        key = await a_key(world, None, **limits)
        replies = await race(world, key)
        asked = len(world.generations)
        in_flight = world.gateway.addons.spend_guard.counters(key.record.id).in_flight

    assert sorted(reply.status_code for reply in replies) == [200] + [429] * 99
    assert (asked, in_flight) == (1, 0)
    assert all(int(r.headers["retry-after"]) >= 1 for r in replies if r.status_code == 429)


async def test_what_was_held_back_is_there_again_when_the_request_is_over() -> None:
    """Spec: threats.md S30: reserved before, settled after."""
    async with a_world() as world:
        key = await a_key(world, daily_tokens=10_000, concurrent=1)
        replies = [await ask(world, key, "/v1/messages", max_tokens=9_000) for _ in range(3)]
        counters = world.gateway.addons.spend_guard.counters(key.record.id)

    used = sum(
        sum(reply.json()["usage"][name] for name in ("input_tokens", "output_tokens")) for reply in replies
    )
    assert [reply.status_code for reply in replies] == [200] * 3
    assert (counters.in_flight, counters.requests, counters.day_tokens) == (0, 3, used)


async def test_a_limit_that_is_set_later_knows_of_what_was_used_before() -> None:
    async with a_world() as world:
        key = await a_key(world)
        first = await ask(world, key, "/v1/messages")
        record = await world.gateway.store.keys.update(key.record.id, allowance=Allowance(daily_tokens=20))
        assert record is not None
        world.gateway.keys.take(record)
        second = await ask(world, key, "/v1/messages")

    assert (first.status_code, second.status_code) == (200, 429)


async def test_what_was_used_counts_after_a_restart(tmp_path: Path) -> None:
    """Spec: threats.md S30; amendments.md 4: usage is never lost."""
    async with a_gateway(tmp_path) as gateway:
        key = (await gateway.store.keys.create("limited", allowance=Allowance(daily_tokens=100))).record
        used = a_flow(key=key.id, started_at=gateway.clock.now(), prompt_tokens=80, output_tokens=15)
        gateway.store.books.finished(used)
    async with a_gateway(tmp_path) as gateway:
        counters = gateway.addons.spend_guard.counters(key.id)

    assert (counters.day_tokens, counters.month_tokens) == (95, 95)
