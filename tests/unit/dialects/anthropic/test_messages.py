"""Messages, system text, prefill."""

from typing import Any

import pytest

from app.dialects.anthropic.findings import Findings
from app.dialects.anthropic.messages import prefill_instruction, split_prefill, turns_of
from app.dialects.anthropic.wire import WireBlock, WireMessage
from app.errors import BadRequest
from app.ir.parts import Text, ToolCall, ToolResult
from app.ir.prompt import Turn
from tests.support.anthropic import assistant, call, parsed, result, text, user

BILLING = "x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=cli;"


def reminder(said: str) -> Text:
    return Text(f"<system-reminder>\n{said}\n</system-reminder>")


@pytest.mark.parametrize(
    ("system", "texts"),
    [
        ("Be brief.", ("Be brief.",)),
        ("", ()),
        (" \n", ()),
        (None, ()),
        ([], ()),
        ([text("a", cache_control={"type": "ephemeral"}), text(" "), "b", text("c")], ("a", "b", "c")),
        ([text(BILLING), text("You help.")], ("You help.",)),
        (BILLING, ()),
        (BILLING + "\n", ()),
        (BILLING + "\nYou help.", (BILLING + "\nYou help.",)),
    ],
)
def test_system_text_is_one_piece_per_block(system: object, texts: tuple[str, ...]) -> None:
    """anthropic.md 4."""
    assert parsed(system=system).system == texts


@pytest.mark.parametrize(
    ("block", "where"),
    [({"type": "image", "source": {}}, "system.1.type"), ({"type": "text", "text": None}, "system.1.text")],
)
def test_system_holds_text_only(block: dict[str, Any], where: str) -> None:
    """anthropic.md 4."""
    with pytest.raises(BadRequest) as caught:
        parsed(system=[text("a"), block])

    assert caught.value.where == where


def test_system_text_in_the_middle_becomes_a_reminder_at_its_place() -> None:
    """anthropic.md 4."""
    prompt = parsed(
        user(text("hi")),
        {"role": "system", "content": "# Environment: linux"},
        assistant("ok"),
        {"role": "system", "content": [text("a"), text(" "), text(BILLING), "b"]},
        user("go on"),
    )

    assert prompt.turns == (
        Turn("user", (Text("hi"), reminder("# Environment: linux"))),
        Turn("model", (Text("ok"),)),
        Turn("user", (reminder("a\nb"), Text("go on"))),
    )


@pytest.mark.parametrize("content", ["", " ", [], [text("")], BILLING])
def test_empty_system_text_in_the_middle_leaves_nothing(content: object) -> None:
    """anthropic.md 4."""
    prompt = parsed(user("hi"), {"role": "system", "content": content})

    assert prompt.turns == (Turn("user", (Text("hi"),)),)


def test_a_system_message_keeps_its_other_blocks() -> None:
    """anthropic.md 4, 6.5."""
    content = [
        {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "Grep"}},
        text("rule"),
        {"type": "mid_conv_system", "content": "inner"},
        {"type": "tool_reference", "tool_name": "Grep"},
    ]

    prompt = parsed(user("hi"), {"role": "system", "content": content})

    assert prompt.turns[0].parts[1:] == (reminder("rule\ninner"), Text("Tool loaded: Grep"))


@pytest.mark.parametrize(
    "block",
    [
        {"type": "mid_conv_system", "content": "rule"},
        {"type": "mid_conv_system", "content": [text("rule")]},
        {"type": "mid_conv_system", "text": "rule"},
    ],
)
def test_a_mid_conversation_block_is_the_users_even_inside_an_assistants_message(
    block: dict[str, Any],
) -> None:
    """anthropic.md 4."""
    prompt = parsed(user("hi", block), assistant("a", block, "b"), user("x"))

    assert prompt.turns == (
        Turn("user", (Text("hi"), reminder("rule"))),
        Turn("model", (Text("a"),)),
        Turn("user", (reminder("rule"),)),
        Turn("model", (Text("b"),)),
        Turn("user", (Text("x"),)),
    )


@pytest.mark.parametrize("role", ["tool", "", "User", "developer"])
def test_other_roles_are_refused(role: str) -> None:
    """anthropic.md 3.1."""
    with pytest.raises(BadRequest) as caught:
        parsed(user("a"), {"role": role, "content": "x"})

    assert caught.value.where == "messages.1.role"


def test_of_equal_calls_in_one_message_the_first_stays() -> None:
    """anthropic.md 10.3."""
    turn = turns_of([WireMessage("assistant", [_call("t1"), _call("t1"), _call("")])], Findings())[0]

    assert turn.parts == (ToolCall("t1", "Bash"), ToolCall("", "Bash"))


def _call(call_id: str) -> WireBlock:
    return WireBlock("tool_use", id=call_id, name="Bash")


def test_history_repair_speaks_in_the_words_of_this_dialect() -> None:
    """anthropic.md 10.2, 10.3, 10.5."""
    turns = parsed(assistant(call("t1")), user(result("t9", "late"), "go on")).turns

    assert turns == (
        Turn("user", (Text("\u200b"),)),
        Turn("model", (ToolCall("t1", "Bash"),)),
        Turn(
            "user",
            (
                ToolResult(
                    "t1", "Bash", (Text("Tool call was interrupted; no result is available."),), failed=True
                ),
                Text("[output of an unknown tool call: t9]\nlate"),
                Text("go on"),
            ),
        ),
    )


def messages(*sent: tuple[str, str | list[WireBlock | str]]) -> list[WireMessage]:
    return [WireMessage(role, content) for role, content in sent]


def test_trailing_assistant_text_is_the_prefill() -> None:
    """anthropic.md 7.5."""
    history = messages(
        ("user", "a"), ("assistant", "b"), ("assistant", [WireBlock("text", text="c \n"), "d  "])
    )

    kept, prefill = split_prefill(history)

    assert kept == history[:1]
    assert prefill == "bc \nd"


def test_a_trailing_message_with_a_call_is_no_prefill() -> None:
    """anthropic.md 7.5."""
    history = messages(("user", "a"), ("assistant", [WireBlock("tool_use", id="t", name="n")]))

    assert split_prefill(history) == (history, "")
    assert split_prefill([*history, *messages(("assistant", "x"))]) == (history, "x")


def test_only_text_blocks_make_a_prefill() -> None:
    """anthropic.md 7.5."""
    history = messages(("assistant", [WireBlock("thinking", thinking="t"), WireBlock("text", text="{")]))

    assert split_prefill(history) == ([], "{")


def test_the_instruction_holds_the_prefill_itself() -> None:
    """anthropic.md 7.5."""
    assert prefill_instruction('{"a":').endswith('\n{"a":')
