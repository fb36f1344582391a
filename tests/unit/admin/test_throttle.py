"""Guessing passwords is slow."""

from app.admin.throttle import ALL, MOST_ADDRESSES, PER_ADDRESS, PER_ADDRESS_EVERY_S, Throttle
from tests.support.clock import ManualClock


def guessed(throttle: Throttle, peer: str, times: int) -> None:
    for _ in range(times):
        throttle.take(peer)


def test_an_address_has_some_guesses_and_then_one_every_half_minute() -> None:
    """threats.md S02: growing delay, no permanent lock."""
    clock = ManualClock()
    throttle = Throttle(clock)
    guessed(throttle, "192.0.2.1", PER_ADDRESS - 1)
    assert throttle.wait_s("192.0.2.1") == 0

    throttle.take("192.0.2.1")
    assert throttle.wait_s("192.0.2.1") == PER_ADDRESS_EVERY_S

    clock.advance(PER_ADDRESS_EVERY_S)
    assert throttle.wait_s("192.0.2.1") == 0
    throttle.take("192.0.2.1")
    assert throttle.wait_s("192.0.2.1") > 0


def test_another_address_is_not_held_up() -> None:
    throttle = Throttle(ManualClock())
    guessed(throttle, "192.0.2.1", PER_ADDRESS)

    assert throttle.wait_s("192.0.2.2") == 0


def test_many_addresses_together_are_slow_too() -> None:
    """threats.md S02: per source and global."""
    clock = ManualClock()
    throttle = Throttle(clock)
    for number in range(ALL):
        throttle.take(f"192.0.2.{number}")

    assert throttle.wait_s("198.51.100.1") > 0
    clock.advance(1.0)
    assert throttle.wait_s("198.51.100.1") == 0


def test_a_right_guess_costs_nothing() -> None:
    throttle = Throttle(ManualClock())
    for _ in range(10 * PER_ADDRESS):
        throttle.take("192.0.2.1")
        throttle.give_back("192.0.2.1")

    assert throttle.wait_s("192.0.2.1") == 0


def test_the_memory_of_addresses_is_bounded() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    guessed(throttle, "the first", PER_ADDRESS)
    for number in range(MOST_ADDRESSES):
        clock.advance(1.0)
        throttle.take(f"peer {number}")

    assert throttle.wait_s("the first") == 0
