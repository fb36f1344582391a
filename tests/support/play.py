"""Plays, run through the whole pipeline and compared. The format is described in `app.wire.play`.

One play may hold several requests of one conversation. No sockets, no clock, no randomness.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from app.catalog.catalog import Catalog
from app.catalog.profile import ModelProfile
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Params
from app.dialects.failures import error_reply
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import StreamCut
from app.flow import Caller, Flow, Marks
from app.gateway.stages import shipped_plan
from app.hooks.table import HookTable
from app.ids import FlowId, Ids, KeyId
from app.images import ImageDesk
from app.ir.prompt import Prompt
from app.outbox import Outbox
from app.pipeline.closer import Closer
from app.pipeline.plan import Plan
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Admit, Floor
from app.pipeline.stages.authenticate import Authenticate
from app.pipeline.stages.convert import Convert
from app.pipeline.stages.count import Count
from app.pipeline.stages.lease import Borrow
from app.pipeline.stages.models import ListModels, ShowModel
from app.pipeline.stages.normalize_images import NormalizeImages
from app.pipeline.stages.read import Read
from app.pipeline.stages.relay import Relay, Silence
from app.pipeline.stages.sanitize_thinking import SanitizeThinking
from app.pipeline.tries import TryLimits
from app.pool.pool import Pool
from app.signatures import SignatureMemory
from app.upstreams.base import Call, Credential, Decoder, Discovery, Encoded
from app.upstreams.fetch import SafeFetcher
from app.upstreams.gemini.decode import GeminiDecoder
from app.upstreams.gemini.encode import encode
from app.upstreams.gemini.faults import read_fault
from app.upstreams.gemini.schema import SchemaCache
from app.web.routes import Match, Routes
from app.wire import play
from app.wire.play import CUT, Line
from tests.support.clock import HastyClock
from tests.support.pool import PoolWorld, an_account

CREATED = 1_800_000_000


class Play(Struct):
    """A script. `title` is its first comment."""

    path: Path
    comments: list[str]
    lines: list[Line]

    @classmethod
    def read(cls, path: Path) -> "Play":
        """Parse a file."""
        script = play.read(path.read_text(encoding="utf-8"))
        return cls(path, script.comments, script.lines)

    def write(self, lines: list[Line]) -> None:
        """Put the play into its file, with these lines."""
        self.path.write_text(play.spell(play.Script(self.comments, lines)), encoding="utf-8")

    async def perform(self) -> list[Line]:
        """The lines as they come out: those that are given, and what really happened between them."""
        return await _Stage(self).perform()


class _Upstream:
    """Answers by the script; encodes and decodes in earnest."""

    name: ClassVar[str] = "antigravity"

    def __init__(self, answers: Iterator[Line]) -> None:
        self._answers = answers
        self._encode = partial(encode, schemas=SchemaCache())
        self.happened: list[Line] = []

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        return self._encode(prompt, profile)

    def decoder(self, call: Call, ids: Ids) -> Decoder:
        encoded = call.encoded
        return GeminiDecoder(
            encoded.bindings,
            ids,
            call.profile,
            known_call_ids=encoded.known_call_ids,
            parallel_calls=encoded.parallel_calls,
            call_prefix=encoded.call_prefix,
        )

    @asynccontextmanager
    async def open(self, call: Call, credential: Credential) -> AsyncIterator[AsyncIterator[bytes]]:
        asked = json.dumps(json.loads(call.encoded.body), indent=1, ensure_ascii=False)
        answer = next(self._answers)
        kind = f" {call.encoded.request_type}" if call.encoded.request_type != "agent" else ""
        self.happened += [
            Line("<<", "upstream", f"{call.profile.wire_id}{kind}", asked.splitlines()),
            answer,
        ]
        status = int(answer.rest.split()[0])
        if status != 200:
            raise read_fault(status, {}, answer.body.encode(), CREATED)
        yield _reads(answer.body)

    async def count(self, call: Call, credential: Credential) -> int:
        raise AssertionError

    async def discover(self, credential: Credential) -> Discovery:
        raise AssertionError


async def _reads(body: str) -> AsyncIterator[bytes]:
    """Each event in a read of its own."""
    is_cut = body.endswith(CUT)
    for event in body.removesuffix(CUT).rstrip("\n").split("\n\n"):
        if event:
            yield event.encode() + b"\n\n"
    if is_cut:
        raise StreamCut("The connection to the model broke.", kind="reset")


class _Keys:
    async def find(self, presented: str) -> Caller | None:
        return Caller(KeyId("key"), "play")


class _NoBooks:
    def enter(self, flow: Flow) -> None:
        pass


class _Stage:
    """One performance."""

    def __init__(self, play: Play) -> None:
        self._play = play
        answers = iter([line for line in play.lines if (line.way, line.who) == (">>", "upstream")])
        numbers = count(1)
        self._upstream = _Upstream(answers)
        self._ids = Ids(lambda length: str(next(numbers)).zfill(length))
        self._clock = HastyClock(now=CREATED)
        self._routes = Routes((AnthropicDialect(), OpenAIChat()))

    async def perform(self) -> list[Line]:
        async with PoolWorld(an_account("anna"), an_account("ben"), per_account=0) as world:
            plan = self._plan(world.pool)
            runner = Runner(plan, Closer(), _NoBooks(), self._clock, lifetime_s=10.0)
            happened: list[Line] = []
            for line in self._play.lines:
                if (line.way, line.who) == (">>", "client"):
                    self._upstream.happened = []
                    answer = await self._run(runner, self._flow(line))
                    happened += [line, *self._upstream.happened, answer]
            return happened

    def _plan(self, pool: Pool) -> Plan:
        hooks, catalog = HookTable(), Catalog()
        upstream = self._upstream
        return shipped_plan(
            authenticate=Authenticate(_Keys(), hooks),
            read=Read(self._clock, hooks),
            admit=Admit(catalog, Floor(0)),
            sanitize_thinking=SanitizeThinking(SignatureMemory(now=self._clock.now)),
            normalize_images=NormalizeImages(ImageDesk(), SafeFetcher()),
            convert=Convert(lambda _: upstream),
            lease=Borrow(pool, self._clock, TryLimits(), 5.0, hooks, jitter=lambda: 0.0),
            relay=Relay(upstream, self._clock, self._ids, Silence(), hooks),
            count=Count(),
            list_models=ListModels(catalog),
            show_model=ShowModel(catalog),
        )

    def _flow(self, line: Line) -> Flow:
        method, path, *rest = line.rest.split(" ", 2)
        body = "".join(rest) + line.body
        headers = {"authorization": "Bearer k"}
        found = self._routes.find(method, path, headers, {})
        assert isinstance(found, Match), f"nobody serves {path}"

        async def read_body() -> bytes:
            return body.encode()

        return Flow(
            id=FlowId("req_play"),
            dialect=found.dialect,
            endpoint=found.endpoint,
            params=Params(headers, {}, found.path_id),
            outbox=Outbox(high_water=1 << 30),
            marks=Marks(),
            created=CREATED,
            read_body=read_body,
        )

    async def _run(self, runner: Runner, flow: Flow) -> Line:
        await runner.start(flow)
        body = await flow.outbox.take()
        if flow.error is not None and not flow.outbox.committed:
            status, headers, body = error_reply(flow.dialect, flow.error, flow.id)
            told = [f"{name}={value}" for name, value in headers.items() if name.startswith(("retry", "x-"))]
            return Line("<<", "client", " ".join([str(status), *told]), _pretty(body))
        notes = ",".join(dict.fromkeys(note.word for note in flow.notes))
        rest = f"200 notes={notes}" if notes else "200"
        text = body.decode().rstrip("\n").split("\n") if flow.streams else _pretty(body)
        return Line("<<", "client", rest, text)


def _pretty(body: bytes) -> list[str]:
    return json.dumps(json.loads(body), indent=1, ensure_ascii=False).splitlines()
