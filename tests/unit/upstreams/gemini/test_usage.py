"""Token counts of answers."""

from typing import Any

import pytest

from app.ir.answer import collect
from app.ir.events import Begin
from app.ir.parts import Text
from app.ir.usage import Usage
from tests.support.gemini import (
    CLAUDE,
    DONE,
    answered,
    chunk,
    decoded,
    saying,
    sse,
)


def test_placeholder_counts_are_not_told_at_the_beginning() -> None:
    """upstream.md 6.5: the first counts of Claude say 1, 1, 2."""
    placeholder = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}

    events = decoded(sse(chunk(saying("a"), usage=placeholder), DONE), CLAUDE)

    assert events[0] == Begin("resp-1", "gemini-3-flash", Usage())


@pytest.mark.parametrize("is_late", [False, True])
def test_counts_that_look_like_the_placeholder_are_told_when_they_come_with_the_finish_or_after_it(
    is_late: bool,
) -> None:
    """openai.md 8.4: the shortest answer of all has cost one token, not nothing."""
    counts = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    ends = [DONE, {"usageMetadata": counts}] if is_late else [chunk(finish="MAX_TOKENS", usage=counts)]

    answer = collect(decoded(sse(chunk(saying("a"), usage=counts), *ends), CLAUDE))

    assert answer.usage == Usage(prompt=1, output=1, known=True)


def test_placeholder_counts_that_nothing_follows_are_not_taken_for_true() -> None:
    """upstream.md 6.5."""
    counts = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}

    assert collect(decoded(sse(chunk(saying("a"), usage=counts), DONE), CLAUDE)).usage == Usage()


def test_counts_after_the_finish_still_count() -> None:
    """upstream.md A.5, anthropic.md 16."""
    late = {"usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 30, "totalTokenCount": 42}}

    answer = answered(chunk(saying("a")), DONE, late)

    assert answer.usage == Usage(prompt=12, output=30, known=True)


def test_counts_of_a_wrong_type_do_no_harm() -> None:
    """faults.md F056."""
    odd: dict[str, Any] = {
        "promptTokenCount": "12",
        "candidatesTokenCount": None,
        "totalTokenCount": 12.5,
        "x": {},
    }

    answer = answered(chunk(saying("a"), usage=odd), DONE)

    assert answer.pieces == (Text("a"),)
    assert answer.usage == Usage(prompt=12, known=True)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        (
            {
                "promptTokenCount": 2431,
                "candidatesTokenCount": 180,
                "totalTokenCount": 2967,
                "thoughtsTokenCount": 356,
                "cachedContentTokenCount": 2048,
            },
            Usage(prompt=2431, cached=2048, output=536, thoughts=356, known=True),
        ),
        (
            {"promptTokenCount": 10, "totalTokenCount": 25, "thoughtsTokenCount": 5},
            Usage(10, 0, 15, 5, 0, True),
        ),
        ({"promptTokenCount": 10, "toolUsePromptTokenCount": 4}, Usage(prompt=14, known=True)),
        ({"promptTokenCount": 10, "cachedContentTokenCount": 99}, Usage(prompt=10, cached=10, known=True)),
        ({"promptTokenCount": -3, "candidatesTokenCount": -1}, Usage(known=True)),
    ],
)
def test_counts(counts: dict[str, int], usage: Usage) -> None:
    """openai.md 8.4, upstream.md appendix B."""
    assert answered(chunk(saying("a"), finish="STOP", usage=counts)).usage == usage


def test_a_count_that_is_left_out_keeps_its_last_value() -> None:
    """anthropic.md 16."""
    answer = answered(
        chunk(saying("a"), usage={"promptTokenCount": 9, "cachedContentTokenCount": 4}),
        chunk(saying("b"), finish="STOP", usage={"candidatesTokenCount": 3}),
    )

    assert answer.usage == Usage(prompt=9, cached=4, output=3, known=True)
