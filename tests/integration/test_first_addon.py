"""The code of the tutorial, run as it is written."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.documents import ROOT, blocks
from tests.support.world import World, a_world

STEPS = [block.text for block in blocks(ROOT / "docs/tutorial/first-addon.md", "python")]
PATHS = pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])


@asynccontextmanager
async def step(number: int, folder: Path, **options: Any) -> AsyncIterator[World]:
    """A gateway with the addon as the n-th step leaves it."""
    file = folder / "first.py"
    file.write_text(STEPS[number - 1])
    async with a_world(addons=(str(file),), addon_options={"first": options} if options else None) as world:
        yield world


async def ask(world: World, path: str, words: str = "Hello!", **members: Any) -> httpx.Response:
    messages = [{"role": "user", "content": words}]
    request = {"model": "gemini-2.5-flash", "max_tokens": 100, "messages": messages, **members}
    async with world.client() as client:
        return await client.post(path, json=request)


@PATHS
async def test_step_1_marks_every_request(path: str, tmp_path: Path) -> None:
    async with step(1, tmp_path) as world:
        reply = await ask(world, path)

    assert reply.headers["x-gateway-notes"] == "hello-test"


@PATHS
async def test_step_2_changes_what_the_model_is_asked(path: str, tmp_path: Path) -> None:
    async with step(2, tmp_path) as world:
        await ask(world, path)

        assert "Answer like a pirate." in json.dumps(world.generations[0].body)


@PATHS
@pytest.mark.parametrize("stream", [False, True])
async def test_step_3_refuses_and_answers_itself(path: str, stream: bool, tmp_path: Path) -> None:
    async with step(3, tmp_path) as world:
        refused = await ask(world, path, "my password is x", stream=stream)
        answered = await ask(world, path, "ping", stream=stream)
        asked = list(world.generations)

    assert refused.status_code == 403
    assert "Passwords stay in the house." in refused.text
    assert "pong" in answered.text
    assert asked == []


async def test_step_4_changes_the_answer(tmp_path: Path) -> None:
    async with step(4, tmp_path) as world:
        reply = await ask(world, "/v1/messages")

    text = reply.json()["content"][0]["text"]
    assert text == text.upper()


async def test_step_5_is_configured_and_watches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with step(5, tmp_path, style="a sailor") as world:
        await ask(world, "/v1/messages")
        await world.gateway.closer.caught_up()

        assert "Answer like a sailor." in json.dumps(world.generations[0].body)
    assert "tokens" in capsys.readouterr().out
