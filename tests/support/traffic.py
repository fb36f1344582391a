"""Requests of many kinds sent through a world, for pages that show what became of them."""

from typing import Any

import httpx

from tests.support.world import World

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp.exe\"'>&"
"""What a client might call a model: markup, a terminal's colours, text that runs backwards."""


async def ask(world: World, text: str = "Hi", *, path: str = "/v1/messages", **more: Any) -> httpx.Response:
    """One request in either dialect. Directives for the simulator may stand in the text."""
    body = {"model": "claude-sonnet-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": text}]}
    async with world.client() as client:
        headers = {"user-agent": "claude-cli/2.0.1 (external, cli)"}
        return await client.post(path, json={**body, **more}, headers=headers)


async def all_sorts(world: World) -> dict[str, httpx.Response]:
    """One request of each sort that people ask about, by a word for it."""
    chat = "/v1/chat/completions"
    replies = {
        "served": await ask(world, "Hi [[sim: text=60]]"),
        "chat": await ask(world, "Hi", path=chat, model="gemini-3-flash"),
        "retried": await _retried(world),
        "exhausted": await ask(world, "[[sim: error=429_rate]]", model="gemini-3-flash"),
        "failed": await ask(world, "[[sim: error=500_internal]]"),
        "unknown": await ask(world, "Hi", model=HOSTILE),
    }
    await written(world)
    return replies


async def _retried(world: World) -> httpx.Response:
    """Two accounts fail, the third serves a stream."""
    world.simulator.add_fault("429_rate", times=1, delay_s=40.0)
    world.simulator.add_fault("500_internal", times=1, nth=2)
    return await ask(world, "Hi [[sim: text=400 think=50]]", stream=True, metadata={"odd": [1]})


async def written(world: World) -> None:
    """Return when all that has ended stands in the database."""
    assert await world.is_at_rest()
    await world.gateway.store.writer.flush()


def request_id(reply: httpx.Response) -> str:
    """The request's id, as either dialect names it."""
    return reply.headers.get("request-id") or reply.headers["x-request-id"]
