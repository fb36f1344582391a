"""Grounding to server tool blocks and cited text."""

import json
from typing import Any

import pytest
from msgspec import Raw

from app.dialects.anthropic.reply import (
    Citation,
    ServerToolUseBlock,
    TextBlock,
    WebPage,
    WebSearchBlock,
)
from app.dialects.anthropic.search import Span, cited, read_grounding, search_reply
from app.ir.prompt import WebSearch
from tests.support.events import counted_ids

A = WebPage("A page", "https://a.example/1")
B = WebPage("B page", "https://b.example/2")


def chunk(page: WebPage) -> dict[str, Any]:
    return {"web": {"uri": page.url, "title": page.title}}


def support(start: int | None, stop: int, *pages: object) -> dict[str, Any]:
    segment = {"endIndex": stop} if start is None else {"startIndex": start, "endIndex": stop}
    return {"segment": segment, "groundingChunkIndices": list(pages)}


def grounding(*supports: dict[str, Any], pages: tuple[WebPage, ...] = (A, B)) -> bytes:
    metadata = {
        "webSearchQueries": ["cats", "dogs"],
        "groundingChunks": [chunk(page) for page in pages],
        "groundingSupports": list(supports),
    }
    return json.dumps(metadata).encode()


def cite(page: WebPage, text: str) -> Citation:
    return Citation(page.url, page.title, text)


def test_a_search_is_shown_as_a_call_its_result_and_cited_text() -> None:
    """anthropic.md 17."""
    text = "Cats purr. Dogs bark. Fish swim."

    reply = search_reply(
        text, grounding(support(None, 10, 0), support(11, 21, 0, 1)), WebSearch(), counted_ids()
    )

    use_id = "srvtoolu_000000000000000000000001"
    assert reply.searches == 2
    assert reply.blocks == (
        ServerToolUseBlock(use_id, "web_search", Raw(b'{"query":"cats"}')),
        WebSearchBlock(use_id, (A, B)),
        TextBlock("Cats purr. ", (cite(A, "Cats purr."),)),
        TextBlock("Dogs bark.", (cite(A, "Dogs bark."), cite(B, "Dogs bark."))),
        TextBlock(" Fish swim."),
    )


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"nope", b'{"searchEntryPoint": {}}', b'{"groundingChunks": 5}']
)
def test_without_grounding_it_is_plain_text_and_no_search(raw: bytes) -> None:
    """anthropic.md 17."""
    reply = search_reply("hello", raw, WebSearch(), counted_ids())

    assert reply.blocks == (TextBlock("hello"),)
    assert reply.searches == 0
    assert search_reply(" ", raw, WebSearch(), counted_ids()).blocks == ()


def test_pages_are_shown_once_in_order_and_never_without_address() -> None:
    """anthropic.md 17."""
    again = WebPage("Other title", A.url)
    nameless = {"web": {"uri": "https://c.example"}}
    chunks = [chunk(B), chunk(A), {"web": {"uri": ""}}, {}, 5, chunk(again), nameless]

    found = read_grounding(json.dumps({"groundingChunks": chunks}).encode(), WebSearch())

    assert found is not None
    assert found.pages == (B, A, WebPage("https://c.example", "https://c.example"))
    assert found.queries == ()


@pytest.mark.parametrize(
    "page",
    [
        {"uri": "https://bad.example/x", "title": "T"},
        {"uri": "https://www.BAD.example:8443/x", "title": "T"},
        {"uri": "https://redirect.example/abc", "title": "bad.example"},
        {"uri": "https://redirect.example/abc", "title": "T", "domain": "news.bad.example"},
    ],
)
def test_pages_of_blocked_sites_are_taken_out_with_their_citations(page: dict[str, str]) -> None:
    """anthropic.md 17."""
    metadata = {
        "groundingChunks": [{"web": page}, chunk(A)],
        "groundingSupports": [support(0, 4, 0), support(4, 8, 1)],
    }

    wish = WebSearch(blocked_domains=("https://bad.example/path", "", "https://["))
    found = read_grounding(json.dumps(metadata).encode(), wish)

    assert found is not None
    assert found.pages == (A,)
    assert found.spans == (Span(0, 4), Span(4, 8, (A,)))


def test_a_site_that_only_ends_alike_is_not_blocked() -> None:
    """anthropic.md 17: hosts and their subdomains."""
    page = WebPage("T", "https://notbad.example/x")

    found = read_grounding(grounding(pages=(page,)), WebSearch(blocked_domains=("bad.example",)))

    assert found is not None
    assert found.pages == (page,)


@pytest.mark.parametrize(
    "strange",
    [5, {}, {"segment": 5, "groundingChunkIndices": [0]}, support(0, 4, 9, -1, "0"), support(0, 4)],
)
def test_a_support_that_makes_no_sense_leaves_the_text_plain(strange: object) -> None:
    """anthropic.md 17: a segment without valid chunk index is plain text."""
    metadata = {"groundingChunks": [chunk(A)], "groundingSupports": [strange]}

    found = read_grounding(json.dumps(metadata).encode(), WebSearch())

    assert found is not None
    assert cited("some text", found.spans) == [TextBlock("some text")]


def test_two_chunks_of_one_page_are_cited_once() -> None:
    """anthropic.md 17."""
    found = read_grounding(grounding(support(0, 4, 0, 1), pages=(A, A)), WebSearch())

    assert found is not None
    assert found.spans == (Span(0, 4, (A,)),)


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([], ["Grüße aus 漢字"]),
        ([Span(0, 7, (A,))], ["Grüße", " aus 漢字"]),
        ([Span(0, 3, (A,))], ["Gr", "üße aus 漢字"]),
        ([Span(12, 99, (A,))], ["Grüße aus ", "漢字"]),
        ([Span(99, 200, (A,))], ["Grüße aus 漢字"]),
        ([Span(-5, 2, (A,))], ["Gr", "üße aus 漢字"]),
        ([Span(5, 2, (A,))], ["Grüße aus 漢字"]),
        ([Span(4, 7, (B,)), Span(0, 6, (A,))], ["Grüß", "e", " aus 漢字"]),
        ([Span(0, 8, (A,)), Span(8, 12, (B,))], ["Grüße ", "aus ", "漢字"]),
    ],
    ids=["none", "bytes", "inside", "beyond", "outside", "negative", "reversed", "overlap", "adjacent"],
)
def test_offsets_count_bytes_and_are_clipped_to_whole_characters(
    spans: list[Span], pieces: list[str]
) -> None:
    """anthropic.md 17 and 23, property 33."""
    blocks = cited("Grüße aus 漢字", tuple(spans))

    assert [block.text for block in blocks] == pieces


def test_blank_stretches_join_a_neighbour() -> None:
    """anthropic.md 12, 17: no text block of white space alone."""
    spans = (Span(2, 4, (A,)), Span(5, 7, (B,)))

    blocks = cited("  ab cd \n", spans)

    assert [(block.text, bool(block.citations)) for block in blocks] == [("  ab ", True), ("cd \n", True)]
    assert cited(" \n", spans) == []


def test_the_cited_text_is_the_beginning_of_its_block() -> None:
    """anthropic.md 17."""
    text = "x" * 200

    block = cited(text, (Span(0, 200, (A,)),))[0]

    assert block.citations == (cite(A, "x" * 150),)
