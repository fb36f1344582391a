"""What operators hear of accounts that are neither set aside nor marked. Source: faults.md F018."""

from app.errors import LocationRefused
from app.pool.flags import Flags
from app.pool.outcome import NEUTRAL, OK, outcome_of
from tests.support.pool import an_account

ANNA, BEN = an_account("anna"), an_account("ben")
REFUSED = outcome_of(LocationRefused("not served"))


def test_an_account_that_is_not_served_from_here_is_told_without_its_name() -> None:
    """threats.md 5.1: account flag; upstream.md 7.10: alert."""
    flags = Flags()
    flags.hear(ANNA, REFUSED)
    (one,) = flags.alarms().values()
    flags.hear(ANNA, REFUSED)
    flags.hear(BEN, REFUSED)
    (two,) = flags.alarms().values()

    assert set(flags.alarms()) == {"location"}
    assert "an account" in one
    assert "2 accounts" in two
    assert "anna" not in one + two


def test_it_is_over_once_a_flagged_account_has_answered() -> None:
    flags = Flags()
    flags.hear(ANNA, REFUSED)

    flags.hear(BEN, OK)
    flags.hear(ANNA, NEUTRAL)
    assert flags.alarms(), "another account, or no answer, proves nothing"

    flags.hear(ANNA, OK)
    assert flags.alarms() == {}


def test_what_has_left_or_was_mended_is_no_alarm() -> None:
    flags = Flags()
    flags.hear(ANNA, REFUSED)

    flags.forget(ANNA.id)

    assert flags.alarms() == {}


def test_a_late_word_about_an_account_that_is_switched_off_is_no_alarm() -> None:
    """faults.md F072: a report is applied to the account as it stands now."""
    flags = Flags()

    flags.hear(an_account("anna", enabled=False), REFUSED)

    assert flags.alarms() == {}
