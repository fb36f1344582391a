"""Wishes about thinking."""

import json
from typing import Any

import pytest

from app.dialects.openai_chat.thinking import read_thinking
from app.dialects.openai_chat.wire import REQUEST
from app.errors import BadRequest
from app.ir.prompt import Thinking


def read(**members: Any) -> Thinking:
    return read_thinking(REQUEST.decode(json.dumps(members).encode()))


@pytest.mark.parametrize(
    ("members", "wish"),
    [
        ({}, Thinking()),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, Thinking("on", 2048)),
        ({"thinking": {"type": "enabled", "budgetTokens": 2048}}, Thinking("on", 2048)),
        ({"thinking": {"type": "enabled"}}, Thinking("on")),
        ({"thinking": {"budget_tokens": 2048}}, Thinking("on", 2048)),
        ({"thinking": {"type": "adaptive", "effort": "high"}}, Thinking("on", effort="high")),
        ({"thinking": {"type": "disabled", "budget_tokens": 2048}}, Thinking("off")),
        ({"thinking": True}, Thinking("on")),
        ({"thinking": False}, Thinking("off")),
        ({"thinking": {}}, Thinking()),
        ({"thinking_budget": 512}, Thinking("on", 512)),
        ({"budget_tokens": 512}, Thinking("on", 512)),
        ({"thinking_budget": 0}, Thinking("off")),
        ({"thinking_budget": -1}, Thinking("on", -1)),
        ({"google": {"thinking_config": {"thinking_budget": 64}}}, Thinking("on", 64)),
        ({"google": {"thinkingConfig": {"thinkingLevel": "HIGH"}}}, Thinking("on", effort="high")),
        ({"google": {"thinking_config": {"thinking_level": "THINKING_LEVEL_UNSPECIFIED"}}}, Thinking()),
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 64}}}, Thinking("on", 64)),
        ({"generation_config": {"thinking_config": {"thinking_level": "low"}}}, Thinking("on", effort="low")),
        ({"reasoning": {"effort": "medium"}}, Thinking("on", effort="medium")),
        ({"reasoning": {"max_tokens": 99, "effort": "low"}}, Thinking("on", 99, "low")),
        ({"reasoning": {"enabled": True}}, Thinking("on")),
        ({"reasoning": {"enabled": False, "effort": "high"}}, Thinking("off")),
        ({"reasoning": True}, Thinking("on")),
        ({"reasoning_effort": "High"}, Thinking("on", effort="high")),
        ({"reasoning_effort": "none"}, Thinking("off", effort="none")),
        ({"reasoning_effort": "[undefined]"}, Thinking()),
        ({"thinking_effort": "xhigh"}, Thinking("on", effort="xhigh")),
        ({"enable_thinking": True}, Thinking("on")),
        ({"enable_thinking": False}, Thinking("off")),
    ],
)
def test_every_way_to_ask_is_understood(members: Any, wish: Thinking) -> None:
    """openai.md 5.7."""
    assert read(**members) == wish


def test_the_first_place_that_says_something_wins() -> None:
    """openai.md 5.7."""
    assert read(thinking={"type": "disabled"}, reasoning_effort="high") == Thinking("off")
    assert read(thinking_budget=5, reasoning={"max_tokens": 9}) == Thinking("on", 5)
    assert read(thinking={}, reasoning_effort="low") == Thinking("on", effort="low")


def test_a_number_of_tokens_beats_a_word() -> None:
    """openai.md 5.7."""
    wish = read(thinking={"type": "adaptive", "effort": "low"}, reasoning={"max_tokens": 9})

    assert wish == Thinking("on", 9, "low")


@pytest.mark.parametrize(
    "members",
    [
        {"reasoning": {"exclude": True}},
        {"include_reasoning": False},
        {"include_thoughts": False},
        {"google": {"thinking_config": {"include_thoughts": False}}},
        {"generationConfig": {"thinkingConfig": {"includeThoughts": False}}},
    ],
)
def test_several_members_hide_the_thoughts(members: Any) -> None:
    """openai.md 5.7: only their output is suppressed."""
    assert read(reasoning_effort="low", **members).shown is False


@pytest.mark.parametrize(
    "members", [{"reasoning": {"exclude": False}}, {"include_reasoning": True}, {"include_thoughts": None}]
)
def test_otherwise_thoughts_are_shown(members: Any) -> None:
    """openai.md 5.7."""
    assert read(**members).shown is True


@pytest.mark.parametrize(
    ("members", "where", "reason"),
    [
        ({"reasoning_effort": "extreme"}, "reasoning_effort", "invalid_value"),
        ({"reasoning": {"effort": "extreme"}}, "reasoning.effort", "invalid_value"),
        ({"thinking": {"type": "sometimes"}}, "thinking.type", "invalid_value"),
        ({"thinking": {"budget_tokens": "many"}}, "thinking.budget_tokens", "invalid_type"),
        ({"thinking": 5}, "thinking", "invalid_type"),
        ({"thinking_budget": -2}, "thinking_budget", "integer_below_min_value"),
        ({"google": []}, "google", "invalid_type"),
        ({"generationConfig": {"thinkingConfig": []}}, "generationConfig.thinkingConfig", "invalid_type"),
    ],
)
def test_an_unknown_wish_is_refused(members: Any, where: str, reason: str) -> None:
    """openai.md 5.7."""
    with pytest.raises(BadRequest) as caught:
        read(**members)

    assert (caught.value.where, caught.value.reason) == (where, reason)
