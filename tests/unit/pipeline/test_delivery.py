"""How events reach the client: two commit points, and answers that have nothing in them.

Source: openai.md 8.3, anthropic.md 13, architecture 7.3.
"""

import json
from collections.abc import Callable

import pytest

from app.errors import EmptyAnswer, StreamCut
from app.flow import Flow
from app.ir.events import Begin, Event, Extra, Fault, TextDelta, TextOpen
from app.ir.parts import Text, Thought, ToolCall
from app.ir.usage import Usage
from app.pipeline.delivery import Delivery, Streamed, Whole
from tests.support.events import an_answer, counted_ids, events_of
from tests.support.flows import a_flow, an_attempt

BOTH = pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
CUT = StreamCut("It broke.")


def streamed(flow: Flow) -> Delivery:
    return Streamed(flow, an_attempt(flow), counted_ids())


def whole(flow: Flow) -> Delivery:
    return Whole(flow, an_attempt(flow), counted_ids())


def hello() -> list[Event]:
    return events_of(an_answer(Text("Hello"), usage=Usage(prompt=3, output=2, known=True), raw="STOP"))


def emptiness() -> list[Event]:
    return events_of(an_answer())


def thoughts() -> list[Event]:
    return events_of(an_answer(Thought("Hm.")))


async def taken(flow: Flow) -> bytes:
    flow.outbox.close()
    return await flow.outbox.take()


@BOTH
async def test_nothing_is_sent_before_there_is_content(dialect: str) -> None:
    flow = a_flow(dialect)
    delivery = streamed(flow)
    begin, opening, *rest = hello()

    assert delivery.put([begin]) is False
    assert delivery.put([Extra("grounding", b"{}")]) is False
    assert not flow.outbox.committed
    delivery.put([opening, *rest])

    body = await taken(flow)
    assert b"Hello" in body
    assert flow.headers_out == {"x-antigravity-model": "a-model"}


@BOTH
@pytest.mark.parametrize("before", [[], [Begin("r", "m")], [Begin("r", "m"), Extra("grounding", b"{}")]])
async def test_a_fault_before_content_leaves_the_client_untouched(dialect: str, before: list[Event]) -> None:
    flow = a_flow(dialect)

    with pytest.raises(StreamCut):
        streamed(flow).put([*before, Fault(CUT)])

    assert not flow.outbox.committed


@BOTH
async def test_what_came_with_a_fault_is_delivered_before_it_is_raised(dialect: str) -> None:
    flow = a_flow(dialect)
    opening: list[Event] = [Begin("r", "m"), TextOpen(), TextDelta("Half")]

    with pytest.raises(StreamCut):
        streamed(flow).put([*opening, Fault(CUT)])

    assert flow.outbox.committed
    body = await taken(flow)
    assert b"Half" in body
    assert b"It broke" not in body, "the runner spells the error"


def test_a_fault_that_follows_content_is_raised() -> None:
    flow = a_flow()
    delivery = streamed(flow)
    delivery.put(hello()[:3])

    with pytest.raises(StreamCut):
        delivery.put([Fault(CUT)])


def test_a_client_that_does_not_read_is_told_of() -> None:
    flow = a_flow(high_water=10)
    delivery = streamed(flow)

    assert delivery.put(hello()[:3]) is True


def test_a_stream_without_a_model_name_shows_the_one_that_was_asked() -> None:
    flow = a_flow()

    streamed(flow).put([Begin("r", ""), TextOpen()])

    assert flow.headers_out == {"x-antigravity-model": flow.model.wire_id}


@pytest.mark.parametrize("deliver", [streamed, whole])
def test_the_end_tells_what_was_used_and_why(deliver: Callable[[Flow], Delivery]) -> None:
    flow = a_flow()

    deliver(flow).put(hello())

    assert flow.usage == flow.attempts[0].usage == Usage(prompt=3, output=2, known=True)
    assert (flow.finish, flow.attempts[0].finish, flow.reason) == ("STOP", "STOP", "stop")


