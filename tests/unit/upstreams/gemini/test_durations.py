"""Waits in the upstream's many spellings."""

import pytest

from app.upstreams.gemini.durations import (
    believable,
    find_duration,
    read_duration,
    read_instant,
    read_retry_after,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("479.417207ms", 0.479417207),
        ("0.479417207s", 0.479417207),
        ("9s", 9.0),
        ("1h43m56s", 6236.0),
        ("161h39m41.300432511s", 581981.300432511),
        ("71h15m27.791609974s", 256527.791609974),
        ("13h19m1.20964964s", 47941.20964964),
        ("39s", 39.0),
        ("250us", 0.00025),
        ("250µs", 0.00025),
        ("12.5", 12.5),
        (" 7 ", 7.0),
    ],
)
def test_durations_become_seconds(text: str, seconds: float) -> None:
    """upstream.md appendix B."""
    assert read_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("text", ["", "abc", "-3s", "1e20", "s", "3x", "3s later", "{}", "NaN", "1.2.3s"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """upstream.md appendix B, faults.md F028."""
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("You have exhausted your capacity on this model. Your quota will reset after 1h43m56s.", 6236.0),
        (
            "Individual quota reached. Contact your administrator to enable overages. Resets in 71h15m27s.",
            256527.0,
        ),
        ("Please retry in 12.5s", 12.5),
        ("Your quota will reset after 0s.", 0.0),
        ("Your quota will reset after 3h12m5s.", 11525.0),
        ("Please try again in 40s.", 40.0),
        ("It took 3 attempts and 5s of work.", None),
        ("", None),
    ],
)
def test_waits_are_found_in_known_phrases_only(message: str, seconds: float | None) -> None:
    """upstream.md appendix B, faults.md F027."""
    assert find_duration(message) == seconds


def test_instants_are_read_in_utc() -> None:
    """upstream.md 7.6."""
    assert read_instant("2026-04-20T09:19:49Z") == 1776676789.0
    assert read_instant("2026-04-20T09:19:49.123456789Z") == pytest.approx(1776676789.123456)
    assert read_instant("2026-04-20T09:19:49") == 1776676789.0
    assert read_instant("soon") is None


def test_the_header_is_a_number_or_a_date() -> None:
    """upstream.md 7.6."""
    date = "Mon, 20 Apr 2026 09:19:49 GMT"

    assert read_retry_after("30", None) == 30.0
    assert read_retry_after(date, 1776676779.0) == 10.0
    assert read_retry_after(date, None) is None
    assert read_retry_after("later", 0.0) is None


@pytest.mark.parametrize(
    ("seconds", "kept"), [(0.0, None), (-1.0, None), (1e20, None), (None, None), (5.0, 5.0)]
)
def test_nobody_waits_for_nothing_or_for_years(seconds: float | None, kept: float | None) -> None:
    """faults.md F028."""
    assert believable(seconds) == kept
