"""The stream, byte by byte where it matters."""

import json
from typing import Any

import anthropic
import pytest

from app.dialects.anthropic.write import AnthropicWriter
from app.errors import EmptyAnswer, GatewayError, PoolExhausted, StreamCut, TimedOut, UpstreamBusy
from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
    Close,
    End,
    Event,
    Extra,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage
from tests.support.anthropic import SEARCH_TOOL, accumulated, kinds, parsed, spoken, written
from tests.support.events import PIXEL, an_answer, counted_ids, cut_after, events_of, grounded

WORKED_EXAMPLE = """\
event: message_start
data: {"type":"message_start","message":{"id":"msg_000000000000000000000001","type":"message",\
"role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":null,"stop_sequence":null,\
"usage":{"input_tokens":120,"cache_creation_input_tokens":0,"cache_read_input_tokens":900,"output_tokens":1}}}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,\
"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,\
"delta":{"type":"thinking_delta","thinking":"List files first."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"RXJhQ0RF"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Looking."}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_vrtx_01Pd",\
"name":"Bash","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",\
"partial_json":"{\\"command\\":\\"ls\\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},\
"usage":{"input_tokens":120,"cache_creation_input_tokens":0,"cache_read_input_tokens":900,"output_tokens":57,\
"output_tokens_details":{"thinking_tokens":31}}}

event: message_stop
data: {"type":"message_stop"}

"""


def a_writer(**request: Any) -> AnthropicWriter:
    return AnthropicWriter(parsed(**request), counted_ids())


def test_the_worked_example_of_the_specification() -> None:
    """anthropic.md 13, save that the ping stands where the block has begun."""
    answer = an_answer(
        Thought("List files first.", "RXJhQ0RF"),
        Text("Looking."),
        ToolCall("toolu_vrtx_01Pd", "Bash", b'{"command":"ls"}'),
        usage=Usage(prompt=1020, cached=900, output=57, thoughts=31, known=True),
    )
    first = Usage(prompt=1020, cached=900, output=1, known=True)

    body = written(events_of(answer, first)).decode()

    assert body == WORKED_EXAMPLE.replace('event: ping\ndata: {"type":"ping"}\n\n', "")


def test_nothing_is_written_before_there_is_something_to_show() -> None:
    """anthropic.md 13: message_start waits for the first block, so a failed attempt can be taken back."""
    writer = a_writer()

    quiet: list[Event] = [Begin("", ""), TextOpen(), TextDelta(" \n"), Close(), ThoughtOpen(), Close()]
    assert all(writer.feed(event) == b"" for event in quiet)
    assert writer.feed(ThoughtOpen()) == b""
    assert kinds(writer.feed(ThoughtDelta("hm"))) == [
        "message_start",
        "content_block_start",
        "thinking_delta",
    ]


def test_heartbeats_are_comments_before_the_message_and_pings_in_it() -> None:
    """anthropic.md 13."""
    writer = a_writer()

    assert writer.heartbeat() == b": ping\n\n"
    writer.feed(Begin("", ""))
    assert writer.heartbeat() == b": ping\n\n"
    writer.feed(TextOpen())
    writer.feed(TextDelta("x"))
    assert writer.heartbeat() == b'event: ping\ndata: {"type":"ping"}\n\n'
    writer.feed(Close())
    writer.feed(End("stop"))
    assert writer.heartbeat() == b""


def test_white_space_alone_waits_for_the_text_that_follows() -> None:
    """anthropic.md 12."""
    events: list[Event] = [
        TextOpen(),
        TextDelta("\n"),
        TextDelta(" "),
        TextDelta("a"),
        TextDelta(" "),
        Close(),
    ]

    message = accumulated(written([Begin("", ""), *events, End("stop")]))

    assert message["content"] == [{"type": "text", "text": "\n a "}]


def test_white_space_before_a_call_or_the_end_is_dropped() -> None:
    """anthropic.md 12: clients choke on blank text blocks."""
    answer = an_answer(Text("\n\n"), ToolCall("t1", "Bash"), Text(" "))

    assert [block["type"] for block in accumulated(written(events_of(answer)))["content"]] == ["tool_use"]


def test_a_signature_is_sent_once_at_the_end_of_its_thought() -> None:
    """anthropic.md 13, invariant 4."""
    body = written(events_of(an_answer(Thought("t", "sig"), Text("x"))))

    assert kinds(body)[1:5] == [
        "content_block_start",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
    ]


