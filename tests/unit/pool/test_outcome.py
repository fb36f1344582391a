import asyncio

import pytest

from app.errors import (
    AccountRefused,
    BadRequest,
    ContextTooLong,
    CredentialRejected,
    EmptyAnswer,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnreachable,
)
from app.pool.outcome import NEUTRAL, OK, outcome_of
from app.upstreams.transport.failures import proxy_refused
from app.verdicts import Cool, Mark, Verdict


def test_no_error_is_a_good_outcome() -> None:
    assert outcome_of(None) == OK


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        RuntimeError("a bug"),
        BadRequest("wrong"),
        ContextTooLong("too long"),
        UpstreamRefused("invalid"),
        UpstreamUnreachable("no name", kind="dns"),
        proxy_refused(),
        UpstreamUnreachable("bad certificate", kind="tls"),
    ],
)
def test_what_is_not_the_account_is_not_blamed_on_it(error: BaseException) -> None:
    """faults.md 1 rules 8 and 9."""
    assert outcome_of(error) == NEUTRAL


@pytest.mark.parametrize(
    "error",
    [
        UpstreamBroken("500"),
        StreamCut("cut"),
        EmptyAnswer("empty"),
        UpstreamUnreachable("reset", kind="reset_before_headers"),
    ],
)
def test_unclear_failures_are_soft(error: UpstreamBroken) -> None:
    """faults.md F006, F021, F040."""
    outcome = outcome_of(error)

    assert (outcome.word, outcome.soft, outcome.cool) == ("failed", True, Cool.NOTHING)


def test_missing_capacity_is_no_accounts_fault() -> None:
    """faults.md F030."""
    outcome = outcome_of(UpstreamBusy("busy", kind="capacity"))

    assert (outcome.cool, outcome.cool_s, outcome.soft) == (Cool.EVERYONE, 8.0, False)


def test_limits_cool_as_their_verdict_says() -> None:
    """faults.md F024 to F026."""
    quota = QuotaExhausted("used up", kind="quota", verdict=Verdict(cool=Cool.LANE, cool_s=9000.0))

    assert (outcome_of(quota).cool, outcome_of(quota).cool_s) == (Cool.LANE, 9000.0)
    assert (outcome_of(RateLimited("slow down")).cool, outcome_of(RateLimited("slow down")).cool_s) == (
        Cool.MODEL,
        None,
    )


def test_marks_carry_the_upstreams_own_words_and_the_link() -> None:
    """faults.md F016."""
    error = AccountRefused(
        "The upstream refuses an account.",
        verdict=Verdict(mark=Mark.NEEDS_VERIFICATION, link="https://accounts.google.com/x"),
        detail="Verify your account to continue.",
    )

    outcome = outcome_of(error)

    assert outcome.mark is Mark.NEEDS_VERIFICATION
    assert outcome.message == "Verify your account to continue."
    assert outcome.link == "https://accounts.google.com/x"


def test_a_rejected_credential_asks_for_a_sign_in() -> None:
    """faults.md F015."""
    assert outcome_of(CredentialRejected("401")).mark is Mark.NEEDS_SIGN_IN
