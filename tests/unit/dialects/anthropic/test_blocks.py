"""Content blocks, one kind at a time."""

from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Blob, Part, Text, Thought, ToolCall, ToolResult
from tests.support.anthropic import assistant, call, parsed, result, text, user
from tests.support.events import PIXEL

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


def user_parts(*blocks: object) -> tuple[Part, ...]:
    prompt = parsed(user("before"), assistant("ok"), user(*blocks, {"type": "text", "text": "after"}))
    return prompt.turns[-1].parts[:-1]


def model_parts(*blocks: object) -> tuple[Part, ...]:
    return parsed(user("before"), assistant(*blocks), user("after")).turns[1].parts


def result_of(**fields: object) -> ToolResult:
    block = {"type": "tool_result", "tool_use_id": "t1"} | fields
    found = parsed(user("before"), assistant(call("t1")), user(block)).turns[-1].parts[0]
    assert isinstance(found, ToolResult)
    return found


def test_text_is_kept_and_blank_text_is_dropped() -> None:
    """anthropic.md 5."""
    blocks = [text(said, citations=[]) for said in ("a", "", " \n", "b ")]

    assert user_parts(*blocks) == (Text("a"), Text("b "))


def test_a_bare_string_counts_as_a_text_block() -> None:
    """anthropic.md 5."""
    assert user_parts("a", " ") == (Text("a"),)


@pytest.mark.parametrize(
    "block", [{"type": "text"}, {"type": "text", "text": None}, {"type": "text", "text": 5}]
)
def test_a_text_block_needs_text(block: dict[str, Any]) -> None:
    """anthropic.md 3.1."""
    with pytest.raises(BadRequest) as caught:
        parsed(user("a", block))

    assert caught.value.where == "messages.0.content.1.text"


def test_a_call_is_kept_with_its_arguments_as_they_were_spelled() -> None:
    """anthropic.md 5, 5.3."""
    block = call("t1", "Bash", z=1, a=[1.50, "x"])

    assert model_parts(block) == (ToolCall("t1", "Bash", b'{"z": 1, "a": [1.5, "x"]}'),)


@pytest.mark.parametrize(
    ("given", "args"),
    [
        (None, b"{}"),
        ('{"a": 1}', b'{"a": 1}'),
        ("no json", b'{"value":"no json"}'),
        ("[1]", b'{"value":"[1]"}'),
        ([1, 2], b'{"value":[1, 2]}'),
        (5, b'{"value":5}'),
    ],
)
def test_input_of_another_kind_becomes_an_object(given: object, args: bytes) -> None:
    """anthropic.md 5.3."""
    block = {"type": "tool_use", "id": "t1", "name": "Bash", "input": given}

    assert model_parts(block) == (ToolCall("t1", "Bash", args),)


def test_a_call_without_input_has_none() -> None:
    """anthropic.md 5.3."""
    assert model_parts({"type": "tool_use", "id": "t1", "name": "Bash"}) == (ToolCall("t1", "Bash", b"{}"),)


@pytest.mark.parametrize("key", ["signature", "thoughtSignature"])
def test_a_call_may_carry_its_own_signature(key: str) -> None:
    """anthropic.md 9.4."""
    assert model_parts(call("t1") | {key: "sig"}) == (ToolCall("t1", "Bash", b"{}", "sig"),)


def test_a_call_needs_a_name() -> None:
    """anthropic.md 3.1."""
    with pytest.raises(BadRequest) as caught:
        parsed(user("a"), assistant({"type": "tool_use", "id": "t1", "input": {}}))

    assert caught.value.where == "messages.1.content.0.name"


@pytest.mark.parametrize("content", [None, "", []])
def test_a_result_may_be_empty(content: object) -> None:
    """anthropic.md 5.2."""
    assert result_of(content=content) == ToolResult("t1", "Bash", ())
    assert result_of() == ToolResult("t1", "Bash", ())


def test_a_result_is_text_or_blocks() -> None:
    """anthropic.md 5.2."""
    blocks = ["a", {"type": "text", "text": "b"}, {"type": "text"}, "", IMAGE]

    where = "messages.2.content.0.content.4.source"
    picture = Blob("image/png", PIXEL, where=where)
    assert result_of(content="done").parts == (Text("done"),)
    assert result_of(content=blocks).parts == (Text("a"), Text("b"), picture)


@pytest.mark.parametrize(
    ("content", "said"), [(5, "5"), ({"a": 1}, '{"a": 1}'), ([{"no": "type"}], '[{"no": "type"}]')]
)
def test_a_result_of_another_kind_is_kept_as_json_text(content: object, said: str) -> None:
    """anthropic.md 5.2: the caller cannot repair a tool's output."""
    assert result_of(content=content).parts == (Text(said),)


