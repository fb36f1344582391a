"""Hours, days and months."""

from datetime import UTC, datetime

import pytest

from app.store.grains import DAY_S, HOUR_S, Grain, grain_for, next_start, start_of, starts_between


def instant(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def test_every_grain_begins_where_utc_says() -> None:
    """admin-ui.md 2.3, Usage."""
    at = instant(2027, 3, 31, 23) + 1799.5

    assert start_of("hour", at) == instant(2027, 3, 31, 23)
    assert start_of("day", at) == instant(2027, 3, 31)
    assert start_of("month", at) == instant(2027, 3, 1)


@pytest.mark.parametrize("grain", ["hour", "day", "month"])
def test_one_follows_the_other_without_a_gap(grain: Grain) -> None:
    start = start_of(grain, instant(2027, 12, 1))
    for _ in range(50):
        following = next_start(grain, start)
        assert start_of(grain, following) == following
        assert start_of(grain, following - 1) == start
        start = following


def test_a_span_reaches_into_whole_months() -> None:
    starts = starts_between("month", instant(2027, 1, 31), instant(2027, 3, 1))

    assert starts == (instant(2027, 1, 1), instant(2027, 2, 1))


def test_a_span_of_nothing_has_no_starts() -> None:
    assert starts_between("day", 5.0 * DAY_S, 5.0 * DAY_S) == ()


def test_longer_spans_are_told_in_coarser_grains_and_many_values_sooner() -> None:
    """admin-ui.md 2.3, Usage: a year is as fast as a day."""
    assert [grain_for("model", 0, days * DAY_S) for days in (1, 8, 30, 365)] == [
        "hour",
        "hour",
        "day",
        "month",
    ]
    assert [grain_for("account", 0, days * DAY_S) for days in (1, 3, 30, 90)] == [
        "hour",
        "day",
        "day",
        "month",
    ]
    assert grain_for("all", 0, HOUR_S) == "hour"
