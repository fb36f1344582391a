"""The hot loop: events to the client, and how long it waits. Source: architecture 7.3, faults.md 3."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.errors import AddonFailure, StreamCut, TimedOut, UpstreamBusy
from app.flow import Attempt, EventFilter, Flow
from app.hooks.table import HookTable
from app.ir.events import Begin, Event, TextDelta, TextOpen
from app.pipeline.stages.relay import Relay, Silence
from tests.support.clock import ManualClock
from tests.support.events import counted_ids
from tests.support.flows import (
    Said,
    ScriptedUpstream,
    a_flow,
    an_attempt,
    nothing,
    saying,
    silent,
)

SHORT = 0.02
HALF: list[list[Event]] = [[Begin("r", "m"), TextOpen(), TextDelta("Half")]]


async def relayed(
    flow: Flow,
    said: Said,
    *,
    silence: Silence | None = None,
    hooks: HookTable | None = None,
    proceed: Callable[[Flow], Awaitable[None]] = nothing,
) -> ScriptedUpstream:
    """One attempt of `flow`; afterwards the upstream's stream is closed."""
    upstream = ScriptedUpstream(said)
    relay = Relay(upstream, ManualClock(), counted_ids(), silence or Silence(), hooks or HookTable())
    an_attempt(flow)
    try:
        await relay(flow, proceed)
    finally:
        assert upstream.open_now == 0
    return upstream


async def body_of(flow: Flow) -> bytes:
    flow.outbox.close()
    return await flow.outbox.take()


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_arrives(dialect: str, stream: bool) -> None:
    flow = a_flow(dialect, stream=stream)

    upstream = await relayed(flow, saying("Hello there"))

    assert b"Hello there" in await body_of(flow)
    (sent,) = upstream.calls
    assert sent == (flow.attempts[0].call, flow.attempts[0].lease.credential)
    assert flow.marks.first_upstream_byte == flow.marks.first_output == 1000.0


async def test_what_one_read_brought_leaves_in_one_piece() -> None:
    """architecture 7.3."""
    flow = a_flow()

    await relayed(flow, Said([[event for read in saying("Hello").reads for event in read]]))

    assert flow.outbox.bytes_out == len(await body_of(flow))


async def test_stages_behind_it_run_when_the_reply_has_been_delivered() -> None:
    flow = a_flow()
    seen: list[bool] = []

    async def behind(_: Flow) -> None:
        seen.append(flow.outbox.committed)

    await relayed(flow, saying("Hello"), proceed=behind)

    assert seen == [True]


async def test_a_refusal_before_any_answer_is_raised() -> None:
    flow = a_flow()

    with pytest.raises(UpstreamBusy):
        await relayed(flow, Said(refusal=UpstreamBusy("full")))

    assert not flow.outbox.committed


async def test_a_stream_that_breaks_is_raised_with_its_beginning_delivered() -> None:
    flow = a_flow()

    with pytest.raises(StreamCut):
        await relayed(flow, Said(HALF, breaks=StreamCut("It broke.")))

    assert b"Half" in await body_of(flow)


async def test_silence_before_the_first_event_is_a_timeout_of_its_own() -> None:
    flow = a_flow()

    with pytest.raises(TimedOut) as caught:
        await relayed(flow, silent(), silence=Silence(first_event_s=SHORT))

    assert caught.value.kind == "first_event"
    assert not flow.outbox.committed


async def test_silence_after_an_event_has_its_own_limit() -> None:
    flow = a_flow()

    with pytest.raises(TimedOut) as caught:
        await relayed(flow, Said(HALF, hold=asyncio.Event()), silence=Silence(idle_s=SHORT))

    assert caught.value.kind == "idle"
    assert flow.outbox.committed


async def test_a_client_that_does_not_read_is_not_waited_for_without_end() -> None:
    """faults.md F080."""
    flow = a_flow(high_water=10)

    with pytest.raises(TimedOut) as caught:
        await relayed(flow, Said(HALF), silence=Silence(client_s=SHORT))

    assert caught.value.kind == "client"


async def test_the_upstream_is_not_read_on_while_the_client_has_to_catch_up() -> None:
    flow = a_flow(high_water=10)
    said = saying("Hello")
    relaying = asyncio.ensure_future(relayed(flow, said))
    taken = b""
    for _ in range(100):
        await asyncio.sleep(0)
        if relaying.done():
            break
        before = flow.outbox.bytes_out
        await asyncio.sleep(0)
        assert flow.outbox.bytes_out == before, "nothing is added to a full box"
        taken += await flow.outbox.take()

    await relaying
    assert flow.outbox.stalls > 0
    assert b"Hello" in taken


async def test_filters_of_the_flow_and_listeners_of_addons_see_each_event_in_order() -> None:
    flow = a_flow()

    def louder(_: Flow, attempt: Attempt) -> EventFilter:
        def apply(event: Event) -> tuple[Event, ...]:
            return (TextDelta(event.text.upper()),) if isinstance(event, TextDelta) else (event,)

        return apply

    def twice(_: Flow, attempt: Attempt) -> EventFilter:
        def apply(event: Event) -> tuple[Event, ...]:
            return (event, event) if isinstance(event, TextDelta) else (event,)

        return apply

    def listener(_: Flow, event: Event) -> Event:
        return TextDelta(event.text + "!") if isinstance(event, TextDelta) else event

    flow.filters = [louder, twice]
    await relayed(flow, saying("hey"), hooks=HookTable(event=(listener,)))

    assert (await body_of(flow)).count(b'"content":"HEY!"') == 2


async def test_a_filter_that_drops_everything_of_a_read_commits_nothing() -> None:
    flow = a_flow()
    flow.filters = [lambda _, attempt: lambda event: ()]

    await relayed(flow, Said(HALF))

    assert not flow.outbox.committed


async def test_a_listener_that_crashes_stops_the_stream() -> None:
    """architecture 8.6."""

    def crash(_: Flow, event: Event) -> Event:
        raise ZeroDivisionError

    with pytest.raises(AddonFailure):
        await relayed(a_flow(), saying("Hello"), hooks=HookTable(event=(crash,)))
