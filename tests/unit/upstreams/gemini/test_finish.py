"""Why answers end."""

import pytest

from app.errors import (
    MalformedCall,
)
from tests.support.gemini import (
    answered,
    calling,
    chunk,
    decoded,
    fault_of,
    saying,
    sse,
    thinking,
)


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("STOP", "stop"),
        ("OTHER", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "blocked"),
        ("RECITATION", "blocked"),
        ("MODEL_CONTEXT_WINDOW_EXCEEDED", "context_exceeded"),
        ("STOP_SEQUENCE", "stop_sequence"),
        ("PAUSE_TURN", "pause"),
        ("MALFORMED_FUNCTION_CALL", "stop"),
    ],
)
def test_finish_reasons(finish: str, reason: str) -> None:
    """anthropic.md 15, openai.md 8.3: after visible text a broken call is a plain end."""
    answer = answered(chunk(saying("a"), finish=finish, finishMessage="why"))

    assert (answer.reason, answer.raw, answer.detail) == (reason, finish, "why")


@pytest.mark.parametrize("finish", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"])
def test_a_broken_call_is_a_fault_where_nothing_was_delivered(finish: str) -> None:
    """faults.md F052."""
    events = decoded(sse(chunk(thinking("hm")), chunk(finish=finish)))

    assert isinstance(fault_of(events), MalformedCall)


def test_a_call_wins_over_any_finish() -> None:
    """openai.md 8.3."""
    assert answered(chunk(calling("f"), finish="MAX_TOKENS")).reason == "tool"
