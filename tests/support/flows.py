"""Flows in real dialects at any point of their way, and what a pipeline needs around them.

An upstream that says events by a script, leases that cost nothing, books and stages that write down what
they see. Never: sockets, or real accounts.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from msgspec import Struct

from app.catalog.catalog import Catalog
from app.catalog.profile import ModelProfile
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect, Endpoint, Operation, Params
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import GatewayError, UpstreamError
from app.flow import Attempt, Caller, Flow, Marks
from app.hooks.table import HookTable
from app.ids import FlowId, Ids, KeyId, LeaseId
from app.ir.events import Event, TextDelta
from app.ir.parts import Text
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from app.outbox import Outbox
from app.pipeline.plan import Plan
from app.pipeline.stage import Proceed
from app.pool.lease import Lease
from app.pool.model import Account, Grant, Lane, Outcome
from app.upstreams.base import Call, Credential, Discovery, Encoded
from tests.support.events import an_answer, counted_ids, events_of
from tests.support.pool import GROUP, MODEL, an_account

CATALOG = Catalog()
CREATED = 1_800_000_000
DIALECTS: dict[str, Dialect] = {"openai_chat": OpenAIChat(), "anthropic": AnthropicDialect()}
ANNA = Caller(KeyId("key-anna"), "anna")


def a_body(*, stream: bool = True, model: str = "gemini-3-flash", **members: Any) -> bytes:
    """A request that both dialects understand."""
    said = [{"role": "user", "content": "Hello"}]
    return json.dumps(
        {"model": model, "messages": said, "stream": stream, "max_tokens": 1000, **members}
    ).encode()


def an_endpoint(dialect: str, operation: Operation = "generate") -> Endpoint:
    """The first endpoint of a dialect for an operation."""
    return next(found for found in DIALECTS[dialect].endpoints if found.operation == operation)


def a_new_flow(
    dialect: str = "openai_chat",
    *,
    body: bytes | None = None,
    operation: Operation = "generate",
    params: Params | None = None,
    high_water: int = 64 * 1024,
) -> Flow:
    """A flow as the web layer makes it: nothing has been read."""

    async def read_body() -> bytes:
        return a_body() if body is None else body

    return Flow(
        id=FlowId("req_1"),
        dialect=DIALECTS[dialect],
        endpoint=an_endpoint(dialect, operation),
        params=params or Params(),
        outbox=Outbox(high_water),
        marks=Marks(),
        created=CREATED,
        read_body=read_body,
    )


def a_flow(dialect: str = "openai_chat", *, high_water: int = 64 * 1024, **request: Any) -> Flow:
    """A flow as `convert` leaves it: known caller, prompt, profile and body. `request` as in `a_body`."""
    flow = a_new_flow(dialect, high_water=high_water)
    flow.caller = ANNA
    flow.prompt = flow.dialect.parse(flow.endpoint, a_body(**request), flow.params)
    flow.profile = CATALOG.resolve(flow.prompt.model)
    flow.encoded = Encoded(b"{}")
    flow.session = "session"
    return flow


class _NoPool:
    """A pool to which leases go back."""

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        pass

    def give_back(self, grant: Grant) -> None:
        pass

    async def renew_credential(self, lease: Lease) -> Credential:
        return lease.credential

    async def rediscover(self, lease: Lease) -> Credential:
        return lease.credential


def a_lease(account: Account | None = None) -> Lease:
    """A lease that nobody keeps books about."""
    account = account or an_account("anna")
    grant = Grant(LeaseId("lease-1"), Lane(account.id, GROUP, MODEL), account)
    return Lease(_NoPool(), grant, Credential(account.id, "access-1", account.project))


def an_attempt(flow: Flow, **values: Any) -> Attempt:
    """An attempt of `flow`, in its list."""
    call = Call(encoded=flow.prepared, profile=flow.model, request_id="agent-1", session=flow.session)
    given = {"number": len(flow.attempts) + 1, "lease": a_lease(), "started": 0.0, "call": call, **values}
    attempt = Attempt(**given)
    flow.attempts.append(attempt)
    return attempt


class Said(Struct):
    """What the upstream says to one attempt: a refusal, or events by reads and then perhaps more.

    After the reads it waits for `hold`, if there is one, and breaks with `breaks`, if there is one.
    """

    reads: Sequence[Sequence[Event]] = ()
    refusal: UpstreamError | None = None
    breaks: GatewayError | None = None
    hold: asyncio.Event | None = None


def saying(text: str, *more: Any) -> Said:
    """A good answer of one text, each event in a read of its own."""
    return Said([[event] for event in events_of(an_answer(Text(text), *more))])


def silent() -> Said:
    """No answer at all, for as long as one waits."""
    return Said(hold=asyncio.Event())


class ScriptedUpstream:
    """Implements `Upstream`. `calls` has each attempt; `open_now` counts streams that are being read."""

    name: ClassVar[str] = "scripted"

    def __init__(self, *answers: Said) -> None:
        self._answers = iter(answers)
        self._current = Said()
        self.calls: list[tuple[Call, Credential]] = []
        self.open_now = 0

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        return Encoded(b"{}")

    def decoder(self, call: Call, ids: Ids) -> "ScriptedDecoder":
        self._current = next(self._answers)
        return ScriptedDecoder(self._current)

    @asynccontextmanager
    async def open(self, call: Call, credential: Credential) -> AsyncIterator[AsyncIterator[bytes]]:
        self.calls.append((call, credential))
        if self._current.refusal is not None:
            raise self._current.refusal
        self.open_now += 1
        try:
            yield _reads(self._current)
        finally:
            self.open_now -= 1

    async def count(self, call: Call, credential: Credential) -> int:
        raise AssertionError

    async def discover(self, credential: Credential) -> Discovery:
        raise AssertionError


class ScriptedDecoder:
    """Gives the events of each read."""

    is_over = False
    has_finish = False
    usage = Usage()

    def __init__(self, said: Said) -> None:
        self._said = said

    def feed(self, data: bytes) -> list[Event]:
        return list(self._said.reads[int(data)])

    def finish(self) -> list[Event]:
        return []


async def _reads(said: Said) -> AsyncIterator[bytes]:
    for number in range(len(said.reads)):
        yield b"%d" % number
    if said.hold is not None:
        await said.hold.wait()
    if said.breaks is not None:
        raise said.breaks


class Act:
    """A stage that does what a test wants."""

    name: ClassVar[str] = "act"

    def __init__(self, work: Callable[[Flow], Awaitable[None]]) -> None:
        self._work = work

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        await self._work(flow)
        await proceed(flow)


def a_plan(work: Callable[[Flow], Awaitable[None]], **hooks: Any) -> Plan:
    """A plan whose only stage, for every operation, is `work`; `hooks` are tuples of listeners."""
    operations: tuple[Operation, ...] = ("generate", "count", "list_models", "get_model", "acknowledge")
    return Plan(dict.fromkeys(operations, (Act(work),)), HookTable(**hooks))


class MemoryBooks:
    """Implements the runner's `Books`."""

    def __init__(self) -> None:
        self.entered: list[Flow] = []

    def enter(self, flow: Flow) -> None:
        self.entered.append(flow)


async def nothing(flow: Flow) -> None:
    """A `proceed` behind which nothing is."""


def write(flow: Flow, text: str) -> None:
    """Deliver some text through a fresh writer, as the relay would."""
    if flow.writer is None:
        flow.writer = flow.dialect.writer(flow.asked, counted_ids(), flow.created)
        begin, opening, *_ = events_of(an_answer(Text(text)))
        flow.outbox.put(flow.writer.feed(begin) + flow.writer.feed(opening))
    flow.outbox.put(flow.writer.feed(TextDelta(text)))
