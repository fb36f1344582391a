"""What holds for every request that goes upstream. Source: openai.md 17, anthropic.md 23."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.catalog.profile import ModelProfile
from app.errors import BadRequest
from app.ir.history import pair
from app.ir.parts import Blob, Thought, ToolCall
from app.ir.prompt import OutputShape, Prompt, Sampling, Thinking, ToolChoice, ToolSpec, Turn, WebSearch
from app.simulator.case import Case
from app.simulator.catalog import load_catalog
from app.simulator.protocheck import check
from app.simulator.signatures import SignatureSmith
from app.simulator.validate import validate
from app.simulator.wire import envelope
from app.upstreams.base import Encoded
from app.upstreams.gemini.encode import encode
from tests.support.gemini import CLAUDE, GEMINI, GPT_OSS, IMAGES, asking
from tests.support.schemas import schemas
from tests.support.turns import turns

ERA = load_catalog("catalog-2026-08")

NAMES = ["Bash", "Read", "mcp/read file", "mcp read/file", "x" * 70, "9"]

specs = st.builds(
    lambda name, schema: ToolSpec(name, "d", json.dumps(schema).encode()),
    st.sampled_from(NAMES),
    schemas | st.none(),
)
samplings = st.builds(
    Sampling,
    st.none() | st.integers(1, 200_000),
    st.none() | st.floats(0, 2),
    st.none() | st.floats(0, 1),
    st.none() | st.integers(1, 100),
    st.none() | st.integers(0, 9),
)
outputs = st.sampled_from([OutputShape(), OutputShape("json")]) | st.builds(
    lambda schema: OutputShape("json", json.dumps(schema).encode()), schemas
)
choices = st.sampled_from([ToolChoice(), ToolChoice("none"), ToolChoice("any"), ToolChoice("any", ("Bash",))])


def _without_history_of_thought(given_turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """As `sanitize_thinking` leaves them where no signature is known."""
    return pair(
        tuple(
            Turn(turn.role, tuple(part for part in turn.parts if not isinstance(part, Thought)))
            for turn in given_turns
        )
    )


prompts = st.builds(
    lambda given_turns, **wishes: Prompt("m", _without_history_of_thought(given_turns), **wishes),
    turns(),
    system=st.lists(st.sampled_from(["", "a", "b"]), max_size=2).map(tuple),
    tools=st.lists(specs, max_size=3).map(tuple),
    tool_choice=choices,
    parallel_calls=st.booleans(),
    sampling=samplings,
    thinking=st.sampled_from([Thinking("off", settled=True), Thinking("on", 2048, settled=True)]),
    output=outputs,
    stop=st.lists(st.sampled_from(["a", "b", " ", "", "c", "d", "e", "f"]), max_size=7).map(tuple),
)


def _can_think(prompt: Prompt) -> bool:
    """Claude thinks only where its thoughts before a call are known."""
    return not any(isinstance(part, ToolCall) for turn in prompt.turns for part in turn.parts)


def _fits(prompt: Prompt, profile: ModelProfile) -> Prompt | None:
    has_files = any(isinstance(part, Blob) for turn in prompt.turns for part in turn.parts)
    if has_files and not profile.images_in:
        return None
    if profile.family == "claude" and not _can_think(prompt):
        return replace(prompt, thinking=Thinking("off", settled=True))
    return prompt


@given(prompts, st.sampled_from([GEMINI, CLAUDE, GPT_OSS]))
@settings(max_examples=300, deadline=None)
def test_every_request_passes_the_strict_checks_of_the_upstream(
    prompt: Prompt, profile: ModelProfile
) -> None:
    """openai.md I8, I11 and I12; anthropic.md 23 properties 12-15."""
    fitting = _fits(prompt, profile)
    if fitting is None:
        return
    try:
        encoded = encode(fitting, profile)
    except BadRequest as refused:
        assert refused.where == "tool_choice"
        return

    examine(encoded, profile)


@pytest.mark.parametrize(
    ("prompt", "profile"),
    [
        (asking(search=WebSearch()), GEMINI),
        (asking("A cat", system=("s",), output=OutputShape(modalities=("text", "image"))), IMAGES),
        (asking("A cat", output=OutputShape(aspect_ratio="16:9", image_size="2K")), IMAGES),
    ],
)
def test_searches_and_images_pass_the_strict_checks_too(prompt: Prompt, profile: ModelProfile) -> None:
    """openai.md I12."""
    examine(encode(prompt, profile), profile)


def examine(encoded: Encoded, profile: ModelProfile) -> None:
    """Raise what the backend would refuse."""
    sent = {"project": "p", "model": profile.wire_id, "request": json.loads(encoded.body), "requestId": "r"}
    body, violations = check(sent, "GenerateEnvelope")
    assert violations == []
    model = ERA.find(profile.wire_id)
    assert model is not None
    case = Case(
        model=model,
        request=envelope(body).request,
        rng=Random(0),
        smith=SignatureSmith(0),
        prompt_tokens=1,
    )
    validate(case, frozenset())


@given(prompts, st.sampled_from([GEMINI, CLAUDE]))
@settings(deadline=None)
def test_the_same_request_gives_the_same_bytes(prompt: Prompt, profile: ModelProfile) -> None:
    """anthropic.md 11: byte-stable, so that the upstream's prompt cache works."""
    try:
        first: Any = encode(prompt, profile)
    except BadRequest:
        return

    assert encode(prompt, profile) == first
