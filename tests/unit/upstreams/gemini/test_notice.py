"""Notices in place of answers."""

import pytest

from app.errors import (
    ClientOutdated,
)
from app.ir.events import TextDelta
from app.ir.parts import Text, ToolCall
from tests.support.gemini import (
    DONE,
    a_decoder,
    answered,
    calling,
    chunk,
    decoded,
    fault_of,
    saying,
    sse,
)

NOTICE = "This version of Antigravity is no longer supported. Please upgrade to receive the latest features."


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        "This version of Antigravity is no longer supported. Please update to receive the latest features!",
        "Your current version of Antigravity is out of date. Please visit https://antigravity.google/download"
        " to download and install the latest version.",
    ],
)
def test_a_notice_about_the_client_version_is_no_answer(text: str) -> None:
    """upstream.md 3.2: as a plain body, and as the text of a candidate, in one piece or two."""
    plain = decoded(text.encode())
    spoken = decoded(sse(chunk(saying(text), finish="STOP")))
    halved = decoded(sse(chunk(saying(text[:20])), chunk(saying(text[20:])), DONE))

    for events in (plain, spoken, halved):
        assert len(events) == 1
        assert isinstance(fault_of(events), ClientOutdated)


def test_an_answer_that_sounds_like_a_notice_is_delivered() -> None:
    """upstream.md 3.2: notices are short and come without token counts."""
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 20, "totalTokenCount": 25}
    late = {"usageMetadata": usage}

    counted = answered(chunk(saying(NOTICE), usage=usage), DONE)
    counted_late = answered(chunk(saying(NOTICE), finish="STOP"), late)
    long = answered(chunk(saying(NOTICE)), chunk(saying("x" * 300)), DONE)
    harmless = answered(chunk(saying("This version of ")), chunk(saying("the song")), DONE)
    beside_a_call = answered(chunk(saying("This"), calling("f", {}, "i")), DONE)

    assert counted.pieces == counted_late.pieces == (Text(NOTICE),)
    assert long.pieces == (Text(NOTICE + "x" * 300),)
    assert harmless.pieces == (Text("This version of the song"),)
    assert beside_a_call.pieces == (Text("This"), ToolCall("i", "f"))


def test_text_is_not_held_back_otherwise() -> None:
    """upstream.md 3.2."""
    assert TextDelta("Hello") in a_decoder().feed(sse(chunk(saying("Hello"))))
