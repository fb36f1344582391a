"""Outbox to response: when the headers leave, and signs of life. Source: openai.md 8, anthropic.md 13."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

import pytest

from app.dialects.anthropic.dialect import AnthropicDialect
from app.errors import StreamCut
from app.flow import Flow
from app.ir.events import End, Fault
from app.web.body import Message
from app.web.reply import Reply, raw_headers
from tests.support.clock import ManualClock
from tests.support.events import counted_ids
from tests.support.flows import a_flow, write

BOTH = pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
NEVER_S = 60.0
SOON_S = 0.01


class Hasty(AnthropicDialect):
    """Sends its headers after a very short silence."""

    commit_wait_s: ClassVar[float] = SOON_S


class Client:
    """What is sent to a client; `until` waits for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._news = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        self._news.set()

    async def until(self, seen: Callable[[], bool]) -> None:
        while not seen():
            self._news.clear()
            await self._news.wait()

    @property
    def status(self) -> int | None:
        return self.messages[0]["status"] if self.messages else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def is_whole(self) -> bool:
        """Whether exactly one message ended the body, the last one."""
        ends = [not message["more_body"] for message in self.messages[1:]]
        return ends[-1:] == [True] and sum(ends) == 1


class Running:
    """A reply that is being sent."""

    def __init__(self, flow: Flow, *, beat_s: float = NEVER_S) -> None:
        self.client = Client()
        clock = ManualClock(monotonic=flow.marks.opened + 0.012)
        self.task = asyncio.ensure_future(
            Reply(
                flow, self.client.send, clock, beat_s=beat_s, commit_wait_s=flow.dialect.commit_wait_s
            ).run()
        )


async def replied(flow: Flow) -> Client:
    """The whole reply of a flow that is over."""
    running = Running(flow)
    await running.task
    assert running.client.is_whole
    return running.client


def ended(flow: Flow) -> Flow:
    """End the stream of `flow` well."""
    assert flow.writer is not None
    flow.outbox.close(flow.writer.feed(End("stop")))
    return flow


@BOTH
async def test_a_stream_has_the_headers_of_one(dialect: str) -> None:
    """openai.md 3, anthropic.md 2.3."""
    flow = a_flow(dialect)
    write(flow, "Hello")
    flow.headers_out["x-antigravity-model"] = "gemini-3-flash"
    flow.note("tools-dropped", "one")
    flow.note("tools-dropped", "two")
    flow.note("empty-answer")

    client = await replied(ended(flow))

    assert client.status == 200
    headers = client.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-request-id"] == "req_1"
    assert headers["x-antigravity-model"] == "gemini-3-flash"
    assert headers["x-gateway-notes"] == "tools-dropped,empty-answer"
    assert b"Hello" in client.body


async def test_openai_clients_are_told_how_long_it_took() -> None:
    """openai.md 3."""
    flow = a_flow()
    write(flow, "Hello")

    assert (await replied(ended(flow))).headers["openai-processing-ms"] == "12"


@BOTH
async def test_an_early_error_has_its_own_status(dialect: str) -> None:
    flow = a_flow(dialect)
    flow.error = StreamCut("It broke.", retry_after_s=3)
    flow.outbox.close()

    client = await replied(flow)

    assert client.status == 502
    assert client.headers["content-type"] == "application/json"
    assert client.headers["content-length"] == str(len(client.body))
    assert client.headers["retry-after"] == "3"
    assert client.headers["x-request-id"] == "req_1"


@BOTH
async def test_a_late_error_keeps_the_status(dialect: str) -> None:
    flow = a_flow(dialect)
    write(flow, "Hello")
    assert flow.writer is not None
    flow.error = StreamCut("It broke.")
    flow.outbox.close(flow.writer.feed(Fault(flow.error)))

    client = await replied(flow)

    assert client.status == 200
    assert b"Hello" in client.body
    assert b"It broke." in client.body


@BOTH
async def test_a_reply_that_does_not_stream_is_sent_in_one_piece(dialect: str) -> None:
    flow = a_flow(dialect, stream=False)
    running = Running(flow)
    await asyncio.sleep(0)

    flow.outbox.put(b'{"a":')
    await asyncio.sleep(0)
    assert running.client.messages == []
    flow.outbox.put(b"1}")
    flow.outbox.close()
    await running.task

    client = running.client
    assert (client.status, client.body, len(client.messages)) == (200, b'{"a":1}', 2)
    assert client.headers["content-length"] == "7"


