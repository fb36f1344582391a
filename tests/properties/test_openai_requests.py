"""Any request at all is read or refused, never anything else; what is read loses nothing."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.dialects.openai_chat.paths import canonical_path
from app.dialects.openai_chat.wire import WireMessage, WirePart, WireRequest, WireTool
from app.errors import BadRequest
from app.ir.parts import Blob, Text, ToolCall
from tests.support.chat import a_body, a_prompt, read
from tests.support.events import arguments, json_values, texts

WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "tool",
        "text",
        "function",
        "custom",
        "image_url",
        "auto",
        "required",
        "[undefined]",
        "",
    ]
)
LEAVES = json_values() | WORDS


def members_of(shape: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the members of a wire shape, holding anything."""
    return st.fixed_dictionaries(
        {}, optional={name: known.get(name, LEAVES) for name in shape.__struct_encode_fields__}
    )


PARTS = members_of(WirePart, type=WORDS | LEAVES)
MESSAGES = members_of(
    WireMessage, role=WORDS, content=LEAVES | st.lists(PARTS, max_size=2), images=st.lists(PARTS, max_size=1)
)
BODIES = members_of(
    WireRequest,
    model=st.just("a-model"),
    messages=st.lists(MESSAGES, min_size=1, max_size=3),
    tools=st.none() | st.lists(members_of(WireTool, name=WORDS), max_size=2),
    extra_body=st.none() | st.dictionaries(WORDS, LEAVES, max_size=2),
)


def is_read_or_refused(body: bytes) -> None:
    try:
        prompt = read(body)
    except BadRequest:
        return
    assert prompt.turns
    assert all(turn.parts for turn in prompt.turns)


@given(json_values())
def test_any_json_is_read_or_refused(value: object) -> None:
    """openai.md I14."""
    is_read_or_refused(json.dumps(value).encode())


@given(BODIES)
def test_any_members_of_any_type_are_read_or_refused(body: dict[str, Any]) -> None:
    """openai.md I14."""
    is_read_or_refused(json.dumps(body).encode())


@given(st.binary(max_size=200))
@example(b'{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\xff"}]}]}')
@example(b'\xef\xbb\xbf{"model":"m"}')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """openai.md I14, faults.md F094."""
    is_read_or_refused(body)


@given(st.binary(max_size=8), st.integers(0, 200))
def test_a_damaged_request_is_read_or_refused(damage: bytes, at: int) -> None:
    """openai.md I14."""
    body = a_body(
        {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]}
    )

    is_read_or_refused(body[:at] + damage + body[at + len(damage) :])


@given(BODIES)
def test_members_that_are_null_or_undefined_count_as_absent(body: dict[str, Any]) -> None:
    """openai.md, general rules 1 and 2."""
    known = {"model": "a-model", "messages": [{"role": "user", "content": "Hello"}]}
    empty: dict[str, Any] = {name: None for name in body if name not in known}

    assert read(json.dumps({**known, **empty, "unknown": body.get("model")}).encode()) == a_prompt(
        {"role": "user", "content": "Hello"}
    )


@given(st.lists(texts(), min_size=1, max_size=4))
def test_visible_text_survives_reading(said: list[str]) -> None:
    """architecture.md 5.4: content is never dropped."""
    parts = [{"type": "text", "text": text} for text in said]
    if not any(said):
        with pytest.raises(BadRequest):
            a_prompt({"role": "user", "content": parts})
        return

    (turn,) = a_prompt({"role": "user", "content": parts}).turns

    assert [part.text for part in turn.parts if isinstance(part, Text)] == [text for text in said if text]


@given(arguments(), st.booleans())
def test_arguments_keep_their_spelling_as_text_or_as_json(args: bytes, as_text: bool) -> None:
    """openai.md, general rule 3; 5.2."""
    sent = json.dumps(args.decode()) if as_text else args.decode()
    body = (
        '{"model":"m","messages":[{"role":"assistant","tool_calls":'
        f'[{{"id":"c1","function":{{"name":"f","arguments":{sent}}}}}]}}]}}'
    )

    _, turn, _ = read(body.encode()).turns

    assert turn.parts == (ToolCall("c1", "f", args),)


@given(st.text(max_size=30))
def test_arguments_of_any_text_become_an_object_that_holds_it(text: str) -> None:
    """openai.md 5.2: never refused, never lost."""
    _, turn, _ = a_prompt(
        {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": text}}]}
    ).turns
    (call,) = turn.parts

    assert isinstance(call, ToolCall)
    assert isinstance(json.loads(call.args), dict)


@given(st.lists(texts() | st.just("![](data:image/png;base64,AAAA)"), max_size=5))
def test_markdown_images_are_parts_and_the_rest_is_text_in_order(pieces: list[str]) -> None:
    """openai.md 10.3."""
    whole = "".join(pieces)
    if not whole:
        return

    (turn,) = a_prompt({"role": "user", "content": whole}).turns

    spelled = [
        part.text if isinstance(part, Text) else f"![](data:{part.media_type};base64,{part.data})"
        for part in turn.parts
        if isinstance(part, Text | Blob)
    ]
    assert "".join(spelled) == whole


@given(
    st.lists(
        st.sampled_from(["", "/", "v1", "chat", "completions", "models", "responses", "messages", "resp_1"]),
        max_size=8,
    ).map(lambda steps: "/" + "/".join(steps))
)
def test_the_canonical_path_is_its_own(path: str) -> None:
    """openai.md 1."""
    canonical = canonical_path(path)

    assert canonical_path(canonical) == canonical
    assert canonical.startswith("/")
    assert "//" not in canonical
