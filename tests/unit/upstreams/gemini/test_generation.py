"""Wishes about the generation to generationConfig."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.catalog.profile import ThinkingRange
from app.ir.prompt import OutputShape, Prompt, Sampling, Thinking
from app.upstreams.gemini.encode import encode
from tests.support.gemini import CLAUDE, GEMINI, GPT_OSS, asking

OFF = Thinking("off", settled=True)


def on(budget: int | None = 2048, **more: Any) -> Thinking:
    return Thinking("on", budget, settled=True, **more)


def settings(prompt: Prompt, profile: Any) -> Any:
    config = json.loads(encode(prompt, profile).body)["generationConfig"]
    assert config.pop("candidateCount") == 1
    return config


def notes(prompt: Prompt, profile: Any) -> tuple[str, ...]:
    return encode(prompt, profile).notes


@pytest.mark.parametrize(
    ("profile", "thinking", "sampling", "sent"),
    [
        (GEMINI, OFF, Sampling(None, 1.5, 0.9, 40), {"temperature": 1.5, "topP": 0.9, "topK": 40}),
        (GEMINI, OFF, Sampling(None, 7.0, -1.0), {"temperature": 2.0, "topP": 0.0}),
        (GPT_OSS, OFF, Sampling(None, 1.5, 0.9), {"temperature": 1.5, "topP": 0.9}),
        (CLAUDE, OFF, Sampling(None, 1.5, 0.9, 40), {"temperature": 1.0, "topK": 40}),
        (CLAUDE, OFF, Sampling(None, None, 0.9), {"topP": 0.9}),
        (CLAUDE, on(), Sampling(None, 0.5, 0.99, 40), {"maxOutputTokens": 34816}),
        (CLAUDE, on(), Sampling(None, None, 0.95), {"maxOutputTokens": 34816, "topP": 0.95}),
        (CLAUDE, on(), Sampling(None, None, 0.9), {"maxOutputTokens": 34816}),
    ],
)
def test_sampling_is_what_the_family_takes(
    profile: Any, thinking: Thinking, sampling: Sampling, sent: Any
) -> None:
    """anthropic.md 7.2."""
    found = settings(asking(sampling=sampling, thinking=thinking), profile)

    found.pop("thinkingConfig", None)
    assert found == sent


def test_dropped_hints_leave_a_note() -> None:
    """architecture.md 5.4."""
    assert notes(asking(sampling=Sampling(temperature=0.5, top_p=0.5)), CLAUDE) == ("params-dropped",)
    assert notes(asking(sampling=Sampling(seed=7)), GEMINI) == ("params-dropped",)
    assert notes(asking(sampling=Sampling(temperature=0.5)), GEMINI) == ()


@pytest.mark.parametrize(("asked", "sent"), [(128_000, 64_000), (64_000, 64_000), (512, 512)])
def test_the_limit_is_clamped_without_an_error(asked: int, sent: int) -> None:
    """anthropic.md 7.1."""
    prompt = asking(sampling=Sampling(asked))

    assert settings(prompt, CLAUDE)["maxOutputTokens"] == sent
    assert notes(prompt, CLAUDE) == (("max-tokens-clamped",) if asked > sent else ())


def test_without_a_limit_claude_gets_room_after_its_thoughts() -> None:
    """openai.md 5.7."""
    assert settings(asking(thinking=on(8192)), CLAUDE)["maxOutputTokens"] == 8192 + 32768
    assert settings(asking(thinking=on(60000)), CLAUDE)["maxOutputTokens"] == 64000
    assert "maxOutputTokens" not in settings(asking(thinking=on(8192)), GEMINI)


@pytest.mark.parametrize(
    ("profile", "thinking", "sent"),
    [
        (CLAUDE, on(4096), {"includeThoughts": True, "thinkingBudget": 4096}),
        (CLAUDE, on(None), {"includeThoughts": True, "thinkingBudget": 4096}),
        (CLAUDE, OFF, {"includeThoughts": False, "thinkingBudget": 0}),
        (GEMINI, on(-1), {"includeThoughts": True, "thinkingBudget": -1}),
        (GEMINI, OFF, {"includeThoughts": False}),
        (GEMINI, Thinking(), None),
        (GPT_OSS, on(), None),
    ],
)
def test_settled_thinking_is_spelled(profile: Any, thinking: Thinking, sent: Any) -> None:
    """anthropic.md 8.4."""
    assert settings(asking(thinking=thinking), profile).get("thinkingConfig") == sent


@pytest.mark.parametrize(
    ("style", "thinking", "sent"),
    [
        ("level", on(9, effort="high"), {"includeThoughts": True, "thinkingLevel": "high"}),
        ("level", on(9, effort="odd"), {"includeThoughts": True}),
        ("level", OFF, {"includeThoughts": False, "thinkingLevel": "low"}),
        ("none", on(9), {"includeThoughts": True}),
    ],
)
def test_never_both_a_budget_and_a_level(style: Any, thinking: Thinking, sent: Any) -> None:
    """upstream.md 4.4."""
    able = ThinkingRange(128, 32768, can_stop=False, style=style, levels=("low", "high"))

    assert settings(asking(thinking=thinking), replace(GEMINI, thinking=able))["thinkingConfig"] == sent


def test_the_budget_of_claude_stays_below_its_limit() -> None:
    """anthropic.md 23, property 24."""
    below = settings(asking(thinking=on(4096), sampling=Sampling(4096)), CLAUDE)
    too_small = settings(asking(thinking=on(4096), sampling=Sampling(1000)), CLAUDE)

    assert below["thinkingConfig"]["thinkingBudget"] == 4095
    assert too_small["thinkingConfig"] == {"includeThoughts": False, "thinkingBudget": 0}


@pytest.mark.parametrize(
    ("profile", "stops", "sent"),
    [
        (GEMINI, ("a", "", "a", "\n", "b"), ["a", "b"]),
        (CLAUDE, ("a", " ", "\n", "b"), ["a", "b"]),
        (GEMINI, tuple("abcdefg"), list("abcde")),
        (CLAUDE, tuple("abcdefg"), list("abcdefg")),
        (GEMINI, ("",), None),
    ],
)
def test_stops_are_what_the_family_takes(profile: Any, stops: tuple[str, ...], sent: Any) -> None:
    """anthropic.md 7.3, upstream.md 5.9."""
    assert settings(asking(stop=stops), profile).get("stopSequences") == sent


def test_wishes_about_images_are_hints_to_other_models() -> None:
    """openai.md 5.1."""
    prompt = asking(output=OutputShape(modalities=("text", "image"), aspect_ratio="1:1"))

    assert settings(prompt, GEMINI) == {}
    assert notes(prompt, GEMINI) == ("params-dropped",)
