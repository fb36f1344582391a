from random import Random

import pytest

from app.simulator.catalog import Family
from app.simulator.chunks import AnswerIds, Chunk, call_id, event_text, make_ids, whole_body

IDS = AnswerIds("65a12ae79a7cc9c0", "ypM9abPqFKWl0-kPvamgqQw", "gemini-3-flash")


def test_an_event_has_the_members_in_the_order_of_the_backend() -> None:
    """upstream.md 6.1: the example, byte for byte."""
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 1, "totalTokenCount": 13}

    assert event_text(Chunk(parts=[{"text": "Hel"}], usage=dict(usage)), IDS) == (
        '{"response": {"candidates": [{"content": {"role": "model","parts": [{"text": "Hel"}]}}],'
        '"usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": 1,"totalTokenCount": 13},'
        '"modelVersion": "gemini-3-flash","responseId": "ypM9abPqFKWl0-kPvamgqQw"},'
        '"traceId": "65a12ae79a7cc9c0"}'
    )


@pytest.mark.parametrize(
    ("family", "prefix", "length"), [("claude", "msg_vrtx_01", 33), ("gemini", "", 23), ("openai", "", 23)]
)
def test_ids_have_the_form_of_their_family(family: Family, prefix: str, length: int) -> None:
    """upstream.md 6.2."""
    ids = make_ids(family, "m", Random(1), has_metadata=False)

    assert ids.response_id.startswith(prefix)
    assert len(ids.response_id) == length
    assert len(ids.trace_id) == 16


def test_call_ids_have_the_form_of_their_family() -> None:
    """upstream.md 5.4, 9.4."""
    assert call_id("claude", Random(1)).startswith("toolu_vrtx_01")
    assert len(call_id("claude", Random(1))) == len("toolu_vrtx_01PDbPTJgBJ3AJ8BCnSXvUqk")
    assert len(call_id("gemini", Random(1))) == 8


def test_the_whole_answer_joins_neighbouring_texts_of_a_kind() -> None:
    """upstream.md 6.8."""
    chunks = [
        Chunk(parts=[{"thought": True, "text": "a"}]),
        Chunk(parts=[{"thought": True, "text": "b", "thoughtSignature": "s"}]),
        Chunk(parts=[{"text": "c"}]),
        Chunk(parts=[{"text": "d"}], finish="STOP", usage={"totalTokenCount": 1}),
    ]

    body = whole_body(chunks, IDS)

    assert body["response"]["candidates"][0] == {  # type: ignore[index, call-overload]
        "content": {
            "role": "model",
            "parts": [{"thought": True, "text": "ab", "thoughtSignature": "s"}, {"text": "cd"}],
        },
        "finishReason": "STOP",
    }
