from random import Random
from typing import Any

import pytest

from app.simulator.chunks import AnswerIds, Chunk, chunk_body
from app.simulator.deviations import DEVIATIONS, deviate
from app.simulator.errors import ErrorFacts
from app.simulator.faults import STREAM_EFFECTS, Fault

IDS = AnswerIds("65a12ae79a7cc9c0", "r1", "gemini-3-flash")
WIRE_EFFECTS = {
    "cut",
    "stall",
    "split_utf8",
    "crlf",
    "lf",
    "no_space",
    "joined",
    "drip",
    "cr",
    "json_for_sse",
}


def some_chunks() -> list[Chunk]:
    usage: dict[str, Any] = {"promptTokenCount": 7, "candidatesTokenCount": 8, "totalTokenCount": 15}
    signed: dict[str, Any] = {"thought": True, "text": "", "thoughtSignature": "R1"}
    return [
        Chunk(parts=[{"thought": True, "text": "Hm."}], usage=usage, is_thought=True),
        Chunk(parts=[signed], usage=usage, is_thought=True),
        Chunk(parts=[{"text": "Let me check."}], usage=usage),
        Chunk(parts=[{"functionCall": {"name": "f", "args": {}, "id": "id-0001"}}], usage=usage),
        Chunk(parts=[{"functionCall": {"name": "g", "args": {}, "id": "id-0002"}}], usage=usage),
        Chunk(parts=[{"text": ""}], usage=usage, finish="STOP"),
    ]


def after(effect: str, **details: Any) -> list[Chunk]:
    facts = ErrorFacts(now=0.0, rng=Random(1))
    return deviate(some_chunks(), [Fault(effect=effect, **details)], facts)


def test_every_stream_effect_is_carried_out_by_one_side() -> None:
    """upstream.md 9.6."""
    assert set(DEVIATIONS) | WIRE_EFFECTS == STREAM_EFFECTS
    assert not set(DEVIATIONS) & WIRE_EFFECTS


def test_nothing_at_all() -> None:
    """upstream.md 6.9: empty body."""
    assert after("empty") == []


def test_no_parts_but_a_finish() -> None:
    """upstream.md 6.9."""
    (only,) = after("no_parts")

    assert (only.parts, only.finish) == ([], "STOP")


def test_thoughts_and_nothing_else() -> None:
    """upstream.md 6.9."""
    assert [chunk.is_thought for chunk in after("thoughts_only")] == [True, True, False]


def test_a_missing_finish() -> None:
    """upstream.md 6.4."""
    assert all(chunk.finish is None for chunk in after("no_finish"))


def test_usage_that_is_missing_late_or_a_placeholder() -> None:
    """upstream.md 6.5."""
    assert all(chunk.usage is None for chunk in after("no_usage"))
    late = after("late_usage")
    assert late[-1].parts is None
    assert [chunk.usage is not None for chunk in late] == [False] * 6 + [True]
    placed = after("placeholder_usage")
    assert [chunk.usage["totalTokenCount"] for chunk in placed if chunk.usage] == [2] * 5 + [15]


def test_a_blocked_prompt_has_feedback_and_no_candidates() -> None:
    """upstream.md 6.9, appendix A.5."""
    (only,) = after("prompt_blocked")

    assert chunk_body(only, IDS) == {
        "response": {
            "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "usageMetadata": {"promptTokenCount": 7, "totalTokenCount": 7},
            "modelVersion": "gemini-3-flash",
            "responseId": "r1",
        },
        "traceId": "65a12ae79a7cc9c0",
    }


def test_any_finish_with_its_message() -> None:
    """upstream.md 9.6."""
    last = after("finish", reason="SAFETY", message="No.")[-1]

    assert (last.finish, last.finish_message) == ("SAFETY", "No.")


@pytest.mark.parametrize("under_response", [False, True])
def test_an_error_in_the_midst_of_the_stream(*, under_response: bool) -> None:
    """upstream.md 6.9, appendix A.5."""
    chunks = after("stream_error", reason="503_capacity", after_chunks=2, under_response=under_response)
    body: Any = chunk_body(chunks[-1], IDS)

    assert len(chunks) == 3
    assert (body["response"] if under_response else body)["error"]["code"] == 503


def test_lines_that_are_no_events() -> None:
    """upstream.md 9.6."""
    for effect in ("garbage", "broken_event", "bad_utf8", "comment"):
        chunks = after(effect, after_chunks=2)
        assert chunks[2].raw is not None
        assert len(chunks) == 7


def test_an_empty_text_before_the_first_thought() -> None:
    """upstream.md 6.3."""
    assert after("leading_empty")[0].parts == [{"text": ""}]


def test_thoughts_after_the_calls() -> None:
    """upstream.md 6.3."""
    assert [chunk.is_thought for chunk in after("thoughts_after_call")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_call_in_the_chunk_of_a_text() -> None:
    """upstream.md 6.3."""
    chunks = after("call_with_text")

    assert [len(chunk.parts or ()) for chunk in chunks] == [1, 1, 2, 2, 1]
    assert all("text" in (chunk.parts or [{}])[0] for chunk in chunks if chunk.has_call)


def test_parallel_calls_in_one_chunk() -> None:
    """upstream.md 6.3."""
    assert [
        sum("functionCall" in part for part in chunk.parts or ()) for chunk in after("calls_together")
    ] == [
        0,
        0,
        0,
        2,
        0,
    ]


def test_the_same_call_once_more_with_another_id() -> None:
    """upstream.md 6.3."""
    calls: list[Any] = [
        part["functionCall"]
        for chunk in after("repeated_call")
        for part in chunk.parts or ()
        if "functionCall" in part
    ]

    assert [call["name"] for call in calls] == ["f", "f", "g", "g"]
    assert len({call["id"] for call in calls}) == 4


def test_a_signature_in_a_chunk_of_its_own() -> None:
    """upstream.md 6.3."""
    chunks = after("signature_only_chunk")

    assert chunks[1].parts == [{"thought": True, "thoughtSignature": "R1"}]
    assert chunks[2].parts == [{"thought": True, "text": ""}]


def test_usage_of_the_wrong_types() -> None:
    """faults.md F056."""
    assert after("odd_usage")[0].usage == {
        "promptTokenCount": "12",
        "candidatesTokenCount": None,
        "totalTokenCount": "many",
    }


def test_a_text_after_the_finish() -> None:
    """faults.md F057."""
    chunks = after("text_after_finish")

    assert [chunk.finish for chunk in chunks[-2:]] == ["STOP", None]


def test_fields_and_parts_of_the_future() -> None:
    """upstream.md 4.5: unknown fields must be ignored."""
    first = after("unknown_fields")[0]

    assert first.extra == {"simFutureField": {"a": [1, 2]}}
    assert first.parts is not None
    assert first.parts[0] == {"simFuturePart": {"x": 1}}
