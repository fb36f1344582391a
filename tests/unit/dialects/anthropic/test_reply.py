"""What streaming and non-streaming replies share."""

import pytest
from msgspec import UNSET, json

from app.dialects.anthropic.reply import (
    Stop,
    StopDetails,
    Tally,
    explanation_of,
    markdown_image,
    message_id,
    own_reason,
    stop_of,
    usage_of,
)
from app.errors import EmptyAnswer
from app.ids import Ids
from app.ir.estimate import estimate
from app.ir.events import Reason
from app.ir.usage import Usage
from tests.support.anthropic import parsed, user


def a_tally(*, called: bool = False, visible: bool = True, searches: int | None = None) -> Tally:
    tally = Tally()
    tally.called, tally.visible, tally.searches = called, visible, searches
    return tally


def test_message_ids_are_never_the_same() -> None:
    """anthropic.md 13, invariant 7."""
    made = {message_id(Ids()) for _ in range(1000)}

    assert len(made) == 1000
    assert all(one.startswith("msg_") and one[4:].isalnum() and len(one) == 28 for one in made)


def test_a_generated_image_is_markdown() -> None:
    """anthropic.md 12."""
    assert markdown_image("image/png", "AAAA") == "![image](data:image/png;base64,AAAA)"


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("stop", "end_turn"),
        ("tool", "end_turn"),
        ("length", "max_tokens"),
        ("pause", "pause_turn"),
        ("stop_sequence", "stop_sequence"),
        ("context_exceeded", "model_context_window_exceeded"),
    ],
)
def test_the_stop_reason_says_why(reason: Reason, word: str) -> None:
    """anthropic.md 15."""
    assert stop_of(parsed(), reason, a_tally(), "") == Stop(word)


@pytest.mark.parametrize("reason", ["stop", "tool", "length", "blocked"])
def test_a_call_that_was_delivered_wins(reason: Reason) -> None:
    """anthropic.md 15."""
    assert stop_of(parsed(), reason, a_tally(called=True), "x") == Stop("tool_use")


def test_a_refusal_explains_itself() -> None:
    """anthropic.md 15."""
    said = stop_of(parsed(), "blocked", a_tally(), "Because.")
    silent = stop_of(parsed(), "blocked", a_tally(), "")

    assert said == Stop("refusal", None, StopDetails("Because."))
    assert isinstance(silent.stop_details, StopDetails)
    assert silent.stop_details.explanation
    assert stop_of(parsed(), "stop", a_tally(), "Because.").stop_details is UNSET


def test_a_stop_sequence_is_named_where_it_is_known() -> None:
    """anthropic.md 15."""
    prompt = parsed(stop_sequences=["END"])

    assert stop_of(prompt, "stop_sequence", a_tally(), "END") == Stop("stop_sequence", "END")
    assert stop_of(prompt, "stop_sequence", a_tally(), "A sentence.") == Stop("stop_sequence", None)


def test_an_answer_with_nothing_to_show_is_an_error_unless_there_is_a_reason() -> None:
    """anthropic.md 13: a probe with `max_tokens: 1` must succeed."""
    nothing = a_tally(visible=False)

    assert explanation_of("length", nothing, "") == ""
    assert explanation_of("blocked", nothing, "Because.") == "Because."
    assert explanation_of("blocked", nothing, "")
    assert explanation_of("stop", a_tally(), "") == ""
    with pytest.raises(EmptyAnswer):
        explanation_of("stop", nothing, "")


def test_usage_keeps_cache_reads_apart() -> None:
    """anthropic.md 16."""
    usage = Usage(prompt=1020, cached=900, output=57, thoughts=31, known=True)

    assert json.decode(json.encode(usage_of(parsed(), usage))) == {
        "input_tokens": 120,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 900,
        "output_tokens": 57,
        "output_tokens_details": {"thinking_tokens": 31},
    }


def test_usage_is_never_negative_and_leaves_out_what_there_was_not() -> None:
    """anthropic.md 16."""
    usage = json.decode(json.encode(usage_of(parsed(), Usage(prompt=1, cached=5, known=True))))

    assert usage["input_tokens"] == 0
    assert "output_tokens_details" not in usage
    assert "server_tool_use" not in usage


def test_as_long_as_nothing_is_known_the_input_is_estimated() -> None:
    """anthropic.md 16, 18."""
    prompt = parsed(user("x" * 400))

    usage = usage_of(prompt, Usage())

    assert (usage.input_tokens, usage.output_tokens) == (estimate(prompt), 0)


@pytest.mark.parametrize(("shown", "counted", "told"), [(0, 0, 0), (1, 0, 1), (1, 3, 3)])
def test_searches_are_counted_after_a_search_only(shown: int, counted: int, told: int) -> None:
    """anthropic.md 16, 17."""
    usage = usage_of(parsed(), Usage(searches=counted, known=True), a_tally(searches=shown))

    assert usage.server_tool_use is not None
    assert usage.server_tool_use.web_search_requests == told
    assert usage.server_tool_use.web_fetch_requests == 0


@pytest.mark.parametrize(
    ("raw", "reason"), [("SAFETY", "blocked"), ("LANGUAGE", "stop"), ("NO_IMAGE", "stop"), ("", "blocked")]
)
def test_two_words_of_the_upstream_are_no_refusal_here(raw: str, reason: str) -> None:
    """anthropic.md 15."""
    assert own_reason("blocked", raw) == reason
