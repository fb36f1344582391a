"""A warm request asks the database nothing; what it leaves behind is written later, in batches."""

from tests.support.store import requests_counted, watched
from tests.support.world import World, a_world

ASKED = {"model": "gemini-3-pro-high", "messages": [{"role": "user", "content": "hello"}]}


async def answered(world: World, times: int) -> None:
    async with world.client() as client:
        for _ in range(times):
            reply = await client.post("/v1/chat/completions", json=ASKED)
            assert reply.status_code == 200, reply.text


async def test_a_warm_request_runs_no_query() -> None:
    """architecture.md 12: no query on the hot path; performance.md, building blocks 5."""
    async with a_world() as world:
        store = world.gateway.store
        await answered(world, 3)
        await store.writer.flush()
        statements: list[str] = []
        await watched(store.database, statements.append)

        await answered(world, 20)
        while_asked = list(statements)
        await store.writer.flush()

        # The writer alone looks into `counted_flows`, before it adds usage up.
        questions = [s for s in while_asked if s.startswith("SELECT") and "counted_flows" not in s]
        assert questions == []
        assert await requests_counted(store) == 23
