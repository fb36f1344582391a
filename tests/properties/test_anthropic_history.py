"""What holds for every history, well-formed or not. Source: anthropic.md 10 and 23, openai.md 5.2."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Params
from app.ir.estimate import estimate
from app.ir.history import arrange, pair
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import Prompt, Turn
from tests.support.anthropic import GENERATE, a_request, a_tool, counted, parsed
from tests.support.turns import messages, turns


def visible(history: tuple[Turn, ...]) -> list[str]:
    return [
        part.text for turn in history for part in turn.parts if isinstance(part, Text) and part.text.strip()
    ]


def is_subsequence(few: list[str], many: list[str]) -> bool:
    rest: Iterator[str] = iter(many)
    return all(any(one == other for other in rest) for one in few)


def assert_calls_are_answered(history: tuple[Turn, ...]) -> None:
    seen: list[str] = []
    expected: list[ToolCall] = []
    for turn in history:
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        assert [(result.call_id, result.name) for result in results] == [
            (call.id, call.name) for call in expected
        ]
        assert list(turn.parts[: len(results)]) == results, "results lead"
        assert not results or turn.role == "user"
        expected = [part for part in turn.parts if isinstance(part, ToolCall)]
        assert not expected or turn.role == "model"
        seen += [call.id for call in expected]
    assert not expected, "the last call is answered as well"
    assert len(seen) == len(set(seen))
    assert all(call_id and len(call_id) <= 64 and call_id.isascii() for call_id in seen)


@given(turns())
def test_every_call_is_followed_by_its_result_and_no_other_result_exists(history: tuple[Turn, ...]) -> None:
    """anthropic.md 23, properties 13 and 14."""
    assert_calls_are_answered(pair(history))
    assert_calls_are_answered(arrange(pair(history)))


@given(turns())
def test_roles_alternate_from_the_user_and_no_turn_is_empty(history: tuple[Turn, ...]) -> None:
    """anthropic.md 23, property 12."""
    arranged = arrange(pair(history))

    assert [turn.role for turn in arranged] == ["user", "model"] * (len(arranged) // 2) + ["user"] * (
        len(arranged) % 2
    )
    assert arranged
    assert all(turn.parts for turn in arranged)
    assert all(text.strip() for turn in arranged for text in _texts(turn))


def _texts(turn: Turn) -> list[str]:
    return [part.text for part in turn.parts if isinstance(part, Text)]


@given(turns())
def test_repair_is_idempotent(history: tuple[Turn, ...]) -> None:
    """anthropic.md 23, property 16."""
    paired = pair(history)
    arranged = arrange(paired)

    assert pair(paired) == paired
    assert arrange(arranged) == arranged
    assert pair(arranged) == arranged


@given(turns())
def test_repair_loses_no_visible_text_and_keeps_its_order(history: tuple[Turn, ...]) -> None:
    """anthropic.md 23, property 16."""
    assert is_subsequence(visible(history), visible(pair(history)))
    arranged = visible(arrange(pair(history)))
    assert sorted(visible(pair(history))) == sorted(text for text in arranged if text != "\u200b")


@given(messages())
def test_no_history_is_refused_for_its_shape(history: list[dict[str, Any]]) -> None:
    """anthropic.md 3.2, 23 properties 11 to 14: leniency, then order."""
    assert_calls_are_answered(parsed(*history, tools=[a_tool(), a_tool("Read")]).turns)


@given(messages())
def test_user_and_assistant_text_survives(history: list[dict[str, Any]]) -> None:
    """anthropic.md 23, property 16."""
    prompt = parsed(*history)

    told = "\n".join((*visible(prompt.turns), prompt.prefill))

    said = [
        block if isinstance(block, str) else block["text"]
        for message in history
        for block in ([message["content"]] if isinstance(message["content"], str) else message["content"])
        if isinstance(block, str) or (block["type"] == "text")
    ]
    place = 0
    for one in said:
        if one.strip():
            place = told.index(one, place) + len(one)


@given(
    messages(), st.dictionaries(st.sampled_from(["brand_new", "betas", "safeguards", "speed"]), st.integers())
)
def test_unknown_keys_and_betas_change_nothing(history: list[dict[str, Any]], extras: dict[str, int]) -> None:
    """anthropic.md 23, property 31; cache_control is ignored at any depth."""
    plain = [_without_controls(message) for message in history]
    headers = {"anthropic-beta": "brand-new-2099-01-01, interleaved-thinking-2025-05-14"}

    assert parsed(*history, headers=headers, **extras) == parsed(*plain)


def _without_controls(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if isinstance(content, str):
        return message
    blocks = [
        {key: value for key, value in block.items() if key != "cache_control"}
        if isinstance(block, dict)
        else block
        for block in content
    ]
    return message | {"content": blocks}


@given(messages())
def test_parsing_does_not_depend_on_white_space_between_values(history: list[dict[str, Any]]) -> None:
    """anthropic.md 11: the same request always gives the same prompt, apart from raw JSON kept as sent."""
    body = a_request(*history)
    spaced = json.dumps(json.loads(body), indent=1).encode()

    tight, loose = (AnthropicDialect().parse(GENERATE, sent, Params()) for sent in (body, spaced))

    assert _shape(tight) == _shape(loose)


def _shape(prompt: Prompt) -> list[tuple[str, list[str]]]:
    return [(turn.role, [type(part).__name__ for part in turn.parts]) for turn in prompt.turns]


@given(messages(), st.data())
def test_the_estimate_never_falls_when_something_is_added(
    history: list[dict[str, Any]], data: st.DataObject
) -> None:
    """anthropic.md 18 and 23, property 25."""
    few = estimate(counted(*history))
    more = data.draw(messages())

    assert few >= 1
    assert few == estimate(counted(*history))
    assert estimate(counted(*history, *more)) >= few
    assert estimate(counted(*history, tools=[a_tool()])) > few
    assert estimate(counted(*history, system="A rule.")) > few
