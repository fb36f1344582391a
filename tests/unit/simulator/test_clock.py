import asyncio

import pytest

from app.simulator.clock import Clock, go_duration, http_date, proto_duration, rfc3339


def test_a_virtual_clock_stands_still_until_it_is_advanced() -> None:
    """upstream.md 9.2."""
    clock = Clock("virtual", start=100.0)

    before = clock.now()
    clock.advance(5.0)

    assert (before, clock.now()) == (100.0, 105.0)


def test_a_scaled_clock_runs_by_its_factor() -> None:
    """upstream.md 9.2."""
    wall = iter([10.0, 12.0])
    clock = Clock("scaled", start=0.0, factor=60.0, wall=lambda: next(wall))

    assert clock.now() == 120.0


async def test_a_sleeper_on_a_virtual_clock_wakes_when_its_time_has_come() -> None:
    """upstream.md 9.2."""
    clock = Clock("virtual", start=0.0)
    sleeper = asyncio.ensure_future(clock.sleep(5.0))
    await asyncio.sleep(0)

    clock.advance(4.9)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(0.2)
    await sleeper


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (9.0, "9s"),
        (0.479417207, "479.417207ms"),
        (6236.0, "1h43m56s"),
        (256527.791609974, "71h15m27.791609974s"),
        (60.0, "1m0s"),
        (3600.0, "1h0m0s"),
        (0.0, "0s"),
    ],
)
def test_durations_are_spelled_as_go_does(seconds: float, text: str) -> None:
    """upstream.md 7.6, appendix B."""
    assert go_duration(seconds) == text


def test_a_duration_in_a_message_is_cut_to_whole_seconds() -> None:
    """upstream.md 7.6 b."""
    assert go_duration(256527.79, whole=True) == "71h15m27s"
    assert go_duration(0.47, whole=True) == "0s"


def test_proto_durations_are_decimal_seconds() -> None:
    """upstream.md 7.6."""
    assert [proto_duration(9.0), proto_duration(0.5), proto_duration(39.25)] == ["9s", "0.5s", "39.25s"]


def test_instants_are_written_in_utc() -> None:
    """upstream.md 4.5."""
    assert rfc3339(1779899574.9) == "2026-05-27T16:32:54Z"
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