def test_a_signature_without_thought_text_still_arrives() -> None:
    """anthropic.md 13, invariant 6."""
    message = accumulated(written(events_of(an_answer(Thought("", "sig"), Text("x")))))

    assert message["content"][0] == {"type": "thinking", "thinking": "", "signature": "sig"}


@pytest.mark.parametrize("piece", [Thought(""), Thought("", ""), Text("", "sig")])
def test_a_block_with_nothing_in_it_is_not_sent(piece: Thought | Text) -> None:
    """anthropic.md 13, invariant 6."""
    message = accumulated(written(events_of(an_answer(piece, Text("x")))))

    assert message["content"] == [{"type": "text", "text": "x"}]


def test_signatures_of_text_and_calls_are_not_shown() -> None:
    """anthropic.md 12: they are remembered on this side."""
    answer = an_answer(Text("a", "s1"), ToolCall("t1", "Bash", b"{}", "s2"))

    assert b"s1" not in written(events_of(answer))
    assert b"s2" not in written(events_of(answer))


def test_a_call_without_arguments_sends_an_empty_object_once() -> None:
    """anthropic.md 13, invariant 5."""
    events: list[Event] = [Begin("", ""), ToolOpen("t1", "Bash"), ArgsDelta(""), Close(), End("tool")]

    told = spoken(written(events))

    deltas = [data["delta"] for name, data in told if name == "content_block_delta"]
    assert deltas == [{"type": "input_json_delta", "partial_json": "{}"}]


def test_line_ends_inside_text_are_escaped() -> None:
    """anthropic.md 13: data is one line."""
    body = written(events_of(an_answer(Text("a\r\nb\n\nc\u2028d"))))

    assert accumulated(body)["content"][0]["text"] == "a\r\nb\n\nc\u2028d"


def test_a_generated_image_is_a_text_block() -> None:
    """anthropic.md 12."""
    message = accumulated(written(events_of(an_answer(Text("see"), Blob("image/png", PIXEL)))))

    assert [block["text"] for block in message["content"]] == [
        "see",
        f"![image](data:image/png;base64,{PIXEL})",
    ]


def test_an_answer_cut_by_its_limit_may_be_empty() -> None:
    """anthropic.md 13: a probe with `max_tokens: 1` must succeed."""
    message = accumulated(written(events_of(an_answer(reason="length"))))

    assert (message["content"], message["stop_reason"]) == ([], "max_tokens")


def test_a_refusal_without_text_says_why() -> None:
    """anthropic.md 15."""
    body = written(events_of(an_answer(reason="blocked", detail="Because of the rules.")))

    message = accumulated(body)
    assert message["content"] == [{"type": "text", "text": "Because of the rules."}]
    assert message["stop_reason"] == "refusal"
    assert message["stop_details"] == {
        "type": "refusal",
        "category": None,
        "explanation": "Because of the rules.",
    }


def test_an_empty_answer_is_raised_while_another_attempt_is_possible() -> None:
    """anthropic.md 13."""
    with pytest.raises(EmptyAnswer):
        written(events_of(an_answer(Text(" \n"))))


def test_an_empty_answer_is_an_error_event_once_thoughts_were_shown() -> None:
    """anthropic.md 13: never a successful end_turn without content."""
    body = written(events_of(an_answer(Thought("hm", "sig"))))

    name, data = spoken(body)[-1]
    assert name == "error"
    assert data["error"]["type"] == "overloaded_error"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StreamCut("It broke."), "api_error"),
        (TimedOut("It was silent."), "timeout_error"),
        (UpstreamBusy("No capacity."), "overloaded_error"),
        (PoolExhausted("No account."), "rate_limit_error"),
    ],
)
def test_a_fault_ends_the_stream_with_an_error_event(error: GatewayError, kind: str) -> None:
    """anthropic.md 13, faults.md 2; an open block stays open."""
    body = written(cut_after(events_of(an_answer(Text("partial"))), 3, error))

    assert kinds(body) == ["message_start", "content_block_start", "text_delta", "error"]
    assert spoken(body)[-1][1] == {"type": "error", "error": {"type": kind, "message": error.message}}
    with pytest.raises(anthropic.APIStatusError):
        accumulated(body)


