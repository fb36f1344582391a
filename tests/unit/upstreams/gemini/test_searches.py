"""What an answer found on the web."""

import json

from app.ir.events import End, Extra
from app.ir.parts import Text
from tests.support.gemini import (
    answered,
    chunk,
    decoded,
    saying,
    sse,
)


def test_grounding_comes_right_before_the_end() -> None:
    """anthropic.md 17."""
    grounding = {
        "webSearchQueries": ["a", "b"],
        "groundingChunks": [{"web": {"uri": "https://example.invalid"}}],
    }

    events = decoded(sse(chunk(saying("a")), chunk(finish="STOP", groundingMetadata=grounding)))

    assert isinstance(events[-2], Extra)
    assert events[-2].key == "grounding"
    assert json.loads(events[-2].raw) == grounding
    assert isinstance(events[-1], End)
    assert events[-1].usage.searches == 2


def test_empty_grounding_is_none() -> None:
    """upstream.md 6.7."""
    answer = answered(chunk(saying("a"), finish="STOP", groundingMetadata={}))

    assert answer.pieces == (Text("a"),)
