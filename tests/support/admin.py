"""An administrator for tests: a world, and a client that is signed in to its admin API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
API = "/admin/api"


@asynccontextmanager
async def a_signed_in_admin(**values: Any) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world and its administrator, whose paths are those below the API. `values` are those of a world."""
    async with (
        a_world(admin_password=PASSWORD, **values) as world,
        httpx.AsyncClient(base_url=world.base_url + API, trust_env=False, timeout=30) as client,
    ):
        begun = await client.post("/session", json={"password": PASSWORD})
        client.headers["authorization"] = f"Bearer {begun.json()['token']}"
        yield world, client
