"""Guessing is slow, of whatever kind. The limits for passwords are tested where they stand."""

from app.throttle import GuessLimits, Throttle
from tests.support.clock import ManualClock


def test_without_a_limit_for_everybody_only_sources_are_counted() -> None:
    """threats.md S11."""
    throttle = Throttle(ManualClock(), GuessLimits(per_source=2, per_source_every_s=5.0))
    for number in range(500):
        throttle.take(f"192.0.2.{number}")

    assert throttle.wait_s("198.51.100.1") == 0
    throttle.take("198.51.100.1")
    throttle.take("198.51.100.1")
    assert throttle.wait_s("198.51.100.1") == 5.0


def test_one_site_of_the_new_internet_is_one_source() -> None:
    """threats.md S02: whoever has one address of a /64 has all of them."""
    throttle = Throttle(ManualClock(), GuessLimits(per_source=10, per_source_every_s=5.0))
    for number in range(10):
        throttle.take(f"2001:db8::{number:x}")

    assert throttle.wait_s("2001:db8::ffff") > 0
    assert throttle.wait_s("2001:db8:0:1::1") == 0
