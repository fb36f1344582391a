"""Text that shows nothing but what it says."""

import json
import re

import pytest

from app.plain import EMAIL_PATTERN, LINE_PATTERN, is_email, shown

HIDING = ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\x9b", "\u061c", "\u200b", "\u200e", "\u2028"]
HIDING += ["\u202e", "\u2066", "\u2069", "\ufeff"]


@pytest.mark.parametrize("email", ["anna@example.test", "o'neil+x@a.b", "übung@bücher.example", "a@b"])
def test_an_address_is_one(email: str) -> None:
    assert is_email(email)


@pytest.mark.parametrize("email", ["", "@", "anna", "a@", "@b", "a@b@c", "a b@c", "a@b ", "x" * 400 + "@b"])
def test_what_is_no_address_is_none(email: str) -> None:
    assert not is_email(email)


@pytest.mark.parametrize("mark", HIDING)
@pytest.mark.parametrize("template", ["{}anna@example.test", "an{}na@example.test", "anna@example.test{}"])
def test_an_address_hides_nothing(mark: str, template: str) -> None:
    """threats.md S08, S35."""
    assert not is_email(template.format(mark))


@pytest.mark.parametrize("mark", HIDING)
def test_a_line_hides_nothing_and_is_shown_escaped(mark: str) -> None:
    """threats.md S35."""
    assert re.search(LINE_PATTERN, f"a{mark}") is None
    assert re.search(LINE_PATTERN, f"{mark}a") is None
    assert re.search(LINE_PATTERN, "a b, ü 漢") is not None
    assert shown(f"a{mark}b").isprintable()
    assert shown("a b, ü 漢") == "a b, ü 漢"


def test_the_patterns_can_stand_in_a_document() -> None:
    """JSON Schema: the patterns are ECMA-262, which has no `\\Z` and no `\\x` of more than two digits."""
    for pattern in (EMAIL_PATTERN, LINE_PATTERN):
        assert "\\Z" not in pattern
        assert json.loads(json.dumps(pattern)) == pattern
        assert pattern.isascii()