async def test_the_headers_wait_for_the_first_content() -> None:
    flow = a_flow("openai_chat")
    running = Running(flow, beat_s=SOON_S)
    flow.writer = flow.dialect.writer(flow.asked, counted_ids(), 0)
    rung = asyncio.Event()
    asyncio.get_running_loop().call_later(SOON_S * 3, rung.set)

    await rung.wait()
    assert running.client.messages == []
    write(flow, "Hello")
    ended(flow)
    await running.task

    assert b": ping" not in running.client.body


@pytest.mark.parametrize(
    ("dialect", "beat"),
    [("openai_chat", b": ping\n\n"), ("anthropic", b'event: ping\ndata: {"type":"ping"}\n\n')],
)
async def test_a_stream_that_falls_silent_gives_signs_of_life(dialect: str, beat: bytes) -> None:
    """openai.md 8, anthropic.md 13."""
    flow = a_flow(dialect)
    running = Running(flow, beat_s=SOON_S)
    write(flow, "Hello")

    await running.client.until(lambda: running.client.body.count(beat) == 2)
    ended(flow)
    await running.task

    assert running.client.is_whole
    assert running.client.body.index(b"Hello") < running.client.body.index(beat)


async def test_a_dialect_may_have_its_headers_leave_early() -> None:
    """anthropic.md 13: comments until the message begins, and still another account may answer."""
    flow = a_flow()
    flow.dialect = Hasty()
    flow.writer = flow.dialect.writer(flow.asked, counted_ids(), 0)
    running = Running(flow, beat_s=SOON_S)

    await running.client.until(lambda: running.client.body.count(b": ping\n\n") == 2)
    assert running.client.status == 200
    assert (flow.outbox.status_committed, flow.outbox.committed) == (True, False)
    flow.writer = None  # another attempt begins
    write(flow, "Hello")
    ended(flow)
    await running.task

    assert running.client.is_whole
    assert b"event: message_start" in running.client.body


async def test_after_early_headers_an_error_is_the_body_of_the_stream() -> None:
    flow = a_flow()
    flow.dialect = Hasty()
    flow.writer = flow.dialect.writer(flow.asked, counted_ids(), 0)
    running = Running(flow)
    await running.client.until(lambda: running.client.status == 200)

    flow.error = StreamCut("It broke.")
    flow.outbox.close(flow.writer.feed(Fault(flow.error)))
    await running.task

    assert running.client.is_whole
    assert running.client.body.endswith(b'"message":"It broke."}}\n\n')


@pytest.mark.parametrize("stream", [True, False])
async def test_while_nobody_answers_yet_no_headers_leave(stream: bool) -> None:
    """A flow that waits for an account, or will not stream, has nothing to say."""
    flow = a_flow(stream=stream)
    flow.dialect = Hasty()
    running = Running(flow, beat_s=SOON_S)
    rung = asyncio.Event()
    asyncio.get_running_loop().call_later(SOON_S * 3, rung.set)

    await rung.wait()

    assert running.client.messages == []
    flow.error = StreamCut("It broke.")
    flow.outbox.close()
    await running.task
    assert running.client.status == 502


async def test_the_timer_ends_with_the_reply() -> None:
    flow = a_flow()
    running = Running(flow, beat_s=SOON_S)
    await asyncio.sleep(0)

    running.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running.task

    rung = asyncio.Event()
    asyncio.get_running_loop().call_later(SOON_S * 2, rung.set)
    await rung.wait()
    taking = asyncio.ensure_future(flow.outbox.take())
    await asyncio.sleep(0)
    assert not taking.done(), "nobody wakes a box that nobody takes from"
    taking.cancel()


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("gemini-3-flash", b"gemini-3-flash"),
        ("x\r\nset-cookie: a=b", b"x??set-cookie: a=b"),
        ("gem\u2028ini\x00\x7f\u00fc", b"gem?ini???"),
        ("x" * 10_000, b"x" * 4096),
    ],
)
def test_no_value_adds_a_header_or_breaks_the_reply(value: str, sent: bytes) -> None:
    """threats.md S25: the upstream's word for its model stands in a header."""
    assert raw_headers({"x-antigravity-model": value}) == [(b"x-antigravity-model", sent)]
