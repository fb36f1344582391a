"""Refusals for want of room: quota, rate, capacity. Source: upstream.md 7.6 and 7.8, faults.md F023-F030."""

import re
from typing import Final

from app.errors import QuotaExhausted, RateLimited, UpstreamBusy
from app.upstreams.gemini.fault_case import Case
from app.verdicts import ANY_NUMBER, Cool, Verdict

SHORT_WAIT_S: Final = 3.0
"""A rate limit up to this long is waited for on the same account."""

_LONG_WAIT_S: Final = 300.0
_CREDITS_WAIT_S: Final = 3_600.0
_CAPACITY_REST_S: Final = (5.0, 15.0)

_CAPACITY: Final = re.compile(r"no capacity available", re.IGNORECASE)
_CAPACITY_REASONS: Final = frozenset({"MODEL_CAPACITY_EXHAUSTED", "MODEL_CAPACITY_EXCEEDED"})
_QUOTA: Final = re.compile(r"individual quota reached|\blimit: 0\b", re.IGNORECASE)


def concerns_capacity(case: Case) -> bool:
    """Whether the model is short of room, whichever status says so."""
    shape = case.shape
    return (
        shape.reason in _CAPACITY_REASONS
        or shape.kind == "overloaded_error"
        or shape.status == 529
        or case.says(_CAPACITY)
    )


def throttled(case: Case) -> QuotaExhausted | RateLimited:
    shape, delay = case.shape, case.delay_s
    daily = any("PerDay" in quota or "Daily" in quota for quota in shape.quota_ids)
    no_reason = not shape.reason and delay is not None and delay > _LONG_WAIT_S
    if shape.reason == "INSUFFICIENT_G1_CREDITS_BALANCE":
        return _quota(case, "credits", delay or _CREDITS_WAIT_S)
    if shape.reason == "QUOTA_EXHAUSTED" or daily or no_reason or case.says(_QUOTA):
        return _quota(case, "quota", delay)
    if delay is None and any("PerMinute" in quota for quota in shape.quota_ids):
        delay = 60.0
    return _rate(case, delay)


def _quota(case: Case, kind: str, delay: float | None) -> QuotaExhausted:
    return QuotaExhausted(
        "The quota for this model is used up.",
        kind=kind,
        verdict=Verdict(switches=ANY_NUMBER, cool=Cool.LANE, cool_s=delay),
        retry_after_s=delay,
        upstream_status=case.shape.status,
        detail=case.detail,
    )


def _rate(case: Case, delay: float | None) -> RateLimited:
    if delay is None and not case.shape.reason:
        # Without any explanation the same request often fails on every account.
        kind, verdict = "rate_unknown", Verdict(switches=2, cool=Cool.MODEL)
    elif delay is not None and delay <= SHORT_WAIT_S:
        kind = "rate_short"
        verdict = Verdict(
            tries_here=1,
            wait_s=delay + 0.2,
            switches=ANY_NUMBER,
            cool=Cool.MODEL,
            cool_s=max(delay, 1.0),
        )
    else:
        kind, verdict = "rate_limited", Verdict(switches=ANY_NUMBER, cool=Cool.MODEL, cool_s=delay)
    return RateLimited(
        "The upstream limits the rate for this model.",
        kind=kind,
        verdict=verdict,
        retry_after_s=delay,
        upstream_status=case.shape.status,
        detail=case.detail,
    )


def busy(case: Case) -> UpstreamBusy:
    least, most = _CAPACITY_REST_S
    rest = min(max(case.delay_s or 8.0, least), most)
    verdict = Verdict(
        tries_here=2,
        wait_s=min(case.delay_s or 1.0, 2.0),
        switches=1,
        next_host=True,
        cool=Cool.EVERYONE,
        cool_s=rest,
        unclear=True,
    )
    return UpstreamBusy(
        "The upstream has no capacity for this model just now.",
        kind="capacity",
        verdict=verdict,
        retry_after_s=rest,
        upstream_status=case.shape.status,
        detail=case.detail,
    )
