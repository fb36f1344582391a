"""Addresses in prompts lead to no place but the internet, whichever dialect and whatever part they stand in.

Spellings, redirects and rebinding are tried beside the fetcher; here is the way through the gateway.
Source: threats.md S17 and N14, faults.md F098.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.scenes import FLASH
from tests.support.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

INNER = (
    "http://127.0.0.1/a.png",
    "http://2130706433/a.png",
    "http://0x7f.1/a.png",
    "http://[::ffff:127.0.0.1]/a.png",
    "http://[64:ff9b::7f00:1]/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "https://localhost/a.png",
    "http://127.0.0.1:{port}/a.png",
    "http://localhost:{port}/a.png",
    "http://user@127.0.0.1:{port}/a.png",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "//127.0.0.1:{port}/a.png",
)


class Canary:
    """A server in the gateway's own network that nobody may reach."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count a visit."""
        self.visits += 1
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    made = Canary()
    async with await asyncio.start_server(made.meet, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["auto", "on", "off"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with a_world(fetch_image_urls=request.param, fetch_allow_hosts=()) as made:
        yield made


def chat(url: str) -> tuple[str, dict[str, Any]]:
    part = {"type": "image_url", "image_url": {"url": url}}
    return "/v1/chat/completions", {"messages": [{"role": "user", "content": [part]}]}


def message(url: str) -> tuple[str, dict[str, Any]]:
    part = {"type": "image", "source": {"type": "url", "url": url}}
    return "/v1/messages", {"max_tokens": 10, "messages": [{"role": "user", "content": [part]}]}


def tool_output(url: str) -> tuple[str, dict[str, Any]]:
    image = {"type": "image", "source": {"type": "url", "url": url}}
    turns = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [image]}]},
    ]
    tools = [{"name": "look", "input_schema": {"type": "object", "properties": {}}}]
    return "/v1/messages", {"max_tokens": 10, "messages": turns, "tools": tools}


@pytest.mark.parametrize("url", INNER)
@pytest.mark.parametrize("ask", [chat, message, tool_output])
async def test_no_prompt_makes_the_gateway_visit_its_own_network(
    world: World, canary: Canary, ask: Any, url: str
) -> None:
    """threats.md N14: visits at the canary stay 0, and the refusal is no map of the network."""
    path, body = ask(url.format(port=canary.port))
    async with world.client() as client:
        reply = await client.post(path, json={"model": FLASH, **body})

    # What a tool returned is never a reason to refuse: text takes its place.
    assert reply.status_code == (200 if ask is tool_output else 400)
    assert canary.visits == 0
    assert "Errno" not in reply.text
    assert "refused" not in reply.text
    assert await world.is_at_rest()
