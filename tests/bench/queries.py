"""How often a warm request asks the database: never. What it leaves behind is written later, in batches."""

import asyncio
import json

from tests.bench.cast import chat
from tests.bench.figures import Figure
from tests.support.world import World, a_world

REQUESTS = 20


def queries() -> list[Figure]:
    """Reading statements per request, counted by SQLite itself."""
    return [Figure("database queries, a warm request", asyncio.run(_counted()) / REQUESTS, "", budget=0.0)]


async def _counted() -> int:
    async with a_world() as world:
        await _ask(world, 3)
        read: list[str] = []
        # Tortoise has no public way to its connection.
        connection = getattr(world.gateway.store.database.client(), "_connection")  # noqa: B009
        await connection.set_trace_callback(
            lambda statement: read.append(statement) if statement.lstrip().startswith("SELECT") else None
        )
        await _ask(world, REQUESTS)
        await connection.set_trace_callback(None)
        return len(read)


async def _ask(world: World, times: int) -> None:
    request = chat(stream=False)
    async with world.client() as client:
        for _ in range(times):
            reply = await client.post(request.path, json=json.loads(request.body))
            reply.raise_for_status()
