"""What a client sees of each event."""

import pytest

from app.dialects.openai_chat.deltas import (
    Call,
    Content,
    Delta,
    Image,
    ImageOutput,
    Reasoning,
    ReasoningOutput,
    Refusal,
    Shaper,
    Style,
)
from app.dialects.openai_chat.wishes import ChatWishes
from app.errors import StreamCut
from app.ir.answer import Piece
from app.ir.events import ArgsDelta, Begin, Close, End, Extra, Fault, Reason, Signed, ToolOpen
from app.ir.parts import Blob, Text, Thought, ToolCall
from tests.support.events import an_answer, events_of

MARKDOWN = "![image](data:image/png;base64,AAAA)\n"
URL = "data:image/png;base64,AAAA"
PNG = Blob("image/png", "AAAA")


def shaped(
    *pieces: Piece,
    wishes: ChatWishes = ChatWishes(),  # noqa: B008 - frozen
    reasoning: ReasoningOutput = "reasoning_content",
    images: ImageOutput = "auto",
    freeform: frozenset[str] = frozenset(),
    reason: Reason | None = None,
    detail: str = "",
    raw: str = "",
) -> list[Delta]:
    shaper = Shaper(wishes, Style(reasoning, images), freeform)
    answer = an_answer(*pieces, reason=reason, detail=detail, raw=raw)
    return [delta for event in events_of(answer) for delta in shaper.feed(event)]


def test_thoughts_and_text_are_told_apart() -> None:
    """openai.md 7.3."""
    assert shaped(Thought("hm", "SIG"), Text("Hi", "SIG")) == [Reasoning("hm"), Content("Hi")]


def test_a_call_is_whole_and_carries_its_signature() -> None:
    """openai.md 6, 7.2: the signature is in the first delta of the call."""
    shaper = Shaper(ChatWishes(), Style())

    held = [
        shaper.feed(event)
        for event in (ToolOpen("c1", "f"), ArgsDelta('{"a"'), ArgsDelta(":1}"), Signed("S"))
    ]

    assert held == [(), (), (), ()]
    assert shaper.feed(Close()) == (Call(0, "c1", "f", '{"a":1}', signature="S"),)


def test_calls_are_counted_across_the_answer() -> None:
    """openai.md 7.2."""
    deltas = shaped(ToolCall("c1", "f"), Text("and"), ToolCall("c2", "g"))

    assert deltas == [Call(0, "c1", "f", "{}"), Content("and"), Call(1, "c2", "g", "{}")]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """openai.md 7.2: never an empty argument string."""
    shaper = Shaper(ChatWishes(), Style())
    shaper.feed(ToolOpen("c1", "f"))

    assert shaper.feed(Close()) == (Call(0, "c1", "f", "{}"),)


@pytest.mark.parametrize(
    ("args", "given"),
    [
        (b'{"input":"*** Begin"}', "*** Begin"),
        (b'{"patch":"x"}', '{"patch":"x"}'),
        (b'{"input":5}', '{"input":5}'),
    ],
)
def test_a_freeform_call_is_its_input(args: bytes, given: str) -> None:
    """openai.md 5.4, 12.4."""
    deltas = shaped(ToolCall("c1", "patch", args), freeform=frozenset({"patch"}))

    assert deltas == [Call(0, "c1", "patch", given, freeform=True)]


def test_legacy_functions_see_the_first_call_only() -> None:
    """openai.md 9."""
    deltas = shaped(ToolCall("c1", "f"), ToolCall("c2", "g"), wishes=ChatWishes(legacy_functions=True))

    assert deltas == [Call(0, "c1", "f", "{}")]


@pytest.mark.parametrize("mode", ["reasoning", "both"])
def test_other_members_for_thoughts_are_a_matter_of_spelling(mode: ReasoningOutput) -> None:
    """openai.md 7.4."""
    assert shaped(Thought("hm"), reasoning=mode) == [Reasoning("hm")]


def test_thoughts_can_be_left_out() -> None:
    """openai.md 7.4."""
    assert shaped(Thought("hm"), Text("Hi"), reasoning="none") == [Content("Hi")]


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ([Thought("a"), Thought("b"), Text("c")], "<think>ab</think>c"),
        ([Text("a"), Thought("b"), Text("c"), Thought("d")], "a<think>b</think>c<think>d</think>"),
        ([Thought("a")], "<think>a</think>"),
        ([Thought("a"), ToolCall("c1", "f")], "<think>a</think>"),
        ([Thought("a"), PNG], f"<think>a</think>\n{MARKDOWN}"),
        ([Thought(""), Text("a")], "a"),
    ],
)
def test_tags_open_and_close_once_per_run_of_thoughts(pieces: list[Piece], content: str) -> None:
    """openai.md 7.4."""
    deltas = shaped(*pieces, reasoning="think_tags")

    assert "".join(delta.text for delta in deltas if isinstance(delta, Content)) == content


