"""Hypothesis strategies for histories, also ill-formed ones: neutral turns, and Anthropic's messages."""

from typing import Any

from hypothesis import strategies as st

from app.ir.parts import Blob, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn
from tests.support.events import PIXEL

IDS = ["a", "b", "c", "", "call_1\nfc_2", "functions.search:0", "x" * 70]
"""Few, so that they meet: legal, missing and illegal ones."""

WORDS = ["", " ", "\n", "one", "two", "three"]


def turns() -> st.SearchStrategy[tuple[Turn, ...]]:
    """Any list of turns: any role, any part anywhere."""
    turn = st.builds(
        lambda role, parts: Turn(role, tuple(parts)),
        st.sampled_from(["user", "model"]),
        st.lists(parts(), max_size=4),
    )
    return st.lists(turn, max_size=6).map(tuple)


def parts() -> st.SearchStrategy[Part]:
    """A part of any kind."""
    ids, words = st.sampled_from(IDS), st.sampled_from(WORDS)
    return st.one_of(
        st.builds(Text, words),
        st.builds(Thought, words, st.sampled_from([None, "sig"])),
        st.just(Blob("image/png", PIXEL)),
        st.builds(ToolCall, ids, st.sampled_from(["Bash", "Read"])),
        st.builds(
            ToolResult, ids, st.sampled_from(["", "Bash"]), st.tuples(st.builds(Text, words)), st.booleans()
        ),
    )


def messages() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Any list of messages of the Anthropic dialect that it does not refuse."""
    message = st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant", "system"]),
            "content": st.sampled_from(WORDS) | st.lists(_blocks(), max_size=4),
        }
    )
    return st.lists(message, min_size=1, max_size=6)


def _blocks() -> st.SearchStrategy[Any]:
    ids, words = st.sampled_from(IDS), st.sampled_from(WORDS)
    inner = words | st.lists(st.one_of(words, _kind("text", text=words), _image()), max_size=3) | st.none()
    return st.one_of(
        words,
        _kind("text", text=words),
        _image(),
        _kind(
            "tool_use", id=ids, name=st.sampled_from(["Bash", "Read"]), input=st.just({"cache_control": 1})
        ),
        _kind("tool_result", tool_use_id=ids, content=inner, is_error=st.sampled_from([None, True, False])),
        _kind("thinking", thinking=words, signature=st.sampled_from([None, "", "sig"])),
        _kind("redacted_thinking", data=words),
        _kind("mid_conv_system", content=inner),
        _kind("server_tool_use", name=st.just("web_search"), input=st.just({"query": "q"})),
        _kind("web_search_tool_result", content=st.just([{"title": "t", "url": "u"}])),
        _kind(
            "brand_new_block", text=words | st.just({"a": 1}), source=st.integers(), content=st.floats(0, 1)
        ),
    )


def _kind(kind: str, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    controls = {"cache_control": st.sampled_from([None, {"type": "ephemeral"}])}
    return st.fixed_dictionaries({"type": st.just(kind), **fields}, optional=controls)


def _image() -> st.SearchStrategy[dict[str, Any]]:
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    return _kind("image", source=st.just(source))
