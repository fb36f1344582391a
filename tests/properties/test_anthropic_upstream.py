"""From the upstream's parts to the client's SDK: streamed and whole are the same. Source: anthropic.md 23."""

import json
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.profile import ModelProfile
from app.dialects.anthropic.refuse import error_out
from app.dialects.anthropic.render import render
from app.errors import GatewayError
from app.ir.answer import collect
from app.ir.events import Event
from app.upstreams.gemini.decode import GeminiDecoder
from tests.support.anthropic import accumulated, parsed, written
from tests.support.events import counted_ids, json_values, texts
from tests.support.gemini import CLAUDE, GEMINI

PROMPT = parsed()
REASONS = ["STOP", "MAX_TOKENS", "SAFETY", "OTHER", "MALFORMED_FUNCTION_CALL", "BRAND_NEW", None]


def parts() -> st.SearchStrategy[dict[str, Any]]:
    signature = st.sampled_from([None, "c2ln", "b3RoZXI="])
    call = st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Bash", "Read"]),
            "args": st.dictionaries(st.text(max_size=4), json_values()),
        },
        optional={"id": st.sampled_from(["toolu_1", "a b"])},
    )
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"text": texts()}),
        st.fixed_dictionaries({"text": texts(), "thought": st.just(True)}),
        st.fixed_dictionaries({"functionCall": call}),
        st.fixed_dictionaries({"text": st.just("")}),
        st.just({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        st.fixed_dictionaries({"brandNew": json_values()}),
    ]
    return st.builds(_signed, st.one_of(kinds), signature)


def _signed(part: dict[str, Any], signature: str | None) -> dict[str, Any]:
    return part if signature is None else part | {"thoughtSignature": signature}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[dict[str, Any]], str | None]:
    """The parts of an answer, and why it ended."""
    return draw(st.lists(parts(), max_size=6)), draw(st.sampled_from(REASONS))


def chunks(found: list[dict[str, Any]], size: int, reason: str | None) -> bytes:
    """`found` in chunks of `size` parts, the end in a chunk of its own."""
    groups = [found[start : start + size] for start in range(0, len(found), size)]
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2}
    payloads: list[dict[str, Any]] = [{"candidates": [{"content": {"parts": group}}]} for group in groups]
    payloads.append({"candidates": [{"finishReason": reason}] if reason else [], "usageMetadata": usage})
    return b"".join(b"data: " + json.dumps({"response": one}).encode() + b"\n\n" for one in payloads)


def decoded(body: bytes, profile: ModelProfile, size: int = 0) -> list[Event]:
    """The events of a body that comes in pieces of `size` bytes."""
    decoder = GeminiDecoder((), counted_ids(), profile)
    step = size or max(1, len(body))
    events = [
        event for start in range(0, len(body), step) for event in decoder.feed(body[start : start + step])
    ]
    return events + decoder.finish()


def shown(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if value is not None}


def outcome(events: list[Event]) -> dict[str, Any] | str:
    """The whole reply, or the type of the error it comes to."""
    try:
        return shown(json.loads(render(PROMPT, collect(events), counted_ids())))
    except GatewayError as exc:
        return error_out(exc).error.type


PROFILES = st.sampled_from([CLAUDE, GEMINI])


@given(bodies(), PROFILES, st.integers(1, 3), st.sampled_from([0, 1, 7]))
def test_streamed_and_whole_replies_agree(
    body: tuple[list[dict[str, Any]], str | None], profile: ModelProfile, size: int, split: int
) -> None:
    """anthropic.md 23, property 1: or both report failure with the same error type."""
    found, reason = body
    events = decoded(chunks(found, size, reason), profile, split)

    expected = outcome(events)

    try:
        sent = written(events, PROMPT)
    except GatewayError as exc:
        assert error_out(exc).error.type == expected
        return
    if isinstance(expected, dict):
        assert shown(accumulated(sent)) == expected
    else:
        with pytest.raises(anthropic.APIStatusError) as caught:
            accumulated(sent)
        assert isinstance(caught.value.body, dict)
        assert caught.value.body["error"]["type"] == expected


@given(bodies(), PROFILES, st.integers(1, 3))
def test_the_borders_of_chunks_do_not_matter(
    body: tuple[list[dict[str, Any]], str | None], profile: ModelProfile, size: int
) -> None:
    """anthropic.md 23, property 2."""
    found, reason = body

    together = outcome(decoded(chunks(found, 100, reason), profile))

    assert outcome(decoded(chunks(found, size, reason), profile)) == together


@given(st.lists(json_values(), max_size=4), PROFILES)
def test_arbitrary_json_never_raises(found: list[Any], profile: ModelProfile) -> None:
    """anthropic.md 23, property 11."""
    events = decoded(chunks(found, 2, "STOP"), profile)

    assert outcome(events)
