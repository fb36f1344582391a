"""Planted secrets: whatever goes wrong, no client and no line of the log gets to see one.

Source: threats.md S14 and N14, faults.md rule 19.
"""

import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.observe.logging import configure_logging
from app.settings.fields import secrets_of
from app.simulator.errors import TEMPLATES
from app.simulator.faults import CONNECTION_EFFECTS, TOKEN_EFFECTS
from tests.support.scenes import FLASH, a_scene
from tests.support.world import World

PATHS = ("/v1/chat/completions", "/v1/messages")
TELLING = (
    "Resource '{project}' of {email} at daily-cloudcode-pa.googleapis.com does not accept {token} "
    "(projects/{project}, user {email})."
)
"""What an upstream might say in a shape that no rule knows."""


def planted(world: World) -> set[str]:
    """Everything that must stay inside."""
    accounts = world.simulator.accounts
    return {
        world.key,
        urlsplit(world.simulator.base_url).netloc,
        *(account.email for account in accounts),
        *(account.project for account in accounts),
        *(account.refresh_token for account in accounts),
        *world.simulator.state.directory.tokens,
        *secrets_of(world.gateway.settings),
    }


@contextmanager
def a_log() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, at the most talkative level."""
    stream = io.StringIO()
    with closing(configure_logging("debug", "json", stream=stream)):
        yield stream


async def heard(client: httpx.AsyncClient, path: str, **body: Any) -> str:
    """All of a reply that a client can see."""
    asked = {"model": FLASH, "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], **body}
    try:
        reply = await client.post(path, json=asked)
    except httpx.RemoteProtocolError as exc:  # an answer that breaks off, as some faults want it
        return str(exc)
    return f"{reply.status_code} {reply.headers} {reply.text}"


@asynccontextmanager
async def a_leak_test(**values: Any) -> AsyncIterator[tuple[World, list[str]]]:
    """A world, and a list for what its clients see; both it and the log are searched in the end."""
    seen: list[str] = []
    with a_log() as log:
        async with a_scene(**values) as world:
            yield world, seen
            secrets = planted(world)
            assert await world.is_at_rest()
    outside = "\n".join(seen)
    assert seen
    assert [secret for secret in secrets if secret in outside] == []
    lines = log.getvalue().splitlines()
    assert [secret for secret in secrets if secret in log.getvalue()] == []
    assert [line for line in lines if not line.isprintable()] == []
    assert any(json.loads(line)["event"] == "request" for line in lines)


async def ask_everything(world: World, seen: list[str]) -> None:
    async with world.client() as client:
        for path in PATHS:
            seen += [await heard(client, path, stream=stream) for stream in (False, True)]


@pytest.mark.parametrize("effect", sorted(TEMPLATES))
async def test_no_refusal_of_the_upstream_shows_a_secret(effect: str) -> None:
    """faults.md rule 19: no account name, address, project, token or host reaches a client."""
    async with a_leak_test(accounts=2) as (world, seen):
        world.simulator.add_fault(effect, method="streamGenerateContent")
        await ask_everything(world, seen)


@pytest.mark.parametrize("effect", sorted(CONNECTION_EFFECTS - {"hang"}))
async def test_no_broken_connection_shows_a_secret(effect: str) -> None:
    """faults.md F001 to F007."""
    async with a_leak_test(accounts=2, header_s=2.0, header_thinking_s=2.0) as (world, seen):
        world.simulator.add_fault(effect, method="streamGenerateContent", delay_s=1.0)
        await ask_everything(world, seen)


@pytest.mark.parametrize("effect", sorted(TOKEN_EFFECTS))
async def test_no_trouble_with_tokens_shows_a_secret(effect: str) -> None:
    """faults.md D."""
    async with a_leak_test(accounts=2, with_projects=False) as (world, seen):
        world.simulator.add_fault(effect)
        await ask_everything(world, seen)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", PATHS)
async def test_values_of_an_account_are_found_in_words_that_no_rule_knows(path: str, stream: bool) -> None:
    """threats.md 5.5: upstream texts pass for 400 only, and cleaned."""
    async with a_leak_test(accounts=1) as (world, seen), world.client() as client:
        seen.append(await heard(client, path, stream=stream))
        account = world.simulator.accounts[0]
        token = next(iter(world.simulator.state.directory.tokens))
        text = TELLING.format(project=account.project, email=account.email, token=token)
        world.simulator.add_fault("400_generic", message=text)

        seen.append(await heard(client, path, stream=stream))

        assert "400" in seen[-1]
        assert "does not accept" in seen[-1]


async def test_no_bad_request_shows_a_secret_or_forges_a_line() -> None:
    """threats.md S11, S25 and S35: keys in every place, names and ids with line ends and terminal codes."""
    evil = "x\r\nX-Evil: 1\x1b[2J\u202e\x9b1m"
    async with a_leak_test() as (world, seen), world.client() as client:
        for path in PATHS:
            seen.append(await heard(client, path, model=evil))
            seen.append(await heard(client, path, messages=[{"role": evil, "content": evil}]))
            seen.append(await heard(client, path, user=evil, metadata={"user_id": evil}))
            async with httpx.AsyncClient(base_url=world.base_url, trust_env=False) as bare:
                wrong = f"{world.key}x"
                for headers in ({"authorization": f"Bearer {wrong}"}, {"x-api-key": wrong}):
                    seen.append(str((await bare.post(path, headers=headers)).content))
                seen.append(str((await bare.post(f"{path}?key={wrong}")).content))
                seen.append(str((await bare.get(f"/v1/nothing?key={world.key}")).content))
        sent = [entry.model for entry in world.generations]

    assert evil not in sent
    assert "'x-evil'" not in "".join(seen).lower()
