"""Chunks that are not quite what they should be."""

import json

from app.errors import (
    UpstreamGarbled,
)
from app.ir.answer import collect
from app.ir.events import TextDelta
from app.ir.parts import Blob, Text, Thought, ToolCall
from tests.support.gemini import (
    DONE,
    answered,
    bound,
    calling,
    chunk,
    decoded,
    fault_of,
    saying,
    sse,
    thinking,
)


def test_unknown_parts_and_members_are_ignored() -> None:
    """faults.md F047."""
    answer = answered(chunk({"x": 1}, {}, saying("a", y={"z": []})), chunk(finish="SOMETHING_NEW"), {"q": 1})

    assert answer.pieces == (Text("a"),)
    assert (answer.reason, answer.raw) == ("stop", "SOMETHING_NEW")


def test_a_malformed_event_ends_the_answer() -> None:
    """faults.md F046: never skipped in silence."""
    events = decoded(sse(chunk(saying("a"))) + b'data: {"resp\r\n\r\n' + sse(chunk(saying("b")), DONE))

    assert TextDelta("b") not in events
    assert isinstance(fault_of(events), UpstreamGarbled)


def test_broken_characters_are_replaced() -> None:
    """faults.md F045."""
    body = b'data: {"candidates":[{"content":{"parts":[{"text":"a\xffb"}]}}]}\n\n'
    half_pair = (
        b'data: {"candidates":[{"content":{"parts":[{"text":"c\\ud800d"}]},"finishReason":"STOP"}]}\n\n'
    )

    assert collect(decoded(body + half_pair)).pieces == (Text("a\ufffdbc\ufffdd"),)


def test_broken_characters_in_arguments_are_replaced() -> None:
    """faults.md F045."""
    body = (
        b'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","id":"i",'
        b'"args":{"a\xff":"\xfe","\\ud800":1,"_noop":true}}}]},"finishReason":"STOP"}]}\n\n'
    )

    answer = collect(decoded(body, bindings=[bound("f", placeholder="_noop")]))

    assert isinstance(answer.pieces[0], ToolCall)
    assert json.loads(answer.pieces[0].args) == {"a\ufffd": "\ufffd", "\ufffd": 1}


def test_broken_characters_alone_in_raw_json_are_replaced() -> None:
    """faults.md F045: what is carried as it came is not checked by the reader of the chunk."""
    body = (
        b'data: {"candidates":[{"content":{"parts":'
        b'[{"functionCall":{"name":"f","id":"i","args":{"a":"\xff"}}}]},'
        b'"groundingMetadata":{"webSearchQueries":["\xff"]},"finishReason":"STOP"}]}\n\n'
    )

    answer = collect(decoded(body))

    assert isinstance(answer.pieces[0], ToolCall)
    assert json.loads(answer.pieces[0].args) == {"a": "\ufffd"}
    assert answer.usage.searches == 1


def test_every_kind_of_part_is_read_in_spite_of_an_odd_neighbour() -> None:
    """faults.md F047: members of a wrong type count as absent."""
    answer = answered(
        {
            "candidates": 7,
            "promptFeedback": [],
            "usageMetadata": {"promptTokenCount": 3.0},
            "responseId": "r",
        },
        chunk(
            {"text": 7},
            thinking("t", signature="S"),
            saying("a"),
            {"executableCode": {"language": None, "code": "x"}},
            {"codeExecutionResult": {"output": "y"}},
            {"fileData": {"fileUri": "u"}},
            {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
            calling("f", {"n": 1}, "i"),
            "no part",
            finish="STOP",
        ),
        {"promptFeedback": {"blockReason": 7}},
    )

    assert answer.id == "r"
    assert answer.usage.prompt == 3
    assert answer.pieces == (
        Thought("t", "S"),
        Text("a```\nx\n```\n```\ny\n```\nu"),
        Blob("image/png", "AAAA"),
        ToolCall("i", "f", b'{"n":1}'),
    )
