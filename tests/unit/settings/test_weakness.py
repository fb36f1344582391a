"""Which secrets the gateway does not start with."""

import pytest

from app.settings.weakness import SHORTEST_PASSWORD, weakness


@pytest.mark.parametrize(
    "secret",
    [
        "admin123",
        "Admin-123",
        "change-me",
        "please-change-me-now",
        "CHANGE_THIS_IN_PRODUCTION",
        "your-secret-key-here",
        "your_super_secret_jwt_key",
        "password123456",
        "qwertyqwerty",
    ],
)
def test_a_published_sample_is_refused_in_every_spelling(secret: str) -> None:
    """threats.md S01; amendments.md 1."""
    assert "well-known" in (weakness(secret, SHORTEST_PASSWORD) or "")


def test_a_short_secret_is_refused() -> None:
    """threats.md S01."""
    assert weakness("k3J-vv0x_Qd", 12) == "is shorter than 12 characters"


def test_a_secret_of_few_different_characters_is_refused() -> None:
    assert weakness("aaaabbbbccccdddd", 12) == "repeats too few characters"


def test_a_long_and_varied_secret_is_taken() -> None:
    assert weakness("correct horse battery", 12) is None
