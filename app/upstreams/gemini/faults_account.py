"""Refusals that name an account, a project, a sign-in, or the place that the gateway calls from.

Only structure marks an account; words set it aside for a while.
Source: upstream.md 7.3-7.5, faults.md F015-F019.
"""

import re
from typing import Final

from app.errors import AccountRefused, CredentialRejected, GatewayError, LocationRefused
from app.known_pages import is_known_page
from app.upstreams.gemini.fault_case import Case
from app.upstreams.gemini.fault_shapes import ErrorShape
from app.verdicts import ANY_NUMBER, LOCATION, Cool, Mark, Repair, Verdict

_PROBE_S: Final = 600.0
_SOFT_S: Final = 60.0

_LOCATION: Final = re.compile(
    r"location is not supported|not available in your (?:country|location|region)", re.IGNORECASE
)
_PROJECT: Final = re.compile(
    r"has not been used in project|\(#3501\)|permission '[\w.]+' denied on resource", re.IGNORECASE
)
_PERSON: Final = re.compile(r"verify your account|terms of service", re.IGNORECASE)
_PROJECT_REASONS: Final = frozenset(
    {"SERVICE_DISABLED", "SUBSCRIPTION_REQUIRED", "IAM_PERMISSION_DENIED", "SECURITY_POLICY_VIOLATED"}
)
_LINK: Final = re.compile(r"https://[^\s\"'<>)\]]+")


def concerns_place(case: Case) -> bool:
    """Whether the network or the country is what the upstream minds."""
    return case.says(_LOCATION)


def concerns_robots(case: Case) -> bool:
    """Whether this is the page that front ends show to automated senders."""
    return case.shape.is_page and (case.shape.status == 429 or "sorry" in case.shape.message.lower())


def unauthenticated(case: Case) -> CredentialRejected:
    return CredentialRejected(
        "The upstream does not accept the sign-in of an account.",
        kind="unauthenticated",
        upstream_status=case.shape.status,
        detail=case.detail,
    )


def forbidden(case: Case) -> GatewayError:
    reason = case.shape.reason
    if concerns_place(case):
        return wrong_place(case)
    if reason == "VALIDATION_REQUIRED":
        return _account(case, "needs_verification", mark=Mark.NEEDS_VERIFICATION, cool_s=_PROBE_S)
    if reason == "TOS_VIOLATION":
        return _account(case, "suspended", mark=Mark.SUSPENDED, cool_s=_PROBE_S)
    if reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        return _account(case, "scopes", mark=Mark.NEEDS_SIGN_IN, cool_s=_PROBE_S)
    if reason in _PROJECT_REASONS:
        return _account(case, "project", mark=Mark.PROJECT_ERROR, repair=Repair.REDISCOVER, cool_s=_PROBE_S)
    if case.says(_PROJECT):
        return _account(case, "project", repair=Repair.REDISCOVER, cool_s=_PROBE_S)
    if case.says(_PERSON):
        return _account(case, "account_refused", cool_s=_PROBE_S)
    return _account(case, "forbidden", switches=1)


def _account(
    case: Case,
    kind: str,
    *,
    mark: Mark | None = None,
    repair: Repair | None = None,
    cool_s: float = _SOFT_S,
    switches: int = ANY_NUMBER,
) -> AccountRefused:
    verdict = Verdict(
        tries_here=0 if repair is None else 1,
        repair=repair,
        switches=switches,
        cool=Cool.LANE,
        cool_s=cool_s,
        mark=mark,
        link=_link(case.shape) if mark in (Mark.NEEDS_VERIFICATION, Mark.SUSPENDED) else None,
    )
    return AccountRefused(
        "The upstream refuses an account.",
        kind=kind,
        verdict=verdict,
        upstream_status=case.shape.status,
        detail=case.detail,
    )


def _link(shape: ErrorShape) -> str | None:
    """Where the operator can sort it out, if it is a page of the identity provider: faults.md F016."""
    metadata = shape.metadata
    offered = (
        *shape.links,
        metadata.get("validation_url", ""),
        metadata.get("validation_link", ""),
        metadata.get("appeal_url", ""),
        *_LINK.findall(shape.message),
    )
    return next((url for url in offered if is_known_page(url)), None)


def wrong_place(case: Case) -> LocationRefused:
    return LocationRefused(
        "The upstream does not serve the place that this gateway calls from.",
        kind="egress_blocked",
        upstream_status=case.shape.status,
        detail=case.detail,
    )


def automated_sender(case: Case) -> LocationRefused:
    """The page about automated queries blames the network: touring the accounts would make it worse."""
    return LocationRefused(
        "The upstream takes the network of this gateway for an automated sender.",
        kind="egress_blocked",
        verdict=Verdict(flag=LOCATION),
        retry_after_s=300.0,
        upstream_status=case.shape.status,
        detail=case.detail,
    )
