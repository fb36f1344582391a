"""Settings to a running gateway, and back to nothing. Source: architecture 6, amendments.md 4."""

import asyncio
from pathlib import Path

import pytest

from app.dialects.base import Params
from app.errors import ShuttingDown
from app.store.errors import StoreLocked
from tests.support.flows import a_body, a_new_flow
from tests.support.gateways import a_gateway, client_of


async def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        key = (await gateway.store.keys.create(name="test")).secret
    async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
        reply = await client.get("/v1/models", headers={"x-api-key": key})

    assert reply.status_code == 200


async def test_a_database_has_one_gateway(tmp_path: Path) -> None:
    async with a_gateway(tmp_path):
        with pytest.raises(StoreLocked):
            async with a_gateway(tmp_path):
                pass


async def test_every_flow_of_a_key_is_in_the_books(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
        key = (await gateway.store.keys.create(name="test")).secret
        for headers in ({"x-api-key": key}, {"x-api-key": "sk-of-a-stranger"}):
            await client.post("/v1/chat/completions", headers=headers, content=a_body())
    async with a_gateway(tmp_path) as gateway:
        found = await gateway.store.usage.between(0, 10**9)

    assert sum(one.requests for one in found) == 1


async def test_what_still_runs_is_told_that_the_gateway_ends(tmp_path: Path) -> None:
    """faults.md F112."""

    async def never() -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async with a_gateway(tmp_path) as gateway:
        key = (await gateway.store.keys.create(name="test")).secret
        flow = a_new_flow(params=Params({"x-api-key": key}))
        flow.read_body = never
        task = gateway.runner.start(flow)
        while flow.caller is None:
            await asyncio.sleep(0)

    assert task.done()
    assert isinstance(flow.error, ShuttingDown)
