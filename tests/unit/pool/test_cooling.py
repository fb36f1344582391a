import pytest

from app.pool.cooling import Cooling, cooling_for, ladder_s, replaces


def cooled(cool_s: float | None, *, step: int = 0, jitter: float = 0.0, why: str = "rate") -> Cooling:
    return cooling_for(cool_s, step, why, now=100.0, jitter=jitter, probe_s=3600.0)


def test_the_ladder_starts_at_five_seconds_and_doubles_to_two_minutes() -> None:
    """faults.md F026."""
    assert [ladder_s(step) for step in range(7)] == [5.0, 10.0, 20.0, 40.0, 80.0, 120.0, 120.0]


def test_the_ladder_does_not_overflow() -> None:
    assert ladder_s(100_000) == 120.0


def test_a_told_wait_is_kept_and_never_shortened() -> None:
    """faults.md 1 rule 11: never earlier than asked, up to a fifth later."""
    assert cooled(41.0).until == 141.0
    assert cooled(41.0, jitter=1.0).until == pytest.approx(149.2)


@pytest.mark.parametrize("nonsense", [0.0, -5.0, 0.001])
def test_a_wait_is_at_least_a_second(nonsense: float) -> None:
    """faults.md F028."""
    assert cooled(nonsense).until == 101.0


def test_a_wait_of_days_is_probed_after_an_hour_and_not_spread_by_days() -> None:
    """faults.md F025."""
    rest = cooled(300_000.0, jitter=1.0)

    assert rest.probe_at == 3700.0
    assert rest.until == 100.0 + 300_000.0 + 60.0


def test_a_probe_puts_the_next_one_an_hour_later_but_not_beyond_the_end() -> None:
    rest = cooled(7000.0)

    assert rest.probing(3700.0, 3600.0).probe_at == 7100.0
    assert rest.probing(200.0, 3600.0).probe_at == 3800.0


def test_a_guess_during_an_open_cool_down_is_one_burst() -> None:
    """faults.md 1 rule 12."""
    assert not replaces(cooled(None, step=1), cooled(None), now=101.0)
    assert not replaces(cooled(None), cooled(600.0), now=101.0)


def test_a_told_reset_beats_a_guess() -> None:
    assert replaces(cooled(600.0), cooled(None), now=101.0)


def test_of_two_told_resets_only_a_later_one_of_another_kind_counts() -> None:
    assert not replaces(cooled(60.0), cooled(50.0), now=101.0)
    assert replaces(cooled(60.0, why="quota"), cooled(50.0), now=101.0)
    assert not replaces(cooled(40.0, why="quota"), cooled(50.0), now=101.0)


def test_what_is_over_is_replaced_by_anything() -> None:
    assert replaces(cooled(None), cooled(5.0), now=105.0)
