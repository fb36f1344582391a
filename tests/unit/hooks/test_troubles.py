"""What went wrong in addons. Spec: admin-ui.md 2.3, System."""

from app.hooks.troubles import Trouble, Troubles
from tests.support.clock import ManualClock


def test_troubles_are_counted_and_the_last_one_is_remembered() -> None:
    clock = ManualClock()
    troubles = Troubles(clock)
    troubles.note("mine", "first")
    clock.advance(5)

    troubles.note("mine", "x" * 5000)

    assert troubles.of("mine") == Trouble(2, "x" * 1000, clock.now())
    assert troubles.of("another") == Trouble()
