"""Numbers, times and words as people read them. Spec: admin-ui.md 2.6, 2.7."""

import pytest

from app.resources import folder
from app.web.panel.formats import (
    Zone,
    ago,
    coded,
    iso,
    millis,
    number,
    percent,
    size,
    span,
    units_of,
    visible,
)
from app.web.panel.words import catalogues

WORDS = catalogues(folder("admin_ui") / "i18n")


def plain(text: str) -> str:
    """Thin spaces as blanks, to be read here."""
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0, "0"), (1204, "1 204"), (15_800_000, "15.8 M"), (2.5e9, "2.5 G"), (-1204, "-1 204")],
)
def test_numbers(value: float | None, said: str) -> None:
    assert plain(number(value)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((None, "–"), (0, "0 s"), (0.25, "0.2 s"), (31.3, "31 s"), (60, "1 min"), (3600, "1 h")),
        *((11520, "3 h 12 min"), (187200, "2 d 4 h"), (-5, "0 s"), (119.6, "1 min")),
    ],
)
def test_spans(seconds: float | None, said: str) -> None:
    assert plain(span(seconds)) == said


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        *(("en", 0.9, "just now"), ("en", 1.9, "1 s ago"), ("en", -3, "just now"), ("en", None, "–")),
        *(("zh", 0.9, "刚刚"), ("zh", 75, "1 分钟前"), ("zh", 187200, "2 天 4 小时前")),
    ],
)
def test_what_was_a_moment_ago_is_from_just_now(language: str, seconds: float | None, said: str) -> None:
    assert plain(ago(seconds, WORDS[language])) == said


def test_units_are_those_of_the_language() -> None:
    """2.7: no sentence with pieces of another language."""
    assert plain(span(31.3, units_of(WORDS["zh"]))) == "31 秒"
    assert units_of(WORDS["en"]) == {"d": "d", "h": "h", "min": "min", "s": "s"}


def test_names_between_backticks_are_code_and_nothing_else_is_markup() -> None:
    assert coded("Set `A<b>` & `B`.") == "Set <code>A&lt;b&gt;</code> &amp; <code>B</code>."
    assert coded("a ` alone\u202e") == "a ` alone\\u202e"
    assert coded("`a` and `") == "<code>a</code> and `"


def test_shares_sizes_and_milliseconds() -> None:
    """Unknown is never 0."""
    assert [plain(percent(one)) for one in (None, 0, 0.004, 0.42, 1)] == [
        "–",
        "0 %",
        "0.4 %",
        "42 %",
        "100 %",
    ]
    assert [plain(size(one)) for one in (None, 512, 1300, 3 * 1024**3)] == [
        "–",
        "512 B",
        "1.3 KiB",
        "3.0 GiB",
    ]
    assert [plain(millis(one)) for one in (None, 840, 31_300)] == ["–", "840 ms", "31 s"]


@pytest.mark.parametrize("name", ["Nowhere/City", "../../etc/passwd", "/etc/passwd", "", "a\0b", "x" * 5000])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    """The name comes from a cookie, which may say anything."""
    assert Zone(name).stamp(0) == "1970-01-01 00:00:00"


def test_instants_are_shown_in_the_viewers_zone() -> None:
    assert Zone("Europe/Berlin").stamp(1_795_000_000) == "2026-11-18 12:06:40"
    assert Zone("Europe/Berlin").short(None) == "–"
    assert iso(0) == "1970-01-01T00:00:00+00:00"


def test_what_would_not_be_seen_is_spelled_out() -> None:
    """threats.md S35: terminal codes and marks that turn text around; lines and other scripts stay."""
    assert visible("a\x1b[31m\u202eb") == r"a\x1b[31m\u202eb"
    assert visible("two\nlines\tand 中文 עברית é") == "two\nlines\tand 中文 עברית é"
    assert visible(5) == 5
