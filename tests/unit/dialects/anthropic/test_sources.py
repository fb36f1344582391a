"""Images and documents in messages."""

from typing import Any

import pytest

from app.errors import BadRequest
from app.ir.parts import Blob, Link, Part, Text
from tests.support.anthropic import parsed, user
from tests.support.events import PIXEL

WHERE = "messages.0.content.1.source"


def block(kind: str, source: object, **more: object) -> dict[str, Any]:
    return {"type": kind, "source": source, **more}


def parts(one: dict[str, Any]) -> tuple[Part, ...]:
    return parsed(user("look", one)).turns[0].parts[1:]


def test_an_image_as_base64_travels_as_it_was_sent() -> None:
    """anthropic.md 5; validation is for later stages."""
    source = {"type": "base64", "media_type": "image/jpg", "data": " not\nchecked "}

    assert parts(block("image", source)) == (Blob("image/jpg", " not\nchecked ", where=WHERE),)


def test_an_image_without_media_type_leaves_it_to_be_found_out() -> None:
    """anthropic.md 5.1."""
    assert parts(block("image", {"type": "base64", "data": PIXEL})) == (Blob("", PIXEL, where=WHERE),)


def test_a_data_url_counts_as_base64() -> None:
    """anthropic.md 5."""
    url = f"DATA:image/png;base64,{PIXEL}"

    assert parts(block("image", {"type": "url", "url": url})) == (Blob("", url, where=WHERE),)


def test_an_address_stays_an_address() -> None:
    """anthropic.md 5: whether it is fetched is the operator's choice."""
    image = block("image", {"type": "url", "url": "https://a.example/b.png"})
    document = block("document", {"type": "url", "url": "http://a.example/b.pdf"})

    assert parts(image) == (Link("https://a.example/b.png", where=WHERE),)
    assert parts(document) == (Link("http://a.example/b.pdf", "application/pdf", WHERE),)


def test_a_pdf_comes_after_its_title_and_context() -> None:
    """anthropic.md 5."""
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}

    pdf = Blob("application/pdf", "JVBERg==", where=WHERE)
    assert parts(block("document", source)) == (pdf,)
    assert parts(block("document", source, title="T", context="C")) == (Text("T\nC"), pdf)


def test_a_text_document_is_one_text() -> None:
    """anthropic.md 5."""
    source = {"type": "text", "media_type": "text/plain", "data": "body"}

    assert parts(block("document", source, title="T", context="C")) == (Text("T\nC\nbody"),)


def test_a_document_of_blocks_is_flattened_in_order() -> None:
    """anthropic.md 5."""
    inner = [
        "a",
        {"type": "text", "text": "b"},
        {"type": "image", "source": {"type": "base64", "data": PIXEL}},
        {"type": "strange"},
    ]

    found = parts(block("document", {"type": "content", "content": inner}, title="T"))

    picture = Blob("", PIXEL, where=f"{WHERE}.content.2.source")
    assert found == (Text("T"), Text("a"), Text("b"), picture)
    assert parts(block("document", {"type": "content", "content": "c"})) == (Text("c"),)
    assert parts(block("document", {"type": "content", "content": 5})) == ()


@pytest.mark.parametrize(
    ("source", "where"),
    [
        (None, WHERE),
        ("text", WHERE),
        ({"type": "file", "file_id": "file_1"}, WHERE),
        ({"type": "url", "url": "file:///etc/passwd"}, WHERE),
        ({"type": "url", "url": "/etc/passwd"}, WHERE),
        ({"type": "url"}, WHERE),
        ({"type": "base64", "media_type": "image/png"}, f"{WHERE}.data"),
        ({"type": "base64", "data": ""}, f"{WHERE}.data"),
        ({"type": "base64", "data": 5}, f"{WHERE}.data"),
        ({"type": "strange"}, f"{WHERE}.type"),
        ({}, f"{WHERE}.type"),
    ],
)
@pytest.mark.parametrize("kind", ["image", "document"])
def test_a_source_that_cannot_be_used_is_refused_by_its_path(kind: str, source: object, where: str) -> None:
    """anthropic.md 3.2, 5."""
    with pytest.raises(BadRequest) as caught:
        parts(block(kind, source))

    assert caught.value.where == where
