"""Files, sound and film."""

import base64
from typing import Any

import pytest

from app.dialects.openai_chat import files
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Text


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("notes.txt", b64("häuser")),
        ("notes.txt", b64("häuser").rstrip("=")),
        ("a.py", f"data:application/octet-stream;base64,{b64('häuser')}"),
        ("a.ts", f"data:;base64,{b64('häuser')}"),
        ("data.json", b64("häuser")),
        ("unlabelled", f"data:text/csv;base64,{b64('häuser')}"),
        ("unlabelled", f"data:application/ld+json;base64,{b64('häuser')}"),
    ],
)
def test_a_text_file_becomes_text_under_its_name(filename: str, data: str) -> None:
    """openai.md 5.3."""
    part = files.read_file({"filename": filename, "file_data": data}, "f")

    assert part == Text(f"{filename}:\nhäuser")


def test_a_text_file_without_a_name_is_called_file() -> None:
    """openai.md 5.3."""
    assert files.read_file({"file_data": f"data:text/plain;base64,{b64('x')}"}, "f") == Text("file:\nx")


def test_bytes_that_are_no_text_are_replaced() -> None:
    """openai.md 5.3: content is not refused for a stray byte."""
    part = files.read_file({"filename": "a.txt", "file_data": "/w=="}, "f")

    assert part == Text("a.txt:\n\ufffd")


@pytest.mark.parametrize(
    ("filename", "data", "media_type", "carried"),
    [
        ("report.pdf", "JVBERi0=", "application/pdf", "JVBERi0="),
        ("report", "data:application/pdf;base64,JVBERi0=", "application/pdf", "JVBERi0="),
        ("odd.bin", "AAAA", "application/octet-stream", "AAAA"),
        ("", "AAAA", "application/octet-stream", "AAAA"),
        ("logo.svg", "data:image/svg+xml;base64,AAAA", "image/svg+xml", "AAAA"),
    ],
)
def test_other_files_travel_as_they_came(filename: str, data: str, media_type: str, carried: str) -> None:
    """openai.md 5.3."""
    part = files.read_file({"filename": filename, "file_data": data}, "f")

    assert part == Blob(media_type, carried, name=filename or None, where="f.file_data")


def test_a_file_may_be_given_by_address() -> None:
    """openai.md 5.3."""
    part = files.read_file({"file_url": "https://papers.example/a.pdf"}, "f")

    assert part == Link("https://papers.example/a.pdf", where="f.file_url")


@pytest.mark.parametrize(
    ("member", "where", "reason"),
    [
        ({"file_id": "file-1"}, "f.file_id", "unsupported_parameter"),
        ({"filename": "a.txt"}, "f.file_data", "missing_required_parameter"),
        ({"filename": "a.txt", "file_data": "a"}, "f.file_data", "invalid_base64"),
        ({"filename": "a.txt", "file_data": "ä!"}, "f.file_data", "invalid_base64"),
    ],
)
def test_what_cannot_be_read_is_refused(member: dict[str, Any], where: str, reason: str) -> None:
    """openai.md 5.3."""
    with pytest.raises(BadRequest) as caught:
        files.read_file(member, "f")

    assert (caught.value.where, caught.value.reason) == (where, reason)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("wav", "audio/wav"), ("MP3", "audio/mpeg"), ("flac", "audio/flac"), (None, "audio/wav")],
)
def test_sound_is_labelled_by_its_format(form: str | None, media_type: str) -> None:
    """openai.md 5.3."""
    assert files.read_audio({"data": "AAAA", "format": form}, "a") == Blob(media_type, "AAAA", where="a.data")


def test_film_must_be_a_data_url() -> None:
    """openai.md 5.3."""
    inline = files.read_video({"url": "data:video/mp4;base64,AAAA"}, "v")

    assert inline == Blob("video/mp4", "AAAA", where="v.url")
    with pytest.raises(BadRequest) as caught:
        files.read_video("https://films.example/a.mp4", "v")
    assert caught.value.reason == "unsupported_value"
