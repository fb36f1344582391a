"""Settings in the upstream's own words."""

import pytest

from app.errors import BadRequest
from app.ir.prompt import OutputShape, Sampling, Thinking
from app.upstreams.gemini.overlay import laid_over
from tests.support.gemini import asking


def test_without_an_overlay_nothing_changes() -> None:
    """gemini.md 4.3."""
    prompt = asking()

    assert laid_over(prompt) is prompt


def test_members_take_the_place_of_the_wishes() -> None:
    """gemini.md 4.3: both spellings, mixed; what is not named stays."""
    overlay = (
        b'{"top_p":0.5,"topK":7,"stopSequences":["x"],"responseSchema":{"type":"object"},'
        b'"image_config":{"aspect_ratio":"1:1"},"responseModalities":["TEXT","IMAGE"]}'
    )

    found = laid_over(asking(overlay=overlay, sampling=Sampling(9, 1.0, 0.9), stop=("y",)))

    assert found.sampling == Sampling(9, 1.0, 0.5, 7)
    assert found.stop == ("x",)
    assert found.output == OutputShape("json", b'{"type":"object"}', ("text", "image"), "1:1")
    assert found.overlay is None


@pytest.mark.parametrize(
    ("config", "thinking"),
    [
        (b'{"thinkingBudget":512}', Thinking("on", 512, settled=True)),
        (b'{"thinking_budget":0}', Thinking("off", 0, settled=True)),
        (b'{"thinkingLevel":"HIGH"}', Thinking("on", None, "high", settled=True)),
        (b'{"includeThoughts":true}', Thinking("off", settled=True)),
    ],
)
def test_thinking_can_be_laid_over(config: bytes, thinking: Thinking) -> None:
    """gemini.md 4.3."""
    overlay = b'{"thinkingConfig":' + config + b"}"

    assert laid_over(asking(overlay=overlay, thinking=Thinking("off", settled=True))).thinking == thinking


@pytest.mark.parametrize(
    ("overlay", "where"),
    [
        (b"[]", "generationConfig"),
        (b'{"temperature":"warm"}', "generationConfig.temperature"),
        (b'{"candidateCount":2}', "generationConfig.candidateCount"),
    ],
)
def test_members_of_a_wrong_kind_are_refused(overlay: bytes, where: str) -> None:
    """architecture.md 5.4."""
    with pytest.raises(BadRequest) as caught:
        laid_over(asking(overlay=overlay))

    assert caught.value.where == where
