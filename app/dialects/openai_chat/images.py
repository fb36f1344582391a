"""Where an image comes from: data URL, bare base64, web address; and markdown images inside text.

Looks at addresses only: nothing is decoded, fetched, or read from a disk. Source: openai.md 5.3, 10.3.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from app.dialects.openai_chat import values
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Text
from app.wire import media

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PATH: Final = re.compile(r"[.~\\]|/(?!9j/)|[^/]{1,255}\.[A-Za-z0-9]{1,5}\Z")
"""A file name or path. The base64 of a JPEG begins with `/9j/`, that of no other image with a slash."""
_LONGEST_HEAD: Final = 1024
_MOST_PERCENT_SIGNS: Final = 100_000
"""Undoing one costs a hundred times as much as a character of base64."""
_MARKDOWN_SIGN: Final = "](data:image/"
_MARKDOWN: Final = re.compile(
    r"!\[[^\[\]]*\]\(data:(?P<type>image/[\w.+-]+);base64,(?P<data>[A-Za-z0-9+/=_\s-]+)\)", re.IGNORECASE
)


def from_address(address: str, where: str, *, bare_type: str = "image/png") -> Blob | Link:
    """The source behind an address. `bare_type` labels base64 that comes without a label.

    Raises BadRequest for any scheme but data, http and https, and for paths.
    """
    scheme = _SCHEME.match(address)
    if scheme is None:
        return _bare(address, where, bare_type)
    match scheme.group().lower():
        case "data:":
            return from_data_url(address, where)
        case "http:" | "https:":
            return Link(address, where=where)
        case _:
            raise _bad_address(where)


def from_data_url(address: str, where: str) -> Blob:
    """The content of a data URL as base64, as it was sent."""
    parts = None
    if address.find(",", 0, _LONGEST_HEAD) >= 0 and address.count("%") <= _MOST_PERCENT_SIGNS:
        parts = media.split_data_url(address)
    if parts is None:
        raise BadRequest(
            f"`{where}` is not a data URL that holds base64.", where=where, reason="invalid_base64_image"
        )
    return Blob(parts.media_type, parts.data, where=where)


def from_member(value: Any, where: str) -> Blob | Link:
    """The source in `image_url`: an object with `url`, or the address itself."""
    if isinstance(value, dict):
        value, where = value.get("url"), f"{where}.url"
    return from_address(values.name(value, where), where)


def from_source(value: Any, where: str) -> Blob | Link:
    """The source in an Anthropic image block."""
    source = values.members(value, where)
    if source.get("type") == "url":
        return from_address(values.name(source.get("url"), f"{where}.url"), f"{where}.url")
    data = values.name(source.get("data"), f"{where}.data")
    media_type = values.text(source.get("media_type"), f"{where}.media_type")
    return Blob(media_type or "image/png", data, where=f"{where}.data")


def split_markdown(text: str, where: str) -> tuple[Text | Blob, ...]:
    """Text with its markdown images taken out, in order; nothing for an empty text."""
    if _MARKDOWN_SIGN in text:
        return tuple(_split(text, where))
    return (Text(text),) if text else ()


def _split(text: str, where: str) -> Iterator[Text | Blob]:
    done = 0
    for found in _MARKDOWN.finditer(text):
        if before := text[done : found.start()]:
            yield Text(before)
        yield Blob(found["type"].lower(), found["data"], where=where)
        done = found.end()
    if rest := text[done:]:
        yield Text(rest)


def _bare(address: str, where: str, media_type: str) -> Blob:
    if _PATH.match(address):
        raise _bad_address(where)
    return Blob(media_type, address, where=where)


def _bad_address(where: str) -> BadRequest:
    return BadRequest(
        f"`{where}` must be a data URL, base64, or an http(s) address.",
        where=where,
        reason="invalid_image_url",
    )
