"""Turns to contents."""

import json
from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Blob, Link, Opaque, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Thinking, Turn
from app.upstreams.gemini.contents import GO_ON, SENTINEL
from app.upstreams.gemini.encode import encode
from tests.support.gemini import CLAUDE, GEMINI, GPT_OSS, asking

ON = Thinking("on", 2048, settled=True)


def contents(*turns: Turn, profile: Any = GEMINI, thinking: Thinking = ON) -> Any:
    return json.loads(encode(asking(turns=turns, thinking=thinking), profile).body)["contents"]


def user(*parts: Part) -> Turn:
    return Turn("user", parts)


def model(*parts: Part) -> Turn:
    return Turn("model", parts)


def replayed(*parts: Part, profile: Any = GEMINI, thinking: Thinking = ON) -> Any:
    """The parts of a model turn between two user turns."""
    results = tuple(
        ToolResult(part.id, part.name, (Text("x"),)) for part in parts if isinstance(part, ToolCall)
    )
    turns = (user(Text("a")), model(*parts), user(*results, Text("b")))
    return contents(*turns, profile=profile, thinking=thinking)[1]["parts"]


def test_the_sentinel_stands_on_the_first_call_where_none_is_signed() -> None:
    """anthropic.md 9.6."""
    parts = replayed(ToolCall("1", "f"), ToolCall("2", "g"))

    assert [part.get("thoughtSignature") for part in parts] == [SENTINEL, None]


def test_signed_calls_keep_their_signatures_and_need_no_sentinel() -> None:
    """anthropic.md 9.6."""
    parts = replayed(ToolCall("1", "f", signature="S1"), ToolCall("2", "g"))

    assert [part.get("thoughtSignature") for part in parts] == ["S1", None]


def test_a_claude_never_sees_the_sentinel() -> None:
    """upstream.md 5.6, openai.md I11."""
    parts = replayed(ToolCall("1", "f"), ToolCall("2", "g", signature="R1"), profile=CLAUDE)

    assert [part.get("thoughtSignature") for part in parts] == [None, "R1"]


def test_gpt_oss_gets_no_thoughts_and_no_signatures() -> None:
    """anthropic.md 9.6."""
    parts = replayed(Thought("t", "S"), Text("a", "S"), ToolCall("1", "f", signature="S"), profile=GPT_OSS)

    assert parts == [{"text": "a"}, {"functionCall": {"name": "f", "args": {}, "id": "1"}}]


@pytest.mark.parametrize(
    ("thought", "thinking", "is_kept"),
    [
        (Thought("t", "S"), ON, True),
        (Thought("t", "S"), Thinking("off", settled=True), False),
        (Thought("t"), ON, False),
        (Thought("", "S"), ON, False),
        (Thought("t", "S", redacted=True), ON, False),
    ],
)
def test_only_thoughts_that_claude_accepts_are_sent(
    thought: Thought, thinking: Thinking, is_kept: bool
) -> None:
    """anthropic.md 9.5, upstream.md 5.6."""
    parts = replayed(thought, Text("a"), profile=CLAUDE, thinking=thinking)

    assert len(parts) == (2 if is_kept else 1)


def test_a_turn_of_nothing_but_a_dropped_thought_leaves_no_hole() -> None:
    """anthropic.md 10.5: roles alternate."""
    found = contents(user(Text("a")), model(Thought("t")), user(Text("b")), profile=CLAUDE)

    assert [content["role"] for content in found] == ["user"]
    assert found[0]["parts"] == [{"text": "a"}, {"text": "b"}]


def test_a_model_that_refuses_prefill_is_asked_to_go_on() -> None:
    """openai.md 5.2 step 4."""
    turns = (user(Text("a")), model(Text("b")))

    assert contents(*turns, profile=CLAUDE)[-1] == {"role": "user", "parts": [{"text": GO_ON}]}
    assert contents(*turns, profile=GEMINI)[-1]["role"] == "model"


def test_a_history_may_not_begin_with_the_model() -> None:
    """openai.md I8."""
    assert contents(model(Text("a")), user(Text("b")))[0]["role"] == "user"


def test_arguments_travel_as_they_came() -> None:
    """tool-schemas.md 9: numbers keep their text."""
    args = b'{"big":12345678901234567890123,"z":1.0,"a":1e5}'
    turns = (user(Text("a")), model(ToolCall("1", "f", args)), user(ToolResult("1", "f", (Text("x"),))))

    assert args in encode(asking(turns=turns), GEMINI).body


def test_lines_of_a_result_are_joined_and_its_files_stand_behind_all_results() -> None:
    """anthropic.md 5.2."""
    picture = Blob("image/png", "AAAA")
    turns = (
        user(Text("a")),
        model(ToolCall("1", "f"), ToolCall("2", "g")),
        user(
            ToolResult("1", "f", (Text("x"), Text("y"), picture)), ToolResult("2", "g", (picture,)), Text("z")
        ),
    )

    assert contents(*turns)[2]["parts"] == [
        {"functionResponse": {"name": "f", "id": "1", "response": {"output": "x\ny"}}},
        {"functionResponse": {"name": "g", "id": "2", "response": {"output": "(see attached image)"}}},
        {"text": "[image returned by tool call 1]"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"text": "[image returned by tool call 2]"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"text": "z"},
    ]


@pytest.mark.parametrize("failed", [False, True])
def test_an_empty_result_is_an_empty_text(failed: bool) -> None:
    """anthropic.md 5.2."""
    turns = (user(Text("a")), model(ToolCall("1", "f")), user(ToolResult("1", "f", (), failed=failed)))

    response = contents(*turns)[2]["parts"][0]["functionResponse"]["response"]
    assert response == ({"error": ""} if failed else {"output": ""})


@pytest.mark.parametrize(
    ("profile", "media_type", "taken"),
    [
        (GEMINI, "audio/wav", True),
        (CLAUDE, "image/png", True),
        (CLAUDE, "application/pdf", True),
        (CLAUDE, "audio/wav", False),
        (GPT_OSS, "image/png", False),
    ],
)
def test_files_that_a_model_does_not_take_are_refused(profile: Any, media_type: str, taken: bool) -> None:
    """openai.md 5.3, architecture.md 5.4: content is never dropped."""
    turn = user(Blob(media_type, "AAAA", where="messages[0].content[0]"))

    if taken:
        assert contents(turn, profile=profile)[0]["parts"][0]["inlineData"]["mimeType"] == media_type
    else:
        with pytest.raises(BadRequest) as caught:
            contents(turn, profile=profile)
        assert caught.value.where == "messages[0].content[0]"


def test_files_by_address_are_for_gemini() -> None:
    """upstream.md 5.3."""
    turn = user(Link("https://example.invalid/a.png", "image/png"))

    assert contents(turn)[0]["parts"] == [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.invalid/a.png"}}
    ]
    with pytest.raises(BadRequest):
        contents(turn, profile=CLAUDE)


def test_opaque_parts_travel_within_their_family_only() -> None:
    """architecture.md 5.4."""
    own, foreign = Opaque("gemini", b'{"text":"x","new":1}'), Opaque("anthropic", b"{}")

    assert contents(user(own, foreign))[0]["parts"] == [{"text": "x", "new": 1}]
    assert contents(user(Text("a"), own), profile=CLAUDE)[0]["parts"] == [{"text": "a"}]


def test_blank_text_is_nothing_to_claude() -> None:
    """upstream.md 5.2."""
    assert contents(user(Text(" \n", "S"), Text("a")), profile=CLAUDE)[0]["parts"] == [{"text": "a"}]
