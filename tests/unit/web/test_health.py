"""Is it alive, is it ready, and its numbers. Source: amendments.md 1, faults.md 4."""

from pathlib import Path

import pytest

from tests.support.gateways import a_gateway, client_of, with_account


async def test_it_is_alive_whatever_it_lacks(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        reply = await client_of(gateway).get("/health/live")

    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


async def test_it_is_ready_and_says_what_it_lacks_without_naming_anybody(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        client = client_of(gateway)
        without = (await client.get("/health/ready")).json()
        await with_account(gateway)
        reply = await client.get("/health/ready")

    assert without == {"status": "degraded", "reasons": ["no usable account"]}
    assert (reply.status_code, reply.json()) == (200, {"status": "ok", "reasons": []})


async def test_a_gateway_that_drains_wants_no_more_requests(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        await with_account(gateway)
        gateway.begin_drain()
        reply = await client_of(gateway).get("/health/ready")

    assert reply.status_code == 503
    assert reply.json() == {"status": "unavailable", "reasons": ["draining"]}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_a_probe_may_ask_for_the_head_and_nothing_else(tmp_path: Path, path: str) -> None:
    async with a_gateway(tmp_path) as gateway:
        head = await client_of(gateway).head(path)
        other = await client_of(gateway).post(path)

    assert head.status_code == 200
    assert (other.status_code, other.headers["allow"]) == (405, "GET, HEAD")
