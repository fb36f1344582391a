"""Status and body of a refusal to an error with a verdict: the one place that knows the upstream's errors.

Structure decides before words do, and words never decide anything lasting. Never: waiting, or choosing an
account. Source: upstream.md 7 and faults.md 6 B.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.errors import (
    ClientOutdated,
    ContextTooLong,
    GatewayError,
    ModelMissing,
    ThoughtRejected,
    TimedOut,
    TooLarge,
    UpstreamBroken,
    UpstreamRefused,
)
from app.upstreams.gemini.fault_case import Case, read_case
from app.upstreams.gemini.faults_account import (
    automated_sender,
    concerns_place,
    concerns_robots,
    forbidden,
    unauthenticated,
    wrong_place,
)
from app.upstreams.gemini.faults_load import busy, concerns_capacity, throttled
from app.verdicts import FAIL, Verdict

_NOTICE_LENGTH: Final = 300
_OUTDATED: Final = re.compile(
    r"no longer supported|\bout of date\b|antigravity\.google/download", re.IGNORECASE
)
_OUTDATED_SUBJECT: Final = re.compile(r"antigravity|this client", re.IGNORECASE)
_CLAUDE_TOO_LONG: Final = re.compile(r"prompt is too long: ([0-9]+) tokens > ([0-9]+) maximum", re.IGNORECASE)
_GEMINI_TOO_LONG: Final = re.compile(
    r"input token count \(?([0-9]+)\)? exceeds the maximum number of tokens allowed \(?([0-9]+)\)?",
    re.IGNORECASE,
)
_TOO_LONG: Final = re.compile(
    r"prompt is too long|input token count|exceeds the maximum number of tokens|context window", re.IGNORECASE
)
_OVER_LIMIT: Final = re.compile(r"input length and `max_tokens` exceed context limit", re.IGNORECASE)
_THOUGHT: Final = re.compile(
    r"signature|thinking block|expected `thinking` |must start with a thinking", re.IGNORECASE
)


def read_fault(status: int, headers: Mapping[str, str], body: bytes, now: float) -> GatewayError:
    """What a refusal means. `now` is in epoch seconds.

    An UpstreamError, except for a prompt that does not fit: that is the caller's affair, and no account is
    involved. Total: any status and bytes give an error.
    """
    return _read(status, headers, body, now)


def read_stream_fault(body: bytes) -> GatewayError:
    """What an error object within a good stream means: the same as an answer with its code would."""
    return _read(200, {}, body, None)


def is_version_notice(text: str) -> bool:
    """Whether `text`, in place of an answer, says that the client version is too old: upstream.md 3.2."""
    return (
        len(text) < _NOTICE_LENGTH
        and _OUTDATED.search(text) is not None
        and _OUTDATED_SUBJECT.search(text) is not None
    )


def outdated() -> ClientOutdated:
    """The error for a version notice; only the operator can do something about it."""
    return ClientOutdated(
        "The upstream no longer accepts the client version of this gateway; its operator has to raise it.",
        kind="client_outdated",
    )


def _read(status: int, headers: Mapping[str, str], body: bytes, now: float | None) -> GatewayError:
    case = read_case(status, headers, body, now)
    if is_version_notice(case.shape.message):
        return outdated()
    if concerns_robots(case):
        return automated_sender(case)
    if concerns_capacity(case):
        return busy(case)
    match case.shape.status:
        case 400:
            return _bad_request(case)
        case 401:
            return unauthenticated(case)
        case 402 | 403:
            return forbidden(case)
        case 404:
            return _missing(case)
        case 413:
            return _too_large(case)
        case 429:
            return wrong_place(case) if concerns_place(case) else throttled(case)
        case _:
            return _broken(case)


def _bad_request(case: Case) -> GatewayError:
    message = case.shape.message
    if concerns_place(case):
        return wrong_place(case)
    if case.says(_OVER_LIMIT):
        # Clients read the three numbers and lower `max_tokens`; cleaning leaves them as they are.
        return _refused(case, case.detail)
    for pattern in (_CLAUDE_TOO_LONG, _GEMINI_TOO_LONG):
        if found := pattern.search(message):
            return ContextTooLong(f"prompt is too long: {found.group(1)} tokens > {found.group(2)} maximum")
    if case.says(_TOO_LONG):
        return ContextTooLong(case.detail)
    if case.says(_THOUGHT):
        return ThoughtRejected(case.detail, kind="thought_rejected", upstream_status=400, detail=case.detail)
    return _refused(case, case.detail or "The upstream refused the request as invalid.")


def _refused(case: Case, message: str) -> UpstreamRefused:
    return UpstreamRefused(
        message, kind="invalid_argument", upstream_status=case.shape.status, detail=case.detail
    )


def _missing(case: Case) -> ModelMissing:
    return ModelMissing(
        "The upstream does not know this model.",
        kind="model_missing",
        upstream_status=404,
        detail=case.detail,
    )


def _too_large(case: Case) -> GatewayError:
    if case.says(_TOO_LONG):
        return _bad_request(case)
    return TooLarge("The request is larger than the upstream accepts.")


def _broken(case: Case) -> GatewayError:
    shape = case.shape
    if shape.status in (408, 504):
        return TimedOut(
            "The upstream did not finish in time.",
            kind="http_5xx",
            verdict=UpstreamBroken.default_verdict,
            upstream_status=shape.status,
            detail=case.detail,
        )
    if shape.status == 500 and shape.name == "UNKNOWN":
        # The Claude side says this of a history that it cannot read; asking again changes nothing.
        return _failure(case, "unknown_error", FAIL)
    if shape.status == 499 or shape.status >= 500:
        return _failure(case, "http_5xx", UpstreamBroken.default_verdict)
    return _failure(case, "http_other", FAIL)


def _failure(case: Case, kind: str, verdict: Verdict) -> UpstreamBroken:
    return UpstreamBroken(
        "The upstream failed.",
        kind=kind,
        verdict=verdict,
        upstream_status=case.shape.status,
        detail=case.detail,
    )
