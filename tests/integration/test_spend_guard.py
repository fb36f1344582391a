"""Keys with limits, through a running gateway."""

from typing import Any

import pytest

from app.allowance import Allowance
from app.store.keys import FreshKey
from tests.support.store import watched
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
