"""Where images come from, and images inside text."""

import pytest

from app.dialects.openai_chat import images
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Text

WHERE = "messages[0].content[1].image_url"


@pytest.mark.parametrize(
    ("address", "media_type", "data"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", "image/png", "iVBORw0KGgo="),
        ("DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=", "image/png", "iVBORw0KGgo="),
        ("data:image/jpeg;charset=x;base64;y=1,_9j-\n4A", "image/jpeg", "_9j-\n4A"),
        ("data:;base64,AAAA", "", "AAAA"),
        ("data:image/svg+xml,%3Csvg%2F%3E", "image/svg+xml", "PHN2Zy8+"),
    ],
)
def test_a_data_url_becomes_base64_as_it_was_sent(address: str, media_type: str, data: str) -> None:
    """openai.md 5.3: later normalised; only what is not base64 at all is made so."""
    assert images.from_address(address, WHERE) == Blob(media_type, data, where=WHERE)


@pytest.mark.parametrize(
    "address",
    ["data:image/png;base64", f"data:{';a' * 2000},AAAA", f"data:image/svg+xml,{'%3C' * 100_001}"],
    ids=["no comma", "endless parameters", "endless percent signs"],
)
def test_a_data_url_that_cannot_be_an_image_is_refused_cheaply(address: str) -> None:
    """openai.md 4.1, faults.md F100."""
    with pytest.raises(BadRequest) as caught:
        images.from_address(address, WHERE)

    assert caught.value.reason == "invalid_base64_image"


@pytest.mark.parametrize("data", ["iVBORw0KGgo=", "/9j/4AAQSkZJRg==", "not base64 at all!"])
def test_a_text_without_a_scheme_is_bare_base64(data: str) -> None:
    """openai.md 5.3: whether it decodes is found out when it is decoded."""
    assert images.from_address(data, WHERE) == Blob("image/png", data, where=WHERE)


@pytest.mark.parametrize("address", ["https://pictures.example/cat.png", "HTTP://pictures.example/"])
def test_a_web_address_becomes_a_link(address: str) -> None:
    """openai.md 5.3."""
    assert images.from_address(address, WHERE) == Link(address, where=WHERE)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "./cat.png",
        "../cat.png",
        "~/cat.png",
        "cat.png",
        "C:\\cat.png",
        "\\\\host\\cat",
        "ftp://pictures.example/cat.png",
        "javascript:alert(1)",
    ],
)
def test_files_and_other_schemes_are_refused(address: str) -> None:
    """openai.md 5.3: never read local files."""
    with pytest.raises(BadRequest) as caught:
        images.from_address(address, WHERE)

    assert (caught.value.reason, caught.value.where) == ("invalid_image_url", WHERE)


def test_the_address_may_stand_in_an_object_or_by_itself() -> None:
    """openai.md 5.3."""
    inside = images.from_member({"url": "data:image/gif;base64,R0lG", "detail": "high"}, WHERE)
    alone = images.from_member("data:image/gif;base64,R0lG", WHERE)

    assert inside == Blob("image/gif", "R0lG", where=f"{WHERE}.url")
    assert alone == Blob("image/gif", "R0lG", where=WHERE)


@pytest.mark.parametrize("member", [None, {}, {"url": ""}, ""])
def test_a_missing_address_is_named(member: object) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        images.from_member(member, WHERE)

    assert caught.value.reason == "missing_required_parameter"


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (
            {"type": "base64", "media_type": "image/webp", "data": "UklG"},
            Blob("image/webp", "UklG", where="s.data"),
        ),
        ({"type": "base64", "data": "UklG"}, Blob("image/png", "UklG", where="s.data")),
        ({"type": "url", "url": "https://a.example/b"}, Link("https://a.example/b", where="s.url")),
    ],
)
def test_an_anthropic_source_is_read(source: object, part: object) -> None:
    """openai.md 5.3."""
    assert images.from_source(source, "s") == part


def test_markdown_images_are_taken_out_of_text_in_order() -> None:
    """openai.md 10.3."""
    text = "Look:\n![image](data:image/png;base64,AAAA)\nand ![](data:image/JPEG;base64,/9j/)"

    parts = images.split_markdown(text, "m")

    assert parts == (
        Text("Look:\n"),
        Blob("image/png", "AAAA", where="m"),
        Text("\nand "),
        Blob("image/jpeg", "/9j/", where="m"),
    )


def test_an_image_may_be_all_there_is() -> None:
    """openai.md 10.3."""
    assert images.split_markdown("![](data:image/png;base64,AAAA)", "m") == (
        Blob("image/png", "AAAA", where="m"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "![x](https://a.example/b.png)",
        "![x](data:text/html;base64,AAAA)",
        "![x](data:image/png;base64,)",
        "[x](data:image/png;base64,AAAA)",
        "![x](data:image/png;base64,AAAA",
    ],
)
def test_anything_else_stays_text(text: str) -> None:
    """openai.md 10.3."""
    assert images.split_markdown(text, "m") == (Text(text),)


def test_an_empty_text_has_no_parts() -> None:
    """openai.md 5.2 step 4."""
    assert images.split_markdown("", "m") == ()