def test_tags_close_before_the_call_after_them() -> None:
    """openai.md 7.4."""
    deltas = shaped(Thought("a"), ToolCall("c1", "f"), reasoning="think_tags")

    assert deltas == [Content("<think>a"), Content("</think>"), Call(0, "c1", "f", "{}")]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], MARKDOWN),
        ([Text("Look:")], f"Look:\n{MARKDOWN}"),
        ([Text("Look:\n")], f"Look:\n{MARKDOWN}"),
        ([PNG], MARKDOWN + MARKDOWN),
    ],
)
def test_a_markdown_image_stands_on_its_own_line(before: list[Piece], expected: str) -> None:
    """openai.md 10.2."""
    deltas = shaped(*before, PNG)

    assert "".join(delta.text for delta in deltas if isinstance(delta, Content)) == expected


@pytest.mark.parametrize(
    ("mode", "wanted", "expected"),
    [
        ("auto", False, [Content(MARKDOWN)]),
        ("auto", True, [Image(0, URL)]),
        ("markdown", True, [Content(MARKDOWN)]),
        ("images", False, [Image(0, URL)]),
        ("both", False, [Image(0, URL), Content(MARKDOWN)]),
    ],
)
def test_images_are_delivered_as_the_request_or_the_operator_says(
    mode: ImageOutput, wanted: bool, expected: list[Delta]
) -> None:
    """openai.md 10.2."""
    assert shaped(PNG, wishes=ChatWishes(wants_images=wanted), images=mode) == expected


def test_images_are_counted() -> None:
    """openai.md 7.2: each needs an index of its own."""
    assert shaped(PNG, PNG, images="images") == [Image(0, URL), Image(1, URL)]


@pytest.mark.parametrize(
    ("detail", "raw", "why"),
    [
        ("The prompt was blocked.", "SAFETY", "The prompt was blocked."),
        ("", "SAFETY", "The request was blocked (SAFETY)."),
        ("", "", "The request was blocked."),
    ],
)
def test_a_block_without_an_answer_is_explained(detail: str, raw: str, why: str) -> None:
    """openai.md 8.3."""
    assert shaped(reason="blocked", detail=detail, raw=raw) == [Refusal(why)]


def test_a_block_behind_text_is_not() -> None:
    """openai.md 8.3."""
    assert shaped(Text("So"), reason="blocked", detail="Blocked.") == [Content("So")]
    assert shaped(PNG, reason="blocked", images="images") == [Image(0, URL)]


def test_thoughts_before_a_block_are_closed_before_it_is_explained() -> None:
    """openai.md 7.4, 8.3."""
    deltas = shaped(Thought("a"), reason="blocked", detail="Blocked.", reasoning="think_tags")

    assert deltas == [Content("<think>a"), Content("</think>"), Refusal("Blocked.")]


def test_what_has_no_place_in_a_chat_is_not_shown() -> None:
    """openai.md 7.3."""
    shaper = Shaper(ChatWishes(), Style())

    assert shaper.feed(Begin("", "")) == ()
    assert shaper.feed(Extra("grounding", b"{}")) == ()
    assert shaper.feed(Fault(StreamCut("x"))) == ()


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("stop_sequence", "stop"),
        ("pause", "stop"),
        ("length", "length"),
        ("context_exceeded", "length"),
        ("blocked", "content_filter"),
        ("tool", "stop"),
    ],
)
def test_an_answer_without_calls_ends_in_one_of_three_words(reason: Reason, finish: str) -> None:
    """openai.md 8.3."""
    assert Shaper(ChatWishes(), Style()).finish(End(reason)) == finish


@pytest.mark.parametrize(("legacy", "finish"), [(False, "tool_calls"), (True, "function_call")])
def test_a_delivered_call_outweighs_the_reason(legacy: bool, finish: str) -> None:
    """openai.md 8.3."""
    shaper = Shaper(ChatWishes(legacy_functions=legacy), Style())
    shaper.feed(ToolOpen("c1", "f"))
    shaper.feed(Close())

    assert shaper.finish(End("length")) == finish
