"""Whole requests."""

import json

import pytest

from app.dialects.anthropic.parse import Memo, memo_of, parse_count, parse_generate
from app.errors import BadRequest
from app.ir.parts import Blob, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Prompt, Sampling, Thinking, ToolChoice, ToolSpec, Turn
from tests.support.anthropic import a_request, a_tool, assistant, call, counted, parsed, text, user
from tests.support.events import PIXEL


def test_the_worked_example_of_the_specification() -> None:
    """anthropic.md 11."""
    schema = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
    body = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 32000,
        "stream": True,
        "system": [
            text("x-anthropic-billing-header: cc_version=2.1.112.b02; cc_entrypoint=cli;"),
            text("You help with code.", cache_control={"type": "ephemeral"}),
        ],
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high"},
        "tools": [{"name": "Bash", "description": "Run", "input_schema": schema}],
        "metadata": {"user_id": '{"device_id":"d","account_uuid":"","session_id":"s-1"}'},
        "messages": [
            user(text("count files")),
            {"role": "system", "content": "# Environment: linux"},
            assistant(
                {"type": "thinking", "thinking": "Two calls.", "signature": "Rsig1"},
                call("t1", command="ls"),
                call("t2", command="false"),
            ),
            user(
                {"type": "tool_result", "tool_use_id": "t2", "content": "Exit code 1", "is_error": True},
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": [
                        text("a.png"),
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
                        },
                    ],
                },
                text("go on", cache_control={"type": "ephemeral"}),
            ),
        ],
    }

    prompt = parse_generate(json.dumps(body).encode(), {})

    picture = Blob("image/png", PIXEL, where="messages.3.content.1.content.1.source")
    assert prompt == Prompt(
        model="claude-sonnet-4-6",
        turns=(
            Turn(
                "user",
                (
                    Text("count files"),
                    Text("<system-reminder>\n# Environment: linux\n</system-reminder>"),
                ),
            ),
            Turn(
                "model",
                (
                    Thought("Two calls.", "Rsig1"),
                    ToolCall("t1", "Bash", b'{"command": "ls"}'),
                    ToolCall("t2", "Bash", b'{"command": "false"}'),
                ),
            ),
            Turn(
                "user",
                (
                    ToolResult("t1", "Bash", (Text("a.png"), picture)),
                    ToolResult("t2", "Bash", (Text("Exit code 1"),), failed=True),
                    Text("go on"),
                ),
            ),
        ),
        system=("You help with code.",),
        tools=(ToolSpec("Bash", "Run", json.dumps(schema).encode()),),
        tool_choice=ToolChoice(),
        sampling=Sampling(max_tokens=32000),
        thinking=Thinking("on", None, "high"),
        stream=True,
        affinity="s-1",
        call_prefix="toolu_",
    )


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("model", "", "model"),
        ("model", "  ", "model"),
        ("messages", [], "messages"),
        ("container", "c_1", "container"),
        ("container", {}, "container"),
        ("mcp_servers", [{"url": "x"}], "mcp_servers"),
    ],
)
def test_what_cannot_be_honoured_is_refused(field: str, value: object, where: str) -> None:
    """anthropic.md 3.1, 3.2."""
    for read in (parse_generate, parse_count):
        with pytest.raises(BadRequest) as caught:
            read(a_request(**{field: value}), {})
        assert caught.value.where == where


@pytest.mark.parametrize(
    "ignored",
    [
        {"mcp_servers": []},
        {"mcp_servers": None, "container": None},
        {"service_tier": "auto", "inference_geo": "eu", "speed": "fast"},
        {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
        {"safeguards": {}, "diagnostics": [1], "fallbacks": ["x"], "betas": ["y"]},
        {"cache_control": {"type": "ephemeral"}},
    ],
)
def test_hints_and_telemetry_are_ignored(ignored: dict[str, object]) -> None:
    """anthropic.md 3.1, 3.2."""
    assert parse_generate(a_request(**ignored), {}) == parsed()


def test_the_models_name_is_kept_as_it_came() -> None:
    """anthropic.md 3.1 and 23, property 28."""
    assert parsed(model=" Claude-Opus-5-5[1m] ").model == " Claude-Opus-5-5[1m] "


def test_a_prefill_is_moved_out_of_the_turns_into_an_instruction() -> None:
    """anthropic.md 7.5."""
    prompt = parsed(user("Is it new? JSON."), assistant("{ "), system="Be brief.")

    assert prompt.turns == (Turn("user", (Text("Is it new? JSON."),)),)
    assert prompt.prefill == "{"
    assert prompt.system[0] == "Be brief."
    assert prompt.system[1].endswith("\n{")
    assert prompt.notes == ("prefill-moved",)


def test_a_blank_prefill_needs_no_instruction() -> None:
    """anthropic.md 7.5."""
    prompt = parsed(user("hi"), assistant({"type": "thinking", "thinking": "t"}, text(" ")))

    assert prompt.turns == (Turn("user", (Text("hi"),)),)
    assert (prompt.prefill, prompt.system) == ("", ())


def test_a_history_of_prefill_only_is_no_error() -> None:
    """anthropic.md 7.5, 10.5."""
    prompt = parsed(assistant("{"))

    assert prompt.turns == ()
    assert prompt.prefill == "{"


def test_a_trailing_call_stays_and_is_answered() -> None:
    """anthropic.md 7.5, 10.2."""
    prompt = parsed(user("hi"), assistant(call("t1")))

    assert [turn.role for turn in prompt.turns] == ["user", "model", "user"]
    assert prompt.prefill == ""


def test_a_count_moves_nothing() -> None:
    """anthropic.md 18: adding text never lowers the count."""
    prompt = counted(user("hi"), assistant("{"), tools=[a_tool()])

    assert [turn.role for turn in prompt.turns] == ["user", "model"]
    assert prompt.prefill == ""
    assert not prompt.stream


def test_a_count_remembers_whether_context_management_was_asked_for() -> None:
    """anthropic.md 18."""
    assert memo_of(counted(context_management={"edits": []})) == Memo(context_management=True)
    assert memo_of(counted(context_management=None)) == Memo()
    assert memo_of(parsed()) == Memo()
