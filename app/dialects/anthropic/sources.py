"""Images and documents to parts.

Thin: data travels as it was sent, addresses stay addresses; validation and fetching come later in the
pipeline. Source: anthropic.md 5, 5.1. Never: base64 decoding, network.
"""

from collections.abc import Iterable

from app.dialects.anthropic.wire import WireBlock, WireSource, read_blocks, read_source, refusal, text_of
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Text


def image(block: WireBlock, where: str) -> Iterable[Blob | Link]:
    """An image in a message. Raises BadRequest at its source."""
    return (_file(_source(block, where), f"{where}.source"),)


def document(block: WireBlock, where: str) -> Iterable[Text | Blob | Link]:
    """A document in a message, its title and context first. Raises BadRequest at its source."""
    source = _source(block, where)
    header = [line for line in (text_of(block.title), text_of(block.context)) if line.strip()]
    match source.type:
        case "text":
            return _texts("\n".join([*header, text_of(source.data)]))
        case "content":
            return [*_texts("\n".join(header)), *_content(source, f"{where}.source")]
        case _:
            found = _file(source, f"{where}.source", "application/pdf" if source.type == "url" else "")
            return [*_texts("\n".join(header)), found]


def in_result(block: WireBlock, where: str) -> Iterable[Text | Blob | Link]:
    """An image or document in a tool's output: a source that cannot be used is named in words instead."""
    source = read_source(block.source) or WireSource()
    address = text_of(source.url) or text_of(source.file_id)
    if source.type == "file" or (source.type == "url" and not address.lower().startswith("data:")):
        return (Text(f"[{block.type} at {address or 'an unknown place'}]"),)
    try:
        return document(block, where) if block.type == "document" else image(block, where)
    except BadRequest:
        return (Text(f"[{block.type} of unknown form]"),)


def _source(block: WireBlock, where: str) -> WireSource:
    source = read_source(block.source)
    if source is None:
        raise refusal(f"{where}.source", f"a block of type {block.type} needs a `source` object")
    return source


def _file(source: WireSource, where: str, media_type: str = "") -> Blob | Link:
    match source.type:
        case "base64":
            return _inline(text_of(source.media_type), source.data, where)
        case "url" if text_of(source.url)[:5].lower() == "data:":
            return _inline("", source.url, where)
        case "url" if text_of(source.url).lower().startswith(("http://", "https://")):
            return Link(text_of(source.url), media_type, where)
        case "url":
            raise refusal(where, "only http, https and data URLs can name a file")
        case "file":
            raise refusal(where, "uploaded files are not supported: send the content as base64")
        case _:
            raise refusal(f"{where}.type", "a source is of type base64 or url")


def _inline(media_type: str, data: object, where: str) -> Blob:
    if not text_of(data):
        raise refusal(f"{where}.data", "the data of a source is a non-empty string")
    return Blob(media_type, text_of(data), where=where)


def _content(source: WireSource, where: str) -> Iterable[Text | Blob | Link]:
    for place, block in enumerate(read_blocks(source.content) or ()):
        if isinstance(block, str):
            yield from _texts(block)
        elif block.type == "image":
            yield from image(block, f"{where}.content.{place}")
        else:
            yield from _texts(text_of(block.text))


def _texts(text: str) -> Iterable[Text]:
    return (Text(text),) if text.strip() else ()
