"""What the pages tell a newcomer to run is run: curl lines and programs, against a simulated backend."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support.documents import ROOT, blocks, commands, name_of, read_curl
from tests.support.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

READMES = (ROOT / "README.md", ROOT / "README.zh.md")
TUTORIAL = ROOT / "docs/tutorial/first-answer.md"
SDKS = ROOT / "docs/howto/openai-sdk.md"
CURL = shutil.which("curl")
_BASE = re.compile(r"http://127\.0\.0\.1:(?:8088|3000)")
_LIMIT_S = 60


def curl_lines(*pages: Path) -> list[pytest.param]:  # type: ignore[valid-type] # pytest names no type for it
    return [
        pytest.param(command, id=f"{name_of(page)}-{number}")
        for page in pages
        for number, command in enumerate(
            command
            for block in blocks(page, "sh")
            for command in commands(block)
            if command.startswith("curl ")
        )
    ]


def programs(*pages: Path) -> list[pytest.param]:  # type: ignore[valid-type] # pytest names no type for it
    return [pytest.param(block.text, id=str(block)) for page in pages for block in blocks(page, "python")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


@pytest.mark.parametrize("command", curl_lines(*READMES, TUTORIAL))
async def test_a_curl_line_gets_what_the_page_promises(world: World, command: str) -> None:
    """style.md 13: every code block in the docs runs."""
    asked = read_curl(command)

    said = await (_by_curl(world, command) if CURL else _by_httpx(world, command))

    head, _, body = said.rpartition("\r\n\r\n") if asked.shows_head else ("", "", said)
    assert head.startswith("HTTP/1.1 ") is asked.shows_head
    if "[[sim:" in command:
        assert '"error"' in body
        assert '"finish_reason":"' not in body
    elif asked.body is not None and json.loads(asked.body).get("stream"):
        last = "data: [DONE]" if asked.url.endswith("/chat/completions") else 'data: {"type":"message_stop"}'
        assert body.rstrip().endswith(last)
    else:
        answer = json.loads(body)
        assert "error" not in answer
        assert answer.keys() & {"choices", "content", "data", "input_tokens"}


@pytest.mark.parametrize("program", programs(*READMES, TUTORIAL, SDKS))
async def test_a_program_runs_to_its_end_and_prints_an_answer(world: World, program: str) -> None:
    """style.md 13: every code block in the docs runs."""
    said = await _said(world, sys.executable, "-c", _at(world, program))

    assert said.strip()


async def test_a_tool_loop_that_forgets_its_thoughts_ends_with_an_answer(world: World) -> None:
    """What the tutorial's program shows: nothing was refused, nothing downgraded."""
    before = len(world.generations)
    (program,) = blocks(TUTORIAL, "python")

    said = await _said(world, sys.executable, "-c", _at(world, program.text))

    assert said.startswith("calls get_weather {'city': 'Paris'}\n")
    generations = world.generations[before:]
    assert [entry.status for entry in generations] == [200, 200]
    replayed = generations[-1].body["request"]["contents"][1]["parts"]
    assert replayed[0]["thought"] is True


async def _by_curl(world: World, command: str) -> str:
    return await _said(world, "sh", "-c", _at(world, command))


async def _by_httpx(world: World, command: str) -> str:
    asked = read_curl(_at(world, command).replace("$KEY", world.key))
    async with httpx.AsyncClient(trust_env=False, timeout=_LIMIT_S) as client:
        method = "GET" if asked.body is None else "POST"
        content = None if asked.body is None else asked.body.encode()
        reply = await client.request(method, asked.url, headers=asked.headers, content=content)
    head = f"{reply.http_version} {reply.status_code}\r\n\r\n" if asked.shows_head else ""
    return head + reply.text


async def _said(world: World, *command: str) -> str:
    """What a program prints that ends well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "KEY": world.key, "NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return out.decode()


def _at(world: World, text: str) -> str:
    """`text` with the gateway of this test in place of the page's."""
    return _BASE.sub(world.base_url, text)
