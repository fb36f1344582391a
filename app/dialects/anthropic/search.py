"""Grounding of an upstream's web search to server tool blocks and cited text.

Pure. Source: anthropic.md 17; Gemini API, GroundingMetadata: offsets count UTF-8 bytes.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Raw, Struct

from app.dialects.anthropic.reply import (
    Citation,
    SearchBlock,
    ServerToolUseBlock,
    TextBlock,
    WebPage,
    WebSearchBlock,
)
from app.ids import Ids
from app.ir.prompt import WebSearch
from app.wire import json

_QUOTE_CHARACTERS: Final = 150


class Span(Struct, frozen=True):
    """A stretch of the answer, in bytes, and the pages it rests on."""

    start: int
    stop: int
    pages: tuple[WebPage, ...] = ()


class Grounding(Struct, frozen=True):
    """What a search brought: its queries, the pages once each, and which text rests on which."""

    queries: tuple[str, ...]
    pages: tuple[WebPage, ...]
    spans: tuple[Span, ...]


class SearchReply(Struct, frozen=True):
    """The blocks of a search's answer. `searches` is zero where no search took place."""

    blocks: tuple[SearchBlock, ...]
    searches: int


def search_reply(text: str, raw: bytes, wish: WebSearch, ids: Ids) -> SearchReply:
    """What the answer `text` and its grounding metadata (JSON, may be empty) amount to.

    The text blocks together are `text`, unless that is blank.
    """
    grounding = read_grounding(raw, wish)
    if grounding is None:
        return SearchReply((TextBlock(text),) if text.strip() else (), 0)
    use_id = "srvtoolu_" + ids.token(24)
    query = json.encode({"query": next(iter(grounding.queries), "")})
    return SearchReply(
        (
            ServerToolUseBlock(use_id, "web_search", Raw(query)),
            WebSearchBlock(use_id, grounding.pages),
            *cited(text, grounding.spans),
        ),
        max(1, len(grounding.queries)),
    )


def read_grounding(raw: bytes, wish: WebSearch) -> Grounding | None:
    """Grounding metadata with blocked pages taken out; None where it tells of no search."""
    metadata = json.object_or_none(raw) or {}
    queries = tuple(query for query in _items(metadata, "webSearchQueries") if isinstance(query, str))
    chunks = [_page(chunk, wish) for chunk in _items(metadata, "groundingChunks")]
    if not queries and not chunks:
        return None
    pages = {page.url: page for page in reversed(chunks) if page is not None}
    shown = dict.fromkeys(page.url for page in chunks if page is not None)
    spans = (_span(support, chunks) for support in _items(metadata, "groundingSupports"))
    return Grounding(queries, tuple(pages[url] for url in shown), tuple(spans))


def cited(text: str, spans: tuple[Span, ...]) -> list[TextBlock]:
    """`text` in blocks: the spans with their citations, what is between them without.

    Spans that overlap or leave the text are clipped. A blank stretch joins its neighbour, because clients
    break on blocks of white space alone; blank text gives no block.
    """
    blocks: list[TextBlock] = []
    blank = ""
    for piece, pages in _stretches(text, spans):
        if piece.strip():
            blocks.append(_block(blank + piece, pages))
            blank = ""
        elif blocks:
            last = blocks.pop()
            blocks.append(TextBlock(last.text + piece, last.citations))
        else:
            blank += piece
    return blocks


def _block(text: str, pages: tuple[WebPage, ...]) -> TextBlock:
    quote = text[:_QUOTE_CHARACTERS]
    return TextBlock(text, tuple(Citation(page.url, page.title, quote) for page in pages) or None)


def _stretches(text: str, spans: tuple[Span, ...]) -> Iterator[tuple[str, tuple[WebPage, ...]]]:
    raw = text.encode()
    marks: list[tuple[int, tuple[WebPage, ...]]] = [(0, ())]
    for span in sorted(spans, key=lambda span: span.start):
        start = max(_boundary(raw, span.start), marks[-1][0])
        stop = _boundary(raw, span.stop)
        if span.pages and stop > start:
            marks += [(start, span.pages), (stop, ())]
    marks.append((len(raw), ()))
    for (start, pages), (stop, _) in pairwise(marks):
        if stop > start:
            yield raw[start:stop].decode(), pages


def _boundary(raw: bytes, offset: int) -> int:
    """The last start of a character at or before `offset`, within the text."""
    offset = min(max(offset, 0), len(raw))
    while 0 < offset < len(raw) and raw[offset] & 0xC0 == 0x80:
        offset -= 1
    return offset


def _page(chunk: object, wish: WebSearch) -> WebPage | None:
    web = chunk.get("web") if isinstance(chunk, dict) else None
    if not isinstance(web, dict) or not _text(web, "uri"):
        return None
    page = WebPage(title=_text(web, "title") or _text(web, "uri"), url=_text(web, "uri"))
    # The upstream's addresses may be redirects of its own; then the title or `domain` has the site's name.
    hosts = (_host(page.url), page.title.lower(), _text(web, "domain").lower())
    blocked = [_host(domain) for domain in wish.blocked_domains]
    return None if any(_is_within(host, domain) for host in hosts for domain in blocked) else page


def _span(support: object, chunks: list[WebPage | None]) -> Span:
    support = support if isinstance(support, dict) else {}
    segment = support.get("segment")
    segment = segment if isinstance(segment, dict) else {}
    numbers = [index for index in _items(support, "groundingChunkIndices") if isinstance(index, int)]
    pages = [chunks[index] for index in numbers if 0 <= index < len(chunks)]
    by_url = {page.url: page for page in pages if page is not None}
    return Span(_number(segment, "startIndex"), _number(segment, "endIndex"), tuple(by_url.values()))


def _host(address: str) -> str:
    try:
        split = urlsplit(address if "//" in address else f"//{address}")
        return (split.hostname or "").removeprefix("*.")
    except ValueError:
        return ""


def _is_within(host: str, domain: str) -> bool:
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _items(value: dict[str, Any], key: str) -> list[Any]:
    items = value.get(key)
    return items if isinstance(items, list) else []


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""


def _number(value: dict[str, Any], key: str) -> int:
    number = value.get(key)
    return number if isinstance(number, int) else 0
