"""Who guesses is slowed down by where he is, whatever he says about that.

Source: threats.md S02, S03, S11.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import httpx
import pytest

from app.admin.throttle import PER_ADDRESS
from tests.support.clock import ManualClock
from tests.support.scenes import FLASH
from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
GUESSES = 40
API = "/admin/api"
PATHS = ("/v1/chat/completions", "/v1/messages")

Guess: TypeAlias = Callable[[httpx.AsyncClient, dict[str, str]], Awaitable[httpx.Response]]


def rotating(number: int) -> dict[str, str]:
    """Another client every time, if one believes it."""
    address = f"198.51.100.{number}"
    return {
        "x-forwarded-for": address,
        "x-real-ip": address,
        "forwarded": f"for={address}",
        "cf-connecting-ip": address,
        "true-client-ip": address,
        "x-client-ip": address,
        "x-forwarded-host": "localhost",
    }


class StoppedClock(ManualClock):
    """Shows the same time for ever, while waits are as long as they are."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def a_still_world(**values: Any) -> AbstractAsyncContextManager[World]:
    """A world in which no time passes for those who count, so that no guess comes back."""
    return a_world(clock=StoppedClock(time.time()), **values)


def stranger(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30)


async def by_the_api(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post(f"{API}/session", json={"password": "a wrong guess"}, headers=headers)


async def by_the_page(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    headers = {**headers, "sec-fetch-site": "same-origin"}
    return await client.post("/admin/sign-in", data={"password": "a wrong guess"}, headers=headers)


async def as_a_token(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    headers = {**headers, "authorization": "Bearer a wrong guess"}
    return await client.get(f"{API}/accounts", headers=headers)


async def for_the_numbers(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    headers = {**headers, "authorization": "Bearer a wrong guess"}
    return await client.get("/metrics", headers=headers)


WAYS: tuple[Guess, ...] = (by_the_api, by_the_page, as_a_token, for_the_numbers)


async def test_forty_guesses_on_all_paths_have_one_budget_whatever_the_headers_say() -> None:
    """threats.md S02: the source is the socket's peer, and the owner's session lives on."""
    async with (
        a_still_world(admin_password=PASSWORD) as world,
        stranger(world) as guesser,
        stranger(world) as owner,
    ):
        begun = await owner.post(f"{API}/session", json={"password": PASSWORD})
        owner.headers["authorization"] = f"Bearer {begun.json()['token']}"

        replies = [await WAYS[number % len(WAYS)](guesser, rotating(number)) for number in range(GUESSES)]

        slowed = [reply for reply in replies if reply.status_code == 429]
        assert len(slowed) == GUESSES - PER_ADDRESS
        assert all(reply.status_code in {401, 404} for reply in replies[:PER_ADDRESS])
        assert (await owner.get(f"{API}/accounts")).status_code == 200
        known = (await owner.get(f"{API}/sessions")).json()["sessions"]
        assert [one["peer"] for one in known] == ["127.0.0.1"]


async def test_guesses_at_once_have_no_more_than_their_budget() -> None:
    async with a_still_world(admin_password=PASSWORD) as world, stranger(world) as guesser:
        replies = await asyncio.gather(*(by_the_api(guesser, rotating(n)) for n in range(GUESSES)))

    assert sorted(reply.status_code for reply in replies) == [401] * PER_ADDRESS + [429] * (
        GUESSES - PER_ADDRESS
    )


async def test_behind_a_listed_proxy_each_client_counts_for_itself() -> None:
    """threats.md S02: the right-most address that is no proxy; what stands before it counts for nothing."""
    trusted = ("127.0.0.1", "10.0.0.0/8")
    async with (
        a_still_world(admin_password=PASSWORD, trusted_proxies=trusted) as world,
        stranger(world) as client,
    ):
        forged = [{"x-forwarded-for": f"203.0.113.{n}, 198.51.100.7, 10.0.0.1"} for n in range(20)]
        guessed = [(await by_the_api(client, headers)).status_code for headers in forged]
        other = await by_the_api(client, {"x-forwarded-for": "198.51.100.8"})
        entered = await client.post(
            f"{API}/session", json={"password": PASSWORD}, headers={"x-forwarded-for": "198.51.100.9"}
        )
        client.headers["authorization"] = f"Bearer {entered.json()['token']}"
        known = (await client.get(f"{API}/sessions")).json()["sessions"]

    assert guessed == [401] * PER_ADDRESS + [429] * (20 - PER_ADDRESS)
    assert other.status_code == 401
    assert [one["peer"] for one in known] == ["198.51.100.9"]


def asking(client: httpx.AsyncClient, path: str, key: str, **headers: str) -> Awaitable[httpx.Response]:
    body = {"model": FLASH, "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    return client.post(path, json=body, headers={"x-api-key": key, **headers})


@pytest.mark.parametrize("path", PATHS)
async def test_wrong_client_keys_are_slowed_down_and_right_ones_never(path: str) -> None:
    """threats.md S11: limiter per source, 429 in the caller's dialect with Retry-After."""
    async with a_still_world(wrong_keys_per_source=5) as world, stranger(world) as client:
        wrong = [await asking(client, path, f"sk-ag-{n:040}", **rotating(n)) for n in range(GUESSES)]
        right = [await asking(client, path, world.key) for _ in range(3)]
        missing = await client.post(path, json={})

    assert [reply.status_code for reply in wrong[:5]] == [401] * 5
    assert {reply.status_code for reply in wrong[5:]} == {429}
    last = wrong[-1]
    assert int(last.headers["retry-after"]) >= 1
    assert last.json()["error"]["type"] == "rate_limit_error"
    assert (last.json().get("type") == "error") == (path == "/v1/messages")
    assert [reply.status_code for reply in right] == [200, 200, 200]
    assert missing.status_code == 401


async def test_behind_a_listed_proxy_one_guesser_slows_nobody_else() -> None:
    """threats.md S11."""
    async with (
        a_still_world(wrong_keys_per_source=3, trusted_proxies=("127.0.0.1",)) as world,
        stranger(world) as client,
    ):
        guesser, other = {"x-forwarded-for": "198.51.100.7"}, {"x-forwarded-for": "198.51.100.8"}
        mine = [(await asking(client, PATHS[0], f"sk-ag-{n:040}", **guesser)).status_code for n in range(5)]
        theirs = await asking(client, PATHS[0], "sk-ag-another", **other)

    assert mine == [401, 401, 401, 429, 429]
    assert theirs.status_code == 401


@pytest.mark.parametrize("path", PATHS)
async def test_no_refusal_of_a_key_tells_what_is_wrong_with_it(path: str) -> None:
    """threats.md S11: identical 401 for unknown, malformed and revoked; the mask is of what was sent."""
    async with a_still_world() as world, stranger(world) as client:
        revoked = await world.gateway.store.keys.create(name="old")
        await world.gateway.store.keys.revoke(revoked.record.id)
        tail = revoked.secret[-4:]
        keys = [
            revoked.secret,
            f"sk-ag-{'0' * 39}{tail}",
            f"sk-nothing-of-ours{tail}",
            f"sk-' OR 1=1; --{tail}",
            f"sk-{'x' * 5000}{tail}",
        ]
        replies = [await asking(client, path, key) for key in keys]

    bodies = {reply.text.replace(reply.headers["x-request-id"], "ID") for reply in replies}
    assert {reply.status_code for reply in replies} == {401}
    assert len(bodies) == 1
    assert len({tuple(sorted(set(reply.headers) - {"date"})) for reply in replies}) == 1
