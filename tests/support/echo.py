"""An upstream without accounts, as an addon may bring one: it answers with what it was asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from msgspec.structs import replace

from app.catalog.builtin import PROFILES
from app.catalog.profile import ModelProfile
from app.ids import Ids
from app.ir.events import Begin, Close, End, Event, TextDelta, TextOpen
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from app.upstreams.base import Call, Credential, Discovery, Encoded

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
