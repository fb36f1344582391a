"""Where blocks begin and end, and what signs them."""

import pytest

from app.ir.events import Signed
from app.ir.parts import Text, Thought, ToolCall
from tests.support.gemini import (
    CLAUDE,
    DONE,
    GEMINI,
    answered,
    calling,
    chunk,
    decoded,
    saying,
    sse,
    thinking,
)


def test_a_signature_on_text_closes_an_unsigned_thought_of_claude() -> None:
    """anthropic.md 12."""
    answer = answered(chunk(thinking("a")), chunk(saying("b", thoughtSignature="R1")), DONE, profile=CLAUDE)

    assert answer.pieces == (Thought("a", "R1"), Text("b"))


def test_a_signature_on_a_call_signs_an_unsigned_thought_of_claude_and_the_call() -> None:
    """anthropic.md 12."""
    answer = answered(
        chunk(thinking("a")), chunk(calling("f", {}, "i", thoughtSignature="R1")), DONE, profile=CLAUDE
    )

    assert answer.pieces == (Thought("a", "R1"), ToolCall("i", "f", b"{}", "R1"))


def test_thoughts_after_a_signature_are_another_thought() -> None:
    """anthropic.md 12."""
    answer = answered(
        chunk(thinking("a", thoughtSignature="R1"), thinking("b"), thinking("", thoughtSignature="R2")),
        chunk(thinking("", thoughtSignature="R3")),
        DONE,
        profile=CLAUDE,
    )

    assert answer.pieces == (Thought("a", "R1"), Thought("b", "R3"))


def test_an_unmarked_signature_of_gemini_belongs_to_the_call_that_follows() -> None:
    """anthropic.md 12: it never opens a block."""
    answer = answered(
        chunk(thinking("a")),
        chunk(saying("", thoughtSignature="S1")),
        chunk(calling("f", {}, "i"), calling("g", {}, "j")),
        DONE,
    )

    assert answer.pieces == (Thought("a"), ToolCall("i", "f", b"{}", "S1"), ToolCall("j", "g", b"{}"))


@pytest.mark.parametrize("name", ["thoughtSignature", "thought_signature", "signature"])
def test_signatures_go_by_three_names_in_three_places(name: str) -> None:
    """anthropic.md 12."""
    on_part = chunk(thinking("a", **{name: "R1"}))
    in_call = chunk({"functionCall": {"name": "f", "id": "i", name: "R2"}})
    on_candidate = chunk(thinking("b"), **{name: "R3"})

    answer = answered(on_part, in_call, on_candidate, DONE, profile=CLAUDE)

    assert answer.pieces == (Thought("a", "R1"), ToolCall("i", "f", b"{}", "R2"), Thought("b", "R3"))


def test_empty_text_closes_nothing() -> None:
    """anthropic.md 12, upstream.md 6.3."""
    answer = answered(
        chunk(saying("")),
        chunk(thinking("a")),
        chunk(saying("")),
        chunk(thinking("b")),
        chunk(saying("c")),
        DONE,
    )

    assert answer.pieces == (Thought("ab"), Text("c"))


def test_a_signed_text_of_gemini_keeps_its_last_signature() -> None:
    """gemini.md 5: for a caller of the same family."""
    events = decoded(
        sse(chunk(saying("a", thoughtSignature="S1"), saying("b", thoughtSignature="S2")), DONE), GEMINI
    )

    assert [event for event in events if isinstance(event, Signed)] == [Signed("S2")]