def test_a_fault_before_the_message_is_the_only_event() -> None:
    """anthropic.md 13."""
    assert kinds(written([Fault(StreamCut("It broke."))])) == ["error"]
    assert kinds(written([Begin("", ""), Fault(StreamCut("It broke."))])) == ["error"]


def test_after_the_end_a_fault_says_nothing() -> None:
    """faults.md 1, rule 1: one request, one ending."""
    writer = a_writer()
    for event in events_of(an_answer(Text("x"))):
        writer.feed(event)

    assert writer.feed(Fault(StreamCut("It broke."))) == b""


def test_usage_at_the_start_is_an_estimate_until_the_upstream_speaks() -> None:
    """anthropic.md 16."""
    told = spoken(written(events_of(an_answer(Text("x"), usage=Usage(prompt=7, output=3, known=True)))))

    start, end = told[0][1]["message"]["usage"], told[-2][1]["usage"]
    assert start["input_tokens"] > 0
    assert start["output_tokens"] == 0
    assert (end["input_tokens"], end["output_tokens"]) == (7, 3)


def test_other_extras_are_passed_over() -> None:
    """anthropic.md 12."""
    plain = events_of(an_answer(Text("x")))

    assert written([*plain[:-1], Extra("citations", b"{}"), plain[-1]]) == written(plain)


GROUNDING: dict[str, object] = {
    "webSearchQueries": ["cats"],
    "groundingChunks": [{"web": {"uri": "https://a.example/1", "title": "A"}}],
    "groundingSupports": [{"segment": {"endIndex": 10}, "groundingChunkIndices": [0]}],
}


def test_a_search_holds_its_text_until_the_sources_are_known() -> None:
    """anthropic.md 17: pings meanwhile."""
    writer = a_writer(tools=[SEARCH_TOOL])
    *text, grounding, end = grounded("Cats purr. Indeed.", GROUNDING)

    before = [writer.feed(event) for event in text]

    assert kinds(b"".join(before)) == ["message_start"]
    assert kinds(writer.heartbeat()) == ["ping"]
    assert writer.feed(grounding) == b""
    assert kinds(writer.feed(end)) == [
        *("content_block_start", "input_json_delta", "content_block_stop"),
        *("content_block_start", "content_block_stop"),
        *("content_block_start", "citations_delta", "text_delta", "content_block_stop"),
        *("content_block_start", "text_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]


def test_the_sdk_understands_a_search() -> None:
    """anthropic.md 17, 22."""
    prompt = parsed(tools=[SEARCH_TOOL])

    message = accumulated(written(grounded("Cats purr. Indeed.", GROUNDING), prompt))

    call, found, cited, rest = message["content"]
    assert (call["type"], call["name"], call["input"]) == ("server_tool_use", "web_search", {"query": "cats"})
    assert found["tool_use_id"] == call["id"]
    assert found["content"][0]["url"] == "https://a.example/1"
    assert cited["citations"][0]["cited_text"] == cited["text"] == "Cats purr."
    assert (rest["text"], rest.get("citations")) == (" Indeed.", None)
    assert message["usage"]["server_tool_use"] == {"web_search_requests": 1, "web_fetch_requests": 0}
    assert message["stop_reason"] == "end_turn"


def test_a_search_without_grounding_is_plain_text() -> None:
    """anthropic.md 17."""
    prompt = parsed(tools=[SEARCH_TOOL])

    message = accumulated(written(events_of(an_answer(Text("I know."), Text(" Yes."))), prompt))

    assert message["content"] == [{"type": "text", "text": "I know. Yes."}]
    assert message["usage"]["server_tool_use"]["web_search_requests"] == 0


def test_a_search_that_finds_pages_but_says_nothing_shows_the_pages() -> None:
    """anthropic.md 17."""
    prompt = parsed(tools=[SEARCH_TOOL])
    events: list[Event] = [
        Begin("", ""),
        BlobOut("image/png", PIXEL),
        TextOpen(),
        TextDelta(" "),
        Signed("sig"),
        Close(),
        Extra("grounding", json.dumps(GROUNDING).encode()),
        End("stop"),
    ]

    types = [block["type"] for block in accumulated(written(events, prompt))["content"]]

    assert types == ["server_tool_use", "web_search_tool_result", "text", "text"]
