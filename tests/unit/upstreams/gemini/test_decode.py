"""Bytes of the upstream to events."""

import pytest

from app.errors import (
    EmptyAnswer,
    QuotaExhausted,
    StreamCut,
    UpstreamBusy,
    UpstreamGarbled,
)
from app.ir.answer import Answer
from app.ir.events import Begin, BlobOut, Close, End, TextDelta, TextOpen
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage
from tests.support.gemini import (
    CLAUDE,
    DONE,
    a_decoder,
    answered,
    calling,
    chunk,
    decoded,
    fault_of,
    saying,
    sse,
    thinking,
)


def test_text_with_thinking() -> None:
    """upstream.md A.1."""
    answer = answered(
        chunk(
            thinking("**Planning**\n\nThe user greets."), usage={"promptTokenCount": 7, "totalTokenCount": 31}
        ),
        chunk(saying("Hello! ")),
        chunk(saying("How can I help?")),
        chunk(
            saying("", thoughtSignature="CpMBexample=="),
            finish="STOP",
            usage={
                "promptTokenCount": 7,
                "candidatesTokenCount": 8,
                "totalTokenCount": 39,
                "thoughtsTokenCount": 24,
            },
        ),
    )

    assert answer == Answer(
        id="resp-1",
        model="gemini-3-flash",
        pieces=(
            Thought("**Planning**\n\nThe user greets."),
            Text("Hello! How can I help?", "CpMBexample=="),
        ),
        reason="stop",
        usage=Usage(prompt=7, output=32, thoughts=24, known=True),
        raw="STOP",
    )


def test_parallel_calls_and_a_stop_in_a_chunk_of_its_own() -> None:
    """upstream.md A.2: the reason is tool, whatever the chunk with STOP holds."""
    answer = answered(
        chunk(calling("get_weather", {"city": "Paris"}, "k3x9a1b2", thoughtSignature="EuYBexample==")),
        chunk(calling("get_weather", {"city": "Rome"}, "k3x9a1b3")),
        DONE,
    )

    assert answer.reason == "tool"
    assert answer.pieces == (
        ToolCall("k3x9a1b2", "get_weather", b'{"city":"Paris"}', "EuYBexample=="),
        ToolCall("k3x9a1b3", "get_weather", b'{"city":"Rome"}'),
    )


def test_claude_thinks_signs_speaks_and_calls() -> None:
    """upstream.md A.3."""
    answer = answered(
        chunk(saying(""), usage={"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}),
        chunk(thinking("I should look up ")),
        chunk(thinking("the weather.")),
        chunk(thinking("", thoughtSignature="RXVZQmV4YW1wbGU=")),
        chunk(saying("Let me check.")),
        chunk(calling("get_weather", {"city": "Paris"}, "toolu_vrtx_01PDbPTJgBJ3AJ8BCnSXvUqk")),
        chunk(
            saying(""),
            finish="STOP",
            usage={"promptTokenCount": 812, "candidatesTokenCount": 96, "totalTokenCount": 908},
        ),
        profile=CLAUDE,
    )

    assert answer.pieces == (
        Thought("I should look up the weather.", "RXVZQmV4YW1wbGU="),
        Text("Let me check."),
        ToolCall("toolu_vrtx_01PDbPTJgBJ3AJ8BCnSXvUqk", "get_weather", b'{"city":"Paris"}'),
    )
    assert answer.usage == Usage(prompt=812, output=96, known=True)


def test_an_image_is_a_block_of_its_own() -> None:
    """upstream.md A.4."""
    part = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}

    answer = answered(chunk(saying("Here:"), part, finish="STOP"))

    assert answer.pieces == (Text("Here:"), Blob("image/png", "iVBORw0KGgo="))


def test_a_blocked_prompt_ends_as_blocked() -> None:
    """upstream.md A.5, faults.md F050."""
    blocked = {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "No."},
        "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12},
    }

    events = decoded(sse(blocked))

    usage = Usage(prompt=12, known=True)
    assert events == [Begin("", "gemini-3-flash", usage), End("blocked", usage, "PROHIBITED_CONTENT", "No.")]


