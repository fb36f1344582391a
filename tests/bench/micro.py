"""Single steps of the hot path, in this process: no sockets, no other tasks.

Each figure is the best of several rounds: what is measured is the code, and everything else only adds.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from typing import ClassVar

from msgspec import json

from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect, Endpoint, Params
from app.dialects.openai_chat.dialect import OpenAIChat
from app.flow import Flow, Marks
from app.hooks.call import event_filter
from app.hooks.table import HookTable
from app.ids import FlowId, Ids
from app.ir.events import Begin, Event, TextDelta, TextOpen
from app.ir.prompt import Prompt
from app.outbox import Outbox
from app.pipeline.stage import Proceed, compose
from app.pool.model import Grant
from app.upstreams.gemini.decode import GeminiDecoder
from app.upstreams.transport.http1 import ResponseReader
from tests.bench.figures import Figure
from tests.support.clock import ManualClock
from tests.support.gemini import CLAUDE
from tests.support.pool import a_ledger, a_want

ROUNDS = 7
READS, EVENTS_A_READ = 40, 10
BODY_BYTES = 100_000
DIALECTS: tuple[Dialect, ...] = (OpenAIChat(), AnthropicDialect())


def micro() -> list[Figure]:
    """All of them."""
    figures = [_framing()]
    for dialect in DIALECTS:
        figures += [_translation(dialect), _parse(dialect)]
    return [*figures, _hooks(), _listener(), _stages(), _choice(1), _choice(5_000), _choice(5_000, 20)]


def _framing() -> Figure:
    """The HTTP chunks around the events: what the upstream transport does for each of them."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    reads = [b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in _events()) for _ in range(READS)]

    def run() -> None:
        reader = ResponseReader()
        reader.feed(head)
        for read in reads:
            reader.feed(read)
            reader.take()

    return Figure("HTTP framing, an event", _per_event(run), "us")


def _translation(dialect: Dialect) -> Figure:
    prompt = _prompt(dialect)
    read = b"".join(_events())

    def run() -> None:
        decoder = GeminiDecoder((), Ids(), CLAUDE)
        feed = dialect.writer(prompt, Ids(), 1).feed
        for _ in range(READS):
            b"".join(map(feed, decoder.feed(read)))

    return Figure(f"decode and write, an event, {dialect.name}", _per_event(run), "us", budget=5.0)


def _parse(dialect: Dialect) -> Figure:
    endpoint, params, body = _endpoint(dialect), Params({}, {}, ""), _body(dialect, BODY_BYTES)
    us = _best(lambda: dialect.parse(endpoint, body, params), 20)
    return Figure(f"parse 100 KB, {dialect.name}", us / 1000, "ms", budget=1.0)


def _hooks() -> Figure:
    """Without listeners for events the table is looked at once per attempt; here, of one event."""
    hooks = HookTable()

    def run() -> None:
        for _ in range(1000):
            if hooks.event:
                raise AssertionError

    return Figure("hooks without listeners, an event", _best(run, 20), "ns", budget=50.0)


def _listener() -> Figure:
    """One listener that hands on every event, the grammar of the answer included."""
    stream: list[Event] = [TextDelta("some text")] * 1000

    def through(flow: Flow, event: Event) -> Event:
        return event

    def run() -> None:
        apply = event_filter((through,), _flow(DIALECTS[0]))
        for event in (Begin("r", "m"), TextOpen(), *stream):
            apply(event)

    return Figure("hooks with one listener, an event", _best(run, 20) / 1000, "us", budget=1.0)


class _Through:
    name: ClassVar[str] = "through"

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        await proceed(flow)


def _stages() -> Figure:
    """Eight stages that do nothing: the price of having them apart."""
    flow = _flow(DIALECTS[0])
    run = compose([_Through()] * 8)

    async def many() -> None:
        for _ in range(1000):
            await run(flow)

    return Figure("eight empty stages, a request", _best_async(many) / 1000, "us", budget=10.0)


def _choice(accounts: int, models: int = 1) -> Figure:
    """Lend an account and take it back, with that many to choose from, for each model in turn."""
    ledger = a_ledger(ManualClock(), *(f"account-{n}" for n in range(accounts)), per_account=0)
    wants = [a_want(model=f"model-{n}") for n in range(models)]

    async def many() -> None:
        for n in range(1000):
            grant = await ledger.lease(wants[n % models])
            assert isinstance(grant, Grant)
            ledger.release(grant.lease)

    what = f"an account among {accounts}" + (f" for {models} models in turn" if models > 1 else "")
    budget = 50.0 if models == 1 else 100.0
    return Figure(f"{what}, lent and back", _best_async(many) / 1000, "us", budget=budget)


def _events() -> list[bytes]:
    chunk = {
        "response": {
            "candidates": [{"content": {"role": "model", "parts": [{"text": "All work and no play. " * 2}]}}],
            "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 90, "totalTokenCount": 102},
            "modelVersion": "claude-sonnet-4-6",
            "responseId": "ypM9abPqFKWl0-kPvamgqQw",
        },
        "traceId": "65a12ae79a7cc9c0",
    }
    return [b"data: " + json.encode(chunk) + b"\r\n\r\n"] * EVENTS_A_READ


def _body(dialect: Dialect, size: int) -> bytes:
    """A conversation of about so many bytes, in messages of a thousand."""
    said = 'The quick brown fox said: "naïve jumps" cost more.\n' * 20
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": said} for n in range(max(1, size // 1040) | 1)]
    whole = {"model": "claude-sonnet-4-5", "max_tokens": 1000, "stream": True, "messages": messages}
    return json.encode(whole)


def _prompt(dialect: Dialect) -> Prompt:
    return dialect.parse(_endpoint(dialect), _body(dialect, 0), Params({}, {}, ""))


def _flow(dialect: Dialect) -> Flow:
    return Flow(
        id=FlowId("req"),
        dialect=dialect,
        endpoint=_endpoint(dialect),
        params=Params({}, {}, ""),
        outbox=Outbox(),
        marks=Marks(),
        created=0,
        read_body=_no_body,
    )


def _endpoint(dialect: Dialect) -> Endpoint:
    return next(endpoint for endpoint in dialect.endpoints if endpoint.operation == "generate")


async def _no_body() -> bytes:
    return b""


def _per_event(run: Callable[[], None]) -> float:
    return _best(run, 5) / (READS * EVENTS_A_READ)


def _best(run: Callable[[], object], times: int) -> float:
    """Microseconds of one call."""
    spent = []
    gc.collect()
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        for _ in range(times):
            run()
        spent.append(time.process_time_ns() - began)
    return min(spent) / times / 1000


def _best_async(run: Callable[[], Awaitable[None]]) -> float:
    async def rounds() -> float:
        spent = []
        for _ in range(ROUNDS):
            began = time.process_time_ns()
            await run()
            spent.append(time.process_time_ns() - began)
        return min(spent) / 1000

    return asyncio.run(rounds())