@pytest.mark.parametrize("stream", [True, False])
async def test_counts_that_the_upstream_never_told_are_estimated(stream: bool) -> None:
    """openai.md 8.4: from the text, four characters a token, with a note."""
    flow = a_flow("openai_chat", stream=stream)
    delivery = streamed(flow) if stream else whole(flow)
    answer = an_answer(Thought("Hm?!"), Text("Hello"), ToolCall("call_1", "ls", b"{}"), usage=Usage())

    for event in events_of(answer):
        delivery.put([event])

    assert flow.usage == Usage(prompt=flow.usage.prompt, output=3, estimated=True)
    assert flow.usage.prompt > 0
    assert [note.word for note in flow.notes] == ["usage-estimated"]
    if not stream:
        counts = json.loads(await taken(flow))["usage"]
        assert (counts["prompt_tokens"], counts["completion_tokens"]) == (flow.usage.prompt, 3)


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_an_empty_answer_is_tried_again_first(dialect: str, stream: bool) -> None:
    flow = a_flow(dialect, stream=stream)
    delivery = streamed(flow) if stream else whole(flow)

    with pytest.raises(EmptyAnswer):
        delivery.put(emptiness())

    assert not flow.outbox.committed


@pytest.mark.parametrize("stream", [True, False])
async def test_openai_clients_get_an_empty_answer_the_second_time(stream: bool) -> None:
    """openai.md 8.3."""
    flow = a_flow("openai_chat", stream=stream)
    an_attempt(flow, error=EmptyAnswer("Nothing."))

    (streamed(flow) if stream else whole(flow)).put(emptiness())

    assert flow.outbox.committed
    assert [note.word for note in flow.notes] == ["empty-answer"]
    assert b'"finish_reason":"stop"' in await taken(flow)


@pytest.mark.parametrize("stream", [True, False])
def test_anthropic_clients_never_get_an_empty_answer(stream: bool) -> None:
    """anthropic.md 13: their programs break on a message without content."""
    flow = a_flow("anthropic", stream=stream)
    an_attempt(flow, error=EmptyAnswer("Nothing."))

    with pytest.raises(EmptyAnswer):
        (streamed(flow) if stream else whole(flow)).put(emptiness())


def test_thoughts_alone_are_an_empty_answer() -> None:
    for deliver in (streamed, whole):
        with pytest.raises(EmptyAnswer):
            deliver(a_flow()).put(thoughts())


async def test_thoughts_that_were_delivered_cannot_be_tried_again() -> None:
    """openai.md 8.3: the client keeps what it has."""
    flow = a_flow("openai_chat")
    delivery = streamed(flow)
    *first, last = thoughts()

    delivery.put(first)
    delivery.put([last])

    assert [note.word for note in flow.notes] == ["empty-answer"]
    assert (await taken(flow)).endswith(b"data: [DONE]\n\n")


def test_thoughts_alone_end_an_anthropic_stream_with_an_error() -> None:
    flow = a_flow("anthropic")
    delivery = streamed(flow)
    *first, last = thoughts()
    delivery.put(first)

    with pytest.raises(EmptyAnswer):
        delivery.put([last])

    assert flow.outbox.committed


@pytest.mark.parametrize("deliver", [streamed, whole])
def test_a_call_alone_is_an_answer(deliver: Callable[[Flow], Delivery]) -> None:
    flow = a_flow()

    deliver(flow).put(events_of(an_answer(ToolCall("call_1", "ls", b"{}"))))

    assert (flow.reason, flow.notes) == ("tool", [])


def test_a_blocked_answer_may_be_empty() -> None:
    flow = a_flow()

    streamed(flow).put(events_of(an_answer(reason="blocked")))

    assert flow.reason == "blocked"


@BOTH
async def test_a_whole_answer_is_delivered_once_at_its_end(dialect: str) -> None:
    flow = a_flow(dialect, stream=False)
    delivery = whole(flow)
    *events, end = hello()

    for event in events:
        assert delivery.put([event]) is False
        assert not flow.outbox.committed
    delivery.put([end])

    body = json.loads(await taken(flow))
    assert "Hello" in json.dumps(body)
    assert flow.headers_out == {"x-antigravity-model": "a-model"}


def test_a_whole_answer_that_breaks_leaves_the_client_untouched() -> None:
    flow = a_flow(stream=False)
    delivery = whole(flow)
    delivery.put(hello()[:3])

    with pytest.raises(StreamCut):
        delivery.put([Fault(CUT)])

    assert not flow.outbox.committed
