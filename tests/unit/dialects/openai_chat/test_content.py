"""Content parts of all types."""

import json
from typing import Any

import msgspec
import pytest

from app.dialects.openai_chat import content
from app.dialects.openai_chat.wire import Content
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Part, Text, Thought, ToolCall, ToolResult

PNG = "data:image/png;base64,iVBORw0KGgo="


def sent(value: Any) -> Content:
    decoded: Content = msgspec.json.decode(json.dumps(value), type=Content)
    return decoded


def parts(*values: Any) -> list[Part]:
    return content.read_content(sent(list(values)), "m")


@pytest.mark.parametrize("value", [None, "", []])
def test_empty_content_has_no_parts(value: Any) -> None:
    """openai.md 5.2."""
    assert content.read_content(sent(value), "m") == []


def test_a_string_is_text_and_its_markdown_images_are_taken_out() -> None:
    """openai.md 5.3, 10.3."""
    assert content.read_content("Hello", "m") == [Text("Hello")]
    assert content.read_content(f"a![]({PNG})", "m") == [
        Text("a"),
        Blob("image/png", "iVBORw0KGgo=", where="m"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "hi"},
        {"type": "input_text", "text": "hi"},
        {"type": "output_text", "text": "hi", "annotations": []},
        {"type": "refusal", "refusal": "hi"},
        {"text": "hi"},
        "hi",
    ],
)
def test_text_has_several_names(part: Any) -> None:
    """openai.md 5.3."""
    assert parts(part) == [Text("hi")]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {"type": "image_url", "image_url": {"url": PNG}},
            Blob("image/png", "iVBORw0KGgo=", where="m[0].image_url.url"),
        ),
        (
            {"type": "input_image", "image_url": PNG},
            Blob("image/png", "iVBORw0KGgo=", where="m[0].image_url"),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://a.example/b"}},
            Link("https://a.example/b", where="m[0].source.url"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            Blob("audio/mpeg", "AAAA", where="m[0].input_audio.data"),
        ),
        (
            {"type": "video_url", "video_url": "data:video/mp4;base64,AAAA"},
            Blob("video/mp4", "AAAA", where="m[0].video_url"),
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "AAAA"}},
            Blob("application/pdf", "AAAA", name="a.pdf", where="m[0].file.file_data"),
        ),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "AAAA"},
            Blob("application/pdf", "AAAA", name="a.pdf", where="m[0].file_data"),
        ),
        ({"type": "thinking", "thinking": "hm", "signature": "SIG"}, Thought("hm", "SIG")),
        ({"type": "reasoning", "text": "hm"}, Thought("hm")),
        (
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
            ToolCall("toolu_1", "f", b'{"a": 1}'),
        ),
        (
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok", "is_error": True},
            ToolResult("toolu_1", "", (Text("ok"),), failed=True),
        ),
    ],
)
def test_every_type_of_part_is_read(part: Any, expected: Part) -> None:
    """openai.md 5.3."""
    assert parts(part) == [expected]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": ""},
        {"type": "text", "text": None},
        {"type": "refusal", "refusal": None},
        {"type": "thinking", "thinking": ""},
        {"type": "redacted_thinking", "data": "opaque"},
    ],
)
def test_parts_without_content_vanish(part: Any) -> None:
    """openai.md 5.2 step 4."""
    assert parts(part) == []


@pytest.mark.parametrize(
    ("part", "where", "reason"),
    [
        ({"type": "hologram"}, "m[0].type", "invalid_value"),
        ({"type": 5}, "m[0].type", "invalid_value"),
        ({}, "m[0].type", "missing_required_parameter"),
        ({"type": "text", "text": 5}, "m[0].text", "invalid_type"),
        (5, "m[0]", "invalid_type"),
        (None, "m[0]", "invalid_type"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "m[0].file.file_id", "unsupported_parameter"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_path(part: Any, where: str, reason: str) -> None:
    """openai.md 5.3."""
    with pytest.raises(BadRequest) as caught:
        parts(part)

    assert (caught.value.where, caught.value.reason) == (where, reason)


def test_content_that_is_an_object_is_refused_outside_of_tool_messages() -> None:
    """openai.md 4.1."""
    for read in (content.read_content, content.read_system):
        with pytest.raises(BadRequest) as caught:
            read({}, "messages[0].content")
        assert caught.value.where == "messages[0].content"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("Be brief.", "Be brief."),
        ([{"type": "text", "text": "a"}, "b"], "a\nb"),
        ([{"type": "text", "text": f"![]({PNG})"}], f"![]({PNG})"),
    ],
)
def test_system_text_is_joined_by_line_ends(value: Any, text: str) -> None:
    """openai.md 5.2 step 1."""
    assert content.read_system(sent(value), "m") == text


def test_a_system_message_cannot_hold_an_image() -> None:
    """architecture.md 5.4: content is never dropped."""
    with pytest.raises(BadRequest) as caught:
        content.read_system(sent([{"type": "image_url", "image_url": PNG}]), "m")

    assert (caught.value.where, caught.value.reason) == ("m[0]", "unsupported_value")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("rain", (Text("rain"),)),
        ('{"t":12345678901234567890}', (Text('{"t":12345678901234567890}'),)),
        ({"t": 1}, (Text('{"t":1}'),)),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], (Text("a\nb"),)),
        (
            [{"type": "image_url", "image_url": {"url": PNG}}, {"type": "text", "text": "a"}],
            (Text("a"), Blob("image/png", "iVBORw0KGgo=", where="m[0].image_url.url")),
        ),
        ([{"type": "hologram", "depth": 3}], (Text('{"type": "hologram", "depth": 3}'),)),
        (
            [{"type": "file", "file": {"filename": "a.txt", "file_data": "aGk="}}],
            (Text("a.txt:\nhi"),),
        ),
    ],
)
def test_a_result_is_text_first_then_files_and_nothing_is_lost(value: Any, expected: object) -> None:
    """openai.md 5.2."""
    assert content.read_result(sent(value), "m") == expected


def test_images_beside_the_content_are_read_like_parts() -> None:
    """openai.md 10.3."""
    images = [msgspec.Raw(json.dumps({"type": "image_url", "image_url": {"url": PNG}}).encode())]

    assert list(content.read_images(images, "m")) == [
        Blob("image/png", "iVBORw0KGgo=", where="m[0].image_url.url")
    ]
    assert list(content.read_images(None, "m")) == []