@pytest.mark.parametrize(
    ("is_error", "failed"), [(True, True), (False, False), (None, False), ("yes", False)]
)
def test_a_result_tells_whether_the_tool_failed(is_error: object, failed: bool) -> None:
    """anthropic.md 5.2."""
    assert result_of(content="x", is_error=is_error).failed is failed


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            {"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}},
            "[image at https://a.example/b.png]",
        ),
        ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, "[document at file_1]"),
        ({"type": "image", "source": {"type": "url"}}, "[image at an unknown place]"),
        ({"type": "image", "source": {"type": "strange"}}, "[image of unknown form]"),
        ({"type": "image"}, "[image of unknown form]"),
        ({"type": "tool_reference", "tool_name": "WebSearch"}, "Tool loaded: WebSearch"),
        ({"type": "search_result", "title": "T", "source": "S", "content": ["x"]}, "T\nS\nx"),
        ({"type": "brand_new", "text": "kept"}, "kept"),
    ],
)
def test_what_a_result_cannot_hold_is_said_in_words(block: dict[str, Any], said: str) -> None:
    """anthropic.md 5: never an error, the client cannot repair a tool's output."""
    assert result_of(content=[block]).parts == (Text(said),)


def test_only_text_and_files_of_a_block_get_into_a_result() -> None:
    """anthropic.md 5.2."""
    assert result_of(content=[call("x"), result("y"), {"type": "thinking", "thinking": "t"}]).parts == ()


def test_documents_and_pictures_as_data_get_into_a_result() -> None:
    """anthropic.md 5."""
    data_url = {"type": "image", "source": {"type": "url", "url": "data:image/png;base64,AAAA"}}
    document = {"type": "document", "title": "T", "source": {"type": "text", "data": "body"}}

    picture, said = result_of(content=[data_url, document]).parts

    assert isinstance(picture, Blob)
    assert picture.data == "data:image/png;base64,AAAA"
    assert said == Text("T\nbody")


@pytest.mark.parametrize(
    ("block", "thought"),
    [
        ({"thinking": "t", "signature": "sig"}, Thought("t", "sig")),
        ({"thinking": "t", "signature": ""}, Thought("t")),
        ({"thinking": "t"}, Thought("t")),
        ({"thinking": "", "signature": "sig"}, Thought("", "sig")),
        ({"thinking": {"thinking": "t", "signature": "in"}, "signature": "out"}, Thought("t", "in")),
        ({"thinking": {"text": "t"}, "signature": "out"}, Thought("t", "out")),
        ({"thinking": 5}, Thought("")),
    ],
)
def test_thoughts_keep_text_and_signature(block: dict[str, Any], thought: Thought) -> None:
    """anthropic.md 5, 9.4."""
    assert model_parts({"type": "thinking"} | block) == (thought,)


def test_a_redacted_thought_has_a_signature_or_nothing() -> None:
    """anthropic.md 9.4."""
    blocks = [{"type": "redacted_thinking", "signature": "sig"}, {"type": "redacted_thinking", "data": "x"}]

    assert model_parts(*blocks) == (Thought("", "sig", redacted=True), Thought("", redacted=True))


def test_a_users_thoughts_are_dropped() -> None:
    """anthropic.md 5."""
    assert user_parts({"type": "thinking", "thinking": "t"}, {"type": "redacted_thinking", "data": "d"}) == ()


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "cats"}},
            "[web search: cats]",
        ),
        ({"type": "web_search_tool_result", "content": [{"title": "T", "url": "U"}, 5]}, "T — U"),
        (
            {"type": "web_search_tool_result", "content": {"error_code": "max_uses_exceeded"}},
            "[web search failed: max_uses_exceeded]",
        ),
        ({"type": "web_search_tool_result", "content": {}}, "[web search failed: unavailable]"),
        ({"type": "compaction", "content": "summary"}, "summary"),
        ({"type": "brand_new_block", "text": "kept", "content": 5, "source": 5}, "kept"),
    ],
)
def test_server_blocks_of_the_history_become_text(block: dict[str, Any], said: str) -> None:
    """anthropic.md 5."""
    assert model_parts(block, "x") == (Text(said), Text("x"))


@pytest.mark.parametrize(
    "block",
    [
        {"type": "server_tool_use", "name": "web_fetch", "input": {"url": "u"}},
        {"type": "web_fetch_tool_result", "content": {"type": "web_fetch_result"}},
        {"type": "code_execution_tool_result", "content": {}},
        {"type": "mcp_tool_use", "id": "m", "name": "x", "input": {}},
        {"type": "container_upload", "file_id": "f"},
        {"type": "compaction", "content": None},
        {"type": "brand_new_block", "text": 5, "thinking": [1], "tool": 5},
    ],
)
def test_blocks_that_mean_nothing_here_are_dropped_with_a_note(block: dict[str, Any]) -> None:
    """anthropic.md 5, 3.2."""
    prompt = parsed(user("a"), assistant("x", block), user("b"))

    assert prompt.turns[1].parts == (Text("x"),)
    assert prompt.notes == ("blocks-dropped",)


def test_a_reference_to_a_tool_is_told_to_the_model() -> None:
    """anthropic.md 5."""
    assert user_parts({"type": "tool_reference", "tool_name": "Grep"}) == (Text("Tool loaded: Grep"),)
    assert user_parts({"type": "tool_reference"}) == ()


def test_changes_of_the_tool_set_are_not_told() -> None:
    """anthropic.md 6.5."""
    assert user_parts({"type": "tool_addition", "tool": "A"}, {"type": "tool_removal", "tool": 5}) == ()
