"""Chunks that are not quite what they should be."""

import json

from app.errors import (
    UpstreamGarbled,
)
from app.ir.answer import collect
from app.ir.events import TextDelta
from app.ir.parts import Text, ToolCall
from tests.support.gemini import (
    DONE,
    answered,
    bound,
    chunk,
    decoded,
    fault_of,
    saying,
    sse,
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
