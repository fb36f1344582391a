"""Questions of both dialects to a whole gateway over the simulated backend, and what its log says of them.

Clocks run faster on both sides, so that waits which are named in seconds cost a fraction of one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import chain, pairwise
from typing import Any, Literal, TypeAlias

import httpx
from msgspec import Struct

from tests.support.clock import ScaledClock
from tests.support.world import World, a_world

DialectName: TypeAlias = Literal["openai", "anthropic"]
DIALECTS: tuple[DialectName, ...] = ("openai", "anthropic")
FLASH = "gemini-3-flash"
SONNET = "claude-sonnet-4-6"
FACTOR = 50.0


class Heard(Struct, frozen=True):
    """What a client heard. `type` and `code` are those of an error body, "" where there is none."""

    status: int
    text: str
    type: str
    code: str
    retry_after: int | None
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The sentence of an error."""
        said: str = self.body["error"]["message"]
        return said


@asynccontextmanager
async def a_scene(
    scenario: str = "happy", *, accounts: int = 3, factor: float = FACTOR, **values: Any
) -> AsyncIterator[World]:
    """A world whose clocks run `factor` times as fast."""
    # With more at once an account is told to stop while its next request is already on the way.
    values = {"max_concurrent_per_account": 1, **values}
    simulator = {"clock": "scaled", "clock_factor": factor, **values.pop("simulator", {})}
    clock = ScaledClock(factor)
    async with a_world(
        scenario=scenario, accounts=accounts, simulator=simulator, clock=clock, **values
    ) as world:
        yield world


async def ask(
    world: World,
    dialect: DialectName = "openai",
    text: str = "Tell me about rivers.",
    *,
    model: str = FLASH,
    talk: str = "",
    client: httpx.AsyncClient | None = None,
    **body: Any,
) -> Heard:
    """One plain question. `talk` names the conversation it belongs to."""
    asked = {"model": model, "max_tokens": 8000, "messages": [{"role": "user", "content": text}], **body}
    path = "/v1/chat/completions" if dialect == "openai" else "/v1/messages"
    if talk:
        asked |= {"user": talk} if dialect == "openai" else {"metadata": {"user_id": talk}}
    if client is not None:
        return _heard(dialect, await client.post(path, json=asked))
    async with world.client(verify=False) as own:
        return _heard(dialect, await own.post(path, json=asked))


async def stream(world: World, dialect: DialectName, text: str = "Hello", *, model: str = FLASH) -> str:
    """The whole body of a streamed answer."""
    asked = {
        "model": model,
        "max_tokens": 8000,
        "stream": True,
        "messages": [{"role": "user", "content": text}],
    }
    path = "/v1/chat/completions" if dialect == "openai" else "/v1/messages"
    async with world.client(verify=False) as client:
        reply = await client.post(path, json=asked)
    assert reply.status_code == 200, reply.text
    return reply.text


def route(entries: Iterable[Any]) -> str:
    """Who was asked where, in order: accounts as letters in the order of their first turn, hosts as d and p.

    `Ad Ap Bd` is the first account at both hosts, then another one.
    """
    letters: dict[str, str] = {}
    steps = []
    for entry in entries:
        letter = letters.setdefault(entry.account, chr(ord("A") + len(letters)))
        steps.append(letter + entry.host[0])
    return " ".join(steps)


def gaps(entries: list[Any]) -> list[float]:
    """Seconds on the simulator's clock from the end of each request to the beginning of the next."""
    return [after.at - before.at - before.duration_s for before, after in pairwise(entries)]


async def in_turn(count: int, at_once: int, work: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """`work(0)`, `work(1)`, ... with so many at the same time."""
    numbers = iter(range(count))

    async def worker() -> list[Any]:
        return [await work(n) for n in numbers]

    return list(chain.from_iterable(await asyncio.gather(*(worker() for _ in range(at_once)))))


def fail_in_mixed_ways(world: World) -> None:
    """Seven of ten accounts: a dead token, two lasting refusals, no quota, a rate, 5xx and cut streams."""
    accounts, add = world.simulator.accounts, world.simulator.add_fault
    accounts[0].state = "revoked"
    accounts[1].state = "tos"
    accounts[2].state = "validation_required"
    add("429_quota", account=accounts[3].id, delay_s=9_000.0)
    add("429_rate", account=accounts[4].id, delay_s=0.3, probability=0.5)
    add("500_internal", account=accounts[5].id, probability=0.5)
    add("cut", account=accounts[6].id, after_chunks=0, probability=0.5)


def _heard(dialect: DialectName, reply: httpx.Response) -> Heard:
    body = reply.json()
    error = body.get("error") or {}
    text = ""
    if not error:
        text = (
            body["choices"][0]["message"]["content"]
            if dialect == "openai"
            else "".join(block.get("text", "") for block in body["content"])
        )
    after = reply.headers.get("retry-after")
    return Heard(
        status=reply.status_code,
        text=text or "",
        type=error.get("type", ""),
        code=error.get("code") or "",
        retry_after=None if after is None else int(after),
        headers=dict(reply.headers),
        body=body,
    )
