"""What holds for every web search, whatever its grounding says. Source: anthropic.md 23, property 33."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.anthropic.render import render
from app.dialects.anthropic.search import search_reply
from app.ir.answer import collect
from app.ir.prompt import WebSearch
from tests.support.anthropic import SEARCH_TOOL, accumulated, parsed, written
from tests.support.events import counted_ids, grounded, json_values, texts

OFFSETS = st.integers(-3, 60)


def chunks() -> st.SearchStrategy[Any]:
    sites = st.sampled_from(["", "https://a.example/1", "https://b.example/2", "https://sub.b.example/3"])
    web = st.fixed_dictionaries({"uri": sites, "title": st.sampled_from(["", "A", "b.example"])})
    return st.fixed_dictionaries({"web": web}) | json_values()


def supports() -> st.SearchStrategy[Any]:
    segment = st.fixed_dictionaries({}, optional={"startIndex": OFFSETS, "endIndex": OFFSETS})
    support = {"segment": segment, "groundingChunkIndices": st.lists(st.integers(-1, 4), max_size=3)}
    return st.fixed_dictionaries(support) | json_values()


def groundings() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "webSearchQueries": st.lists(texts() | st.integers(), max_size=2) | json_values(),
            "groundingChunks": st.lists(chunks(), max_size=4) | json_values(),
            "groundingSupports": st.lists(supports(), max_size=4) | json_values(),
        }
    )


@given(texts(min_size=1), groundings())
def test_text_is_whole_citations_fit_and_pages_come_once(text: str, grounding: dict[str, Any]) -> None:
    """For any byte offsets, also inside characters, and any grounding at all."""
    wish = WebSearch(blocked_domains=("b.example",))

    reply = search_reply(text, json.dumps(grounding).encode(), wish, counted_ids())

    blocks = json.loads(msgspec.json.encode(reply.blocks))
    said = [block for block in blocks if block["type"] == "text"]
    assert "".join(block["text"] for block in said) == (text if text.strip() else "")
    assert all(block["text"].strip() for block in said)
    for block in said:
        assert all(block["text"].startswith(one["cited_text"]) for one in block.get("citations", ()))
    pages = [
        page["url"]
        for block in blocks
        if block["type"] == "web_search_tool_result"
        for page in block["content"]
    ]
    assert len(pages) == len(set(pages))
    assert not any("b.example" in page for page in pages)
    assert (reply.searches > 0) == (len(said) < len(blocks))


@given(texts(min_size=1).filter(lambda text: bool(text.strip())), groundings())
def test_a_search_streams_what_it_renders(text: str, grounding: dict[str, Any]) -> None:
    """anthropic.md 13, invariant 10."""
    prompt = parsed(tools=[SEARCH_TOOL])
    events = grounded(text, grounding)

    streamed = accumulated(written(events, prompt))

    whole = json.loads(render(prompt, collect(events), counted_ids()))
    assert {key: value for key, value in streamed.items() if value is not None} == {
        key: value for key, value in whole.items() if value is not None
    }
