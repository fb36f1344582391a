"""Dialects and upstreams by name."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from app.catalog.builtin import PROFILES
from app.catalog.profile import ModelProfile
from app.hooks.additions import Loader
from app.hooks.errors import AddonRefused
from app.hooks.spec import Addon
from app.ids import Ids
from app.ir.events import Begin, Close, End, Event, TextDelta, TextOpen
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from app.registry import NameTaken, dialects_with
from app.upstreams.base import Call, Credential, Discovery, Encoded
from tests.support.flows import DIALECTS
from tests.support.world import a_world

ECHO = replace(PROFILES[0], id="echo-1", wire_id="echo-1", hidden=False)


class EchoDecoder:
    """The bytes are the text."""

    is_over = False
    has_finish = False
    usage = Usage()

    def feed(self, data: bytes) -> list[Event]:
        return [Begin("1", "echo-1"), TextOpen(), TextDelta(data.decode()), Close()]

    def finish(self) -> list[Event]:
        return [End("stop")]


class Echo:
    """Answers with what it was asked."""

    name: ClassVar[str] = "echo"

    def __init__(self) -> None:
        self.credentials: list[Credential] = []

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        return Encoded(json.dumps([str(part) for turn in prompt.turns for part in turn.parts]).encode())

    @asynccontextmanager
    async def open(self, call: Call, credential: Credential) -> AsyncIterator[AsyncIterator[bytes]]:
        self.credentials.append(credential)
        yield self._bytes(call)

    async def _bytes(self, call: Call) -> AsyncIterator[bytes]:
        yield call.encoded.body

    def decoder(self, call: Call, ids: Ids) -> EchoDecoder:
        return EchoDecoder()

    async def count(self, call: Call, credential: Credential) -> int:
        return 1

    async def discover(self, credential: Credential) -> Discovery:
        raise AssertionError("it has no accounts")


class Echoing(Addon):
    """Brings the upstream."""

    def __init__(self, upstream: Any) -> None:
        self.upstream = upstream

    def load(self, loader: Loader) -> None:
        loader.add_upstream(self.upstream, [ECHO])


async def test_an_upstream_of_an_addon_answers_for_its_models_without_an_account() -> None:
    echo = Echo()
    async with a_world(accounts=0, with_addons=[Echoing(echo)]) as world, world.client() as client:
        request = {"model": "echo-1", "messages": [{"role": "user", "content": "Hello"}]}
        reply = await client.post("/v1/chat/completions", json=request)
        models = (await client.get("/v1/models")).json()["data"]
        other = await client.post("/v1/chat/completions", json={**request, "model": "gemini-2.5-flash"})

    assert "Hello" in reply.json()["choices"][0]["message"]["content"]
    assert "echo-1" in [model["id"] for model in models]
    assert [credential.account for credential in echo.credentials] == ["echo"]
    assert other.status_code == 503, "its models need no account, the others do"


async def test_the_shipped_upstream_goes_on_beside_it() -> None:
    async with a_world(with_addons=[Echoing(Echo())]) as world, world.client() as client:
        request = {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}]}
        reply = await client.post("/v1/chat/completions", json=request)

    assert reply.status_code == 200


async def test_a_name_that_is_taken_ends_the_start() -> None:
    class Impostor(Echo):
        name: ClassVar[str] = "antigravity"

    with pytest.raises(AddonRefused, match="two upstreams are called `antigravity`"):
        async with a_world(with_addons=[Echoing(Impostor())]):
            pass


def test_dialects_of_addons_come_first_and_names_are_unique() -> None:
    shipped = list(DIALECTS.values())

    assert dialects_with(shipped[1:], shipped[:1]) == tuple(shipped)
    with pytest.raises(NameTaken, match="two dialects"):
        dialects_with(shipped, shipped[:1])
