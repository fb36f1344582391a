import io
from random import Random

import pytest
from PIL import Image

from app.simulator.images import png, size_for


def test_a_picture_can_be_opened() -> None:
    """upstream.md 9.4: a real small PNG."""
    with Image.open(io.BytesIO(png(64, 36, Random(1)))) as picture:
        picture.load()
        assert (picture.format, picture.size, picture.mode) == ("PNG", (64, 36), "RGB")


def test_a_picture_can_be_made_heavy_and_still_opens() -> None:
    """upstream.md 9.4: size knob."""
    data = png(8, 8, Random(1), at_least=100_000)

    assert len(data) == 100_000
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == (8, 8)


@pytest.mark.parametrize(
    ("ratio", "size", "expected"),
    [
        ("1:1", "1K", (256, 256)),
        ("16:9", "1K", (256, 144)),
        ("9:16", "2K", (216, 384)),
        ("21:9", "4K", (512, 219)),
    ],
)
def test_a_picture_has_the_asked_ratio(ratio: str, size: str, expected: tuple[int, int]) -> None:
    """upstream.md 5.11."""
    assert size_for(ratio, size) == expected
