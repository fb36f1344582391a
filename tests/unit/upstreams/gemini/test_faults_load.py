"""Refusals for want of room."""

import json
from typing import Any

import pytest

from app.errors import QuotaExhausted, RateLimited, UpstreamBusy
from app.verdicts import ANY_NUMBER, Cool
from tests.support.refusals import RETRY, fault, info


def test_a_short_rate_limit_is_waited_for() -> None:
    """faults.md F023, upstream.md 7.6 a."""
    error = fault(
        429,
        "You have exhausted your capacity on this model. Your quota will reset after 0s.",
        "RESOURCE_EXHAUSTED",
        info(
            "RATE_LIMIT_EXCEEDED", quotaResetDelay="479.417207ms", quotaResetTimeStamp="2026-04-20T09:19:49Z"
        ),
        {"@type": RETRY, "retryDelay": "0.479417207s"},
    )

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(0.479417207)
    verdict = error.verdict
    assert (verdict.tries_here, verdict.cool, verdict.cool_s) == (1, Cool.MODEL, 1.0)
    assert 0.679 < verdict.wait_s < 1.3


def test_a_longer_rate_limit_rests_account_and_model() -> None:
    """faults.md F024."""
    error = fault(
        429, "x", "RESOURCE_EXHAUSTED", info("RATE_LIMIT_EXCEEDED"), {"@type": RETRY, "retryDelay": "41s"}
    )

    verdict = error.verdict
    assert (verdict.tries_here, verdict.switches, verdict.cool, verdict.cool_s) == (
        0,
        ANY_NUMBER,
        Cool.MODEL,
        41.0,
    )


@pytest.mark.parametrize(
    ("message", "details", "seconds"),
    [
        (
            "Individual quota reached. Contact your administrator to enable overages. Resets in 71h15m27s.",
            [
                info("QUOTA_EXHAUSTED", quotaResetDelay="71h15m27.791609974s"),
                {"@type": RETRY, "retryDelay": "256527.791609974s"},
            ],
            256527.791609974,
        ),
        ("x", [info("QUOTA_EXHAUSTED", quotaResetDelay="108h48m0s")], 391680.0),
        ("x", [info("QUOTA_EXHAUSTED", quotaResetTimeStamp="2026-04-20T09:19:49Z")], 789.0),
        ("Individual quota reached. Resets in 71h15m27s.", [], 256527.0),
        ("Your quota will reset after 3h12m5s.", [], 11525.0),
        ("x", [info("QUOTA_EXHAUSTED")], None),
        (
            "x",
            [
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": "RequestsPerDay"}],
                }
            ],
            None,
        ),
    ],
)
def test_an_exhausted_quota_rests_the_whole_group(
    message: str, details: list[Any], seconds: float | None
) -> None:
    """faults.md F025 and F027, upstream.md 7.6 b and f."""
    error = fault(429, message, "RESOURCE_EXHAUSTED", *details)

    assert isinstance(error, QuotaExhausted)
    verdict = error.verdict
    assert (verdict.switches, verdict.cool, verdict.cool_s) == (ANY_NUMBER, Cool.LANE, seconds)
    assert error.retry_after_s == seconds


def test_a_refusal_without_details_tries_two_others() -> None:
    """faults.md F026."""
    error = fault(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")

    verdict = error.verdict
    assert isinstance(error, RateLimited)
    assert (error.kind, verdict.switches, verdict.cool, verdict.cool_s) == (
        "rate_unknown",
        2,
        Cool.MODEL,
        None,
    )


@pytest.mark.parametrize("status", [429, 503])
def test_missing_capacity_blames_no_account(status: int) -> None:
    """faults.md F030, upstream.md 7.6 e and 7.8."""
    error = fault(
        status,
        "No capacity available for model gemini-3-pro-low on the server",
        "UNAVAILABLE",
        info("MODEL_CAPACITY_EXHAUSTED", model="gemini-3-pro-low"),
        {"@type": RETRY, "retryDelay": "39s"},
    )

    verdict = error.verdict
    assert isinstance(error, UpstreamBusy)
    assert (verdict.cool, verdict.cool_s, verdict.wait_s, verdict.next_host) == (
        Cool.EVERYONE,
        15.0,
        2.0,
        True,
    )
    assert error.retry_after_s == 15.0


def test_an_overloaded_claude_is_missing_capacity() -> None:
    """upstream.md 7.8."""
    inner = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

    assert isinstance(fault(503, json.dumps(inner), "UNAVAILABLE"), UpstreamBusy)
