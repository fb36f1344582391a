"""How often one request may try, and where. Source: upstream.md 7.10, faults.md 3."""

import pytest

from app.errors import (
    AccountRefused,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
)
from app.ids import AccountId
from app.pipeline.tries import Tries, TryLimits
from app.pool.model import Trust
from app.verdicts import Verdict

ANNA, BEN, CARA = AccountId("anna"), AccountId("ben"), AccountId("cara")


def tries() -> Tries:
    return Tries(TryLimits(), started=0.0)


def test_a_broken_answer_is_tried_again_here_once_after_its_wait() -> None:
    attempts = tries()

    assert attempts.here(UpstreamBroken("500"), now=0.0) == 0.5
    assert attempts.here(UpstreamBroken("500"), now=1.0) is None


def test_waits_grow_with_each_try_here() -> None:
    attempts = tries()

    assert attempts.here(UpstreamBusy("busy"), now=0.0) == 1.0
    assert attempts.here(UpstreamBusy("busy"), now=1.0) == 2.0


def test_a_refusal_of_the_request_is_never_tried_again() -> None:
    attempts = tries()
    error = UpstreamRefused("400")

    assert attempts.here(error, now=0.0) is None
    assert not attempts.elsewhere(error, ANNA, now=0.0)


def test_refusals_of_accounts_try_every_other_one() -> None:
    attempts = tries()

    for number in range(50):
        assert attempts.elsewhere(AccountRefused("403"), AccountId(str(number)), now=0.0)

    assert len(attempts.avoid) == 50


def test_a_rate_limit_without_details_tries_two_others() -> None:
    attempts = tries()
    error = RateLimited("429")

    outcomes = [attempts.elsewhere(error, account, now=0.0) for account in (ANNA, BEN, CARA)]

    assert outcomes == [True, True, False]


def test_unclear_failures_are_three_in_all_wherever_they_happen() -> None:
    attempts = tries()
    error = UpstreamBroken("500")

    assert attempts.here(error, now=0.0) is not None
    assert attempts.here(error, now=0.0) is None
    assert attempts.elsewhere(error, ANNA, now=0.0)
    assert attempts.here(error, now=0.0) is None
    assert not attempts.elsewhere(error, BEN, now=0.0)


def test_one_that_failed_before_is_left_at_once_and_costs_nothing_of_what_all_may_retry() -> None:
    """threats.md 5.2: where only this account fails the failure is clear."""
    attempts = Tries(TryLimits(), started=0.0, may_retry=lambda: False)
    error = UpstreamBroken("500")

    assert attempts.here(error, now=0.0, unsteady=True) is None
    assert attempts.elsewhere(error, ANNA, now=0.0, unsteady=True)
    assert not attempts.elsewhere(error, BEN, now=0.0)


def test_after_a_switch_no_account_is_tried_twice() -> None:
    attempts = tries()
    error = StreamCut("cut")

    assert attempts.here(error, now=0.0, unsteady=True) is None
    assert attempts.elsewhere(error, ANNA, now=0.0, unsteady=True)
    assert attempts.here(error, now=0.0) is None
    assert attempts.elsewhere(error, BEN, now=0.0)


def test_the_fewer_tries_are_left_the_better_an_account_is_asked_for() -> None:
    attempts = tries()
    asked = [attempts.trust]
    attempts.elsewhere(RateLimited("429"), CARA, now=0.0)
    asked.append(attempts.trust)
    for _ in range(2):
        attempts.here(UpstreamBroken("500"), now=0.0)
        asked.append(attempts.trust)

    assert asked == [Trust.UNSTEADY, Trust.UNSTEADY, Trust.STEADY, Trust.PROVEN]


@pytest.mark.parametrize(("now", "goes_on"), [(179.0, True), (181.0, False)])
def test_nothing_new_is_tried_after_the_time_before_output(now: float, goes_on: bool) -> None:
    assert tries().elsewhere(QuotaExhausted("429"), ANNA, now=now) is goes_on


def test_the_sum_of_all_waits_is_bounded() -> None:
    slow = UpstreamError("slow", verdict=Verdict(tries_here=9, wait_s=12.0))
    attempts = tries()

    assert attempts.here(slow, now=0.0) == 12.0
    assert attempts.here(slow, now=12.0) == 12.0
    assert attempts.here(slow, now=24.0) is None