def test_the_block_is_closed_with_the_finish_and_the_answer_with_the_body() -> None:
    """faults.md F057: whoever waits for late counts need not hold the text back."""
    decoder = a_decoder()

    first = decoder.feed(sse(chunk(saying("a"), finish="STOP")))

    assert first[1:] == [TextOpen(), TextDelta("a"), Close()]
    assert decoder.has_finish
    assert not decoder.is_over
    assert [type(event) for event in decoder.finish()] == [End]
    assert decoder.is_over


def test_parts_after_the_finish_are_passed_over() -> None:
    """faults.md F057."""
    answer = answered(chunk(saying("a"), finish="STOP"), chunk(saying("b"), calling("f")))

    assert answer.pieces == (Text("a"),)
    assert answer.reason == "stop"


def test_an_error_in_the_first_event_is_that_error() -> None:
    """upstream.md A.5, faults.md F048."""
    error = {
        "code": 503,
        "message": "No capacity available for model claude-sonnet-4-6 on the server",
        "status": "UNAVAILABLE",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "MODEL_CAPACITY_EXHAUSTED"}
        ],
    }

    events = decoded(sse({"error": error}, wrapped=False))

    assert len(events) == 1
    assert isinstance(fault_of(events), UpstreamBusy)
    assert isinstance(fault_of(decoded(sse({"error": error}))), UpstreamBusy)


def test_an_error_after_text_comes_behind_the_text() -> None:
    """faults.md F049, architecture.md 6.3."""
    error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Individual quota reached."}

    events = decoded(sse(chunk(saying("a")), {"error": error}, chunk(saying("b"))))

    assert events[2] == TextDelta("a")
    assert isinstance(fault_of(events), QuotaExhausted)


def test_a_clean_end_after_text_is_an_end() -> None:
    """faults.md F039."""
    answer = answered(chunk(saying("a")))

    assert (answer.reason, answer.raw, answer.pieces) == ("stop", "", (Text("a"),))
    assert answered(chunk(calling("f"))).reason == "tool"


def test_a_clean_end_after_thoughts_alone_is_a_cut() -> None:
    """faults.md F039, openai.md 8.3."""
    assert isinstance(fault_of(decoded(sse(chunk(thinking("a"))))), StreamCut)


@pytest.mark.parametrize("body", [b"", b"\r\n", b": hello\n\n", sse({}), sse(chunk(saying("")))])
def test_a_body_with_nothing_in_it_is_an_empty_answer(body: bytes) -> None:
    """faults.md F038."""
    if body.startswith(b":"):
        assert isinstance(fault_of(decoded(body)), UpstreamGarbled)
    else:
        assert isinstance(fault_of(decoded(body)), EmptyAnswer)


def test_an_empty_answer_with_a_finish_is_left_to_the_relay() -> None:
    """upstream.md 6.9."""
    assert [type(event) for event in decoded(sse(chunk(finish="STOP")))] == [Begin, End]
    answer = answered(chunk(thinking("a"), finish="MAX_TOKENS"))
    assert (answer.reason, answer.pieces) == ("length", (Thought("a"),))


def test_a_large_image_is_one_event() -> None:
    """faults.md F062."""
    data = "A" * (27 * 1024 * 1024)
    body = sse(chunk({"inlineData": {"mimeType": "image/png", "data": data}}, finish="STOP"))

    events = decoded([body[: len(body) // 2], body[len(body) // 2 :]])

    assert events[1] == BlobOut("image/png", data)


def test_a_draft_image_within_thoughts_is_not_delivered() -> None:
    """upstream.md 6.6: only what is not a thought is the answer."""
    draft = {"thought": True, "inlineData": {"mimeType": "image/png", "data": "AAAA"}}

    assert answered(chunk(draft, saying("a")), DONE).pieces == (Text("a"),)
