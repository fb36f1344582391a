"""Where an operator may be sent. Source: threats.md S08, S40."""

import pytest

from app.known_pages import is_known_page


@pytest.mark.parametrize(
    "url", ["https://accounts.google.com/signin/continue?sarp=1&plt=AKg", "https://support.google.com/x#y"]
)
def test_pages_of_the_identity_provider_are_known(url: str) -> None:
    assert is_known_page(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://accounts.google.com/",
        "javascript:alert(1)",
        "javascript://accounts.google.com/%0aalert(1)",
        "//accounts.google.com/",
        "https://accounts.google.com.evil.test/",
        "https://accounts.google.com@evil.test/",
        "https://evil.test\\@accounts.google.com/",
        "https://user@accounts.google.com/",
        "https://accounts.google.com:444/",
        "https://accounts.google.com\n.evil.test/",
        "https://accounts.google.com/\u202e",
        "https://accounts.google.com/ x",
        "https://[accounts.google.com/",
        "https://accounts.google.com/" + "x" * 3000,
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert not is_known_page(url)
