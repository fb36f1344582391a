"""The addons of `examples/addons`, each at its work."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.example_addons import EXAMPLES, FOLDER
from tests.support.world import World, a_world

CHAT = "/v1/chat/completions"
MOST_LINES = 60


def asking(words: str = "Hello", **members: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-pro", "messages": [{"role": "user", "content": words}], **members}


@asynccontextmanager
async def a_world_with(name: str, **options: Any) -> AsyncIterator[World]:
    async with a_world(addons=(str(FOLDER / f"{name}.py"),), addon_options={name: options}) as world:
        yield world


def sent(world: World) -> str:
    return json.dumps([entry.body for entry in world.generations])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: Path(path).stem)
def test_an_example_is_small(path: str) -> None:
    assert len(Path(path).read_text().splitlines()) < MOST_LINES


async def test_system_note() -> None:
    async with a_world_with("system_note", notes={"test": "Be brief.", "*": "Be kind."}) as world:
        async with world.client() as client:
            await client.post(CHAT, json=asking())

        assert "Be brief." in sent(world)
        assert "Be kind." not in sent(world)


async def test_redact_emails() -> None:
    result = [
        {"role": "user", "content": "Who is anna@example.com?"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "She is anna.b+c@mail.example.com"},
    ]
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    async with a_world_with("redact_emails") as world, world.client() as client:
        reply = await client.post(CHAT, json={**asking(), "messages": result, "tools": tools})

        assert reply.status_code == 200
        assert "example.com" not in sent(world)
        assert sent(world).count("[address]") == 2


async def test_cheap_side_requests() -> None:
    cheap = "gemini-2.5-flash"
    async with a_world_with("cheap_side_requests", model=cheap) as world, world.client() as client:
        small = await client.post(CHAT, json=asking("A title, please", max_tokens=30))
        large = await client.post(CHAT, json=asking("x" * 5000, max_tokens=30))
        open_end = await client.post(CHAT, json=asking("Write a novel"))

    models = [reply.json()["model"] for reply in (small, large, open_end)]
    assert models == [cheap, "gemini-2.5-pro", "gemini-2.5-pro"]


async def test_answer_cache() -> None:
    async with a_world_with("answer_cache", entries=1) as world, world.client() as client:
        first, again = [await client.post(CHAT, json=asking()) for _ in range(2)]
        await client.post(CHAT, json=asking("Something else"))
        await client.post(CHAT, json=asking())
        asked = len(world.generations)

    said = [reply.json()["choices"][0]["message"]["content"] for reply in (first, again)]
    assert said[0] == said[1]
    assert again.headers["x-gateway-notes"] == "addon-answer"
    assert asked == 3, "one answer is kept, the newest"


async def test_flows_to_jsonl(tmp_path: Path) -> None:
    file = tmp_path / "flows.jsonl"
    async with a_world_with("flows_to_jsonl", file=str(file)) as world, world.client() as client:
        await client.post(CHAT, json=asking())
        await client.post(CHAT, json=asking(model="nothing"))
        await world.gateway.closer.caught_up()

    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["outcome"] for row in rows] == ["ok", "client_fault"]
    assert rows[0]["key"] == "test"


async def test_pool_webhook() -> None:
    calls: list[dict[str, str]] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        calls.append(json.loads(await reader.readexactly(size)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with a_world_with("pool_webhook", url=url) as world:
            for status in world.gateway.pool.snapshot():
                await world.gateway.pool.remove(status.id)
            await world.gateway.closer.caught_up()

    assert [call["pool"] for call in calls] == ["usable", "dry"]


async def test_sample_prompts(tmp_path: Path) -> None:
    async with a_world_with("sample_prompts", folder=str(tmp_path), share=1.0) as world:
        async with world.client() as client:
            await client.post(CHAT, json=asking("Sample me"))
        await world.gateway.closer.caught_up()

    (file,) = tmp_path.glob("*.json")
    assert "Sample me" in file.read_text()
    assert json.loads(file.read_text())["pieces"]


async def test_toy_dialect() -> None:
    async with a_world_with("toy_dialect") as world, world.client() as client:
        reply = await client.post("/toy", content=b"Why is the sky blue?")
        stranger = await client.post("/toy", content=b"Hi", headers={"authorization": "Bearer no"})
        other = await client.post(CHAT, json=asking())

    assert "sky blue" in reply.json()["say"]
    assert (stranger.status_code, other.status_code) == (401, 200)
    assert "sorry" in stranger.json()
