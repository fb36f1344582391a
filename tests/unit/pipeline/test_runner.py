"""One flow, one task, one ending. Source: architecture 7, faults.md 1."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from app.errors import BadRequest, InternalError, ShuttingDown, StreamCut, TimedOut
from app.flow import Flow
from app.ir.events import Event
from app.pipeline.closer import Closer
from app.pipeline.runner import Runner
from tests.support.clock import ManualClock
from tests.support.events import counted_ids
from tests.support.flows import MemoryBooks, a_flow, a_plan, write

Work = Callable[[Flow], Awaitable[None]]
BOTH = pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])


class World:
    """A runner, and all that is told about endings."""

    def __init__(self, work: Work, lifetime_s: float = 60.0) -> None:
        self.books = MemoryBooks()
        self.closed: list[Flow] = []
        self.closer = Closer()
        plan = a_plan(work, flow_closed=(self._closed,))
        self.runner = Runner(plan, self.closer, self.books, ManualClock(), lifetime_s)

    async def run(self, flow: Flow) -> bytes:
        """Run a flow to its end; what the client was sent."""
        await self.runner.start(flow)
        return await flow.outbox.take()

    async def endings(self) -> list[Flow]:
        """The flows that were closed; each must have been entered as well."""
        self.closer.start()
        await self.closer.stop()
        assert self.closed == self.books.entered
        return self.closed

    async def _closed(self, flow: Flow) -> None:
        self.closed.append(flow)


def how_many_flows() -> int:
    return sum(isinstance(thing, Flow) for thing in gc.get_objects())


def failing(error: Exception, *, after: str = "") -> Work:
    async def work(flow: Flow) -> None:
        if after:
            write(flow, after)
        raise error

    return work


def waiting(after: str = "") -> Work:
    async def work(flow: Flow) -> None:
        if after:
            write(flow, after)
        await asyncio.Event().wait()

    return work


async def test_a_good_flow_ends_once() -> None:
    async def work(flow: Flow) -> None:
        write(flow, "Hello")

    world, flow = World(work), a_flow()

    body = await world.run(flow)

    assert b"Hello" in body
    assert (flow.outcome, flow.error, flow.outbox.is_spent) == ("ok", None, True)
    assert flow.marks.closed > 0
    assert await world.endings() == [flow]
    assert world.runner.running == 0


async def test_before_anything_was_sent_an_error_is_left_on_the_flow() -> None:
    flow, error = a_flow(), BadRequest("no")
    world = World(failing(error))

    assert await world.run(flow) == b""
    assert (flow.error, flow.outcome) == (error, "client_fault")
    assert await world.endings() == [flow]


@pytest.mark.parametrize(
    ("dialect", "last"),
    [
        ("openai_chat", b'"code":"upstream_stream_truncated"}}\n\ndata: [DONE]\n\n'),
        ("anthropic", b'"error":{"type":"api_error","message":"It broke."}}\n\n'),
    ],
)
async def test_after_content_an_error_is_the_last_word_of_the_stream(dialect: str, last: bytes) -> None:
    """openai.md 8, anthropic.md 13."""
    world, flow = World(failing(StreamCut("It broke."), after="Hello")), a_flow(dialect)

    body = await world.run(flow)

    assert b"Hello" in body
    assert body.endswith(last)
    assert flow.outcome == "truncated"


@BOTH
async def test_headers_that_left_early_make_an_error_the_only_word_of_the_stream(dialect: str) -> None:
    """anthropic.md 13: the status cannot be taken back."""
    flow = a_flow(dialect)

    async def work(_: Flow) -> None:
        flow.writer = flow.dialect.writer(flow.asked, counted_ids(), 0)
        flow.outbox.status_committed = True
        raise StreamCut("It broke.")

    assert b"It broke." in await World(work).run(flow)
    assert flow.outcome == "failed"


async def test_a_bug_is_an_internal_error_that_names_the_request_only() -> None:
    """style.md 7."""
    flow = a_flow()

    await World(failing(KeyError("secret"))).run(flow)

    assert isinstance(flow.error, InternalError)
    assert flow.id in flow.error.message
    assert "secret" not in flow.error.message
    assert flow.outcome == "failed"


async def test_a_flow_does_not_outlive_its_time() -> None:
    """faults.md 3."""
    world, flow = World(waiting(), lifetime_s=0.01), a_flow()

    await world.run(flow)

    assert isinstance(flow.error, TimedOut)
    assert flow.error.kind == "lifetime"


async def test_a_client_that_leaves_is_no_error() -> None:
    world, flow = World(waiting()), a_flow()
    task = world.runner.start(flow)
    await asyncio.sleep(0)

    task.cancel()
    await asyncio.wait([task])

    assert (flow.outcome, flow.error) == ("client_closed", None)
    assert await world.endings() == [flow]


async def test_a_flow_that_is_cancelled_before_its_first_step_ends_as_well() -> None:
    """architecture 8.2: `flow_closed` exactly once, whatever happened."""
    world, flow = World(waiting()), a_flow()

    task = world.runner.start(flow)
    task.cancel()
    await world.runner.ended()
    await asyncio.sleep(0)

    assert flow.outbox.is_spent
    assert flow.outcome == "client_closed"
    assert await world.endings() == [flow]


@pytest.mark.parametrize(("after", "outcome"), [("", "failed"), ("Hello", "truncated")])
async def test_shutting_down_tells_every_running_flow(after: str, outcome: str) -> None:
    """faults.md F112."""
    world = World(waiting(after))
    flows = [a_flow("openai_chat"), a_flow("anthropic")]
    for flow in flows:
        world.runner.start(flow)
    assert world.runner.running == 2
    await asyncio.sleep(0)

    world.runner.interrupt_all()
    await world.runner.ended()

    assert all(isinstance(flow.error, ShuttingDown) for flow in flows)
    assert [flow.outcome for flow in flows] == [outcome] * 2
    bodies = [await flow.outbox.take() for flow in flows]
    assert (b'"code":"server_shutdown"' in bodies[0], b"overloaded_error" in bodies[1]) == (
        bool(after),
        bool(after),
    )
    assert await world.endings() == flows


async def test_a_flow_that_has_already_failed_keeps_its_error_when_everything_ends() -> None:
    world, flow = World(waiting()), a_flow()
    task = world.runner.start(flow)
    flow.error = error = BadRequest("no")
    await asyncio.sleep(0)

    world.runner.interrupt_all()
    await asyncio.wait([task])

    assert flow.error is error


class Broken:
    """A writer with a bug."""

    def feed(self, event: Event) -> bytes:
        raise ZeroDivisionError

    def heartbeat(self) -> bytes:
        return b""


async def test_a_writer_with_a_bug_does_not_keep_the_client_waiting() -> None:
    """faults.md 1.1: every request has an ending."""
    flow = a_flow()

    async def work(_: Flow) -> None:
        flow.writer = Broken()
        flow.outbox.put(b"something")
        raise StreamCut("It broke.")

    world = World(work)

    assert await world.run(flow) == b"something"
    assert flow.outbox.is_spent
    assert await world.endings() == [flow]


async def test_a_flow_that_failed_goes_without_the_garbage_collector() -> None:
    """faults.md 1, rule 13: bodies of megabytes must not pile up until enough small objects have."""
    world = World(failing(BadRequest("No.")))
    gc.collect()
    gc.disable()
    try:
        before = how_many_flows()
        await world.run(a_flow())
        await world.endings()
        world.closed.clear()
        world.books.entered.clear()

        assert how_many_flows() == before
    finally:
        gc.enable()
