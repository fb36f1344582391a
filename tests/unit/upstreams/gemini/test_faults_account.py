"""Refusals that name an account, a project or a place."""

import pytest

from app.errors import AccountRefused, CredentialRejected, LocationRefused
from app.upstreams.gemini.faults import read_fault
from app.verdicts import ANY_NUMBER, Cool, Mark, Repair
from tests.support.refusals import HELP, NOW, fault, info


def test_a_wrong_place_is_nobodys_account() -> None:
    """faults.md F018."""
    error = fault(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")

    assert isinstance(error, LocationRefused)
    assert (error.kind, error.verdict.switches, error.verdict.cool) == ("egress_blocked", 1, Cool.NOTHING)


def test_an_expired_token_is_refreshed_once() -> None:
    """faults.md F015."""
    error = fault(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")

    assert isinstance(error, CredentialRejected)
    verdict = error.verdict
    assert (verdict.tries_here, verdict.repair, verdict.mark) == (1, Repair.REFRESH_TOKEN, Mark.NEEDS_SIGN_IN)


def test_a_person_who_has_to_verify_gets_the_link() -> None:
    """faults.md F016, upstream.md 7.5 b."""
    link = "https://accounts.google.com/signin/continue?sarp=1"
    links = [
        {"description": "Verify", "url": link},
        {"description": "More", "url": "https://support.google.com/x"},
    ]

    error = fault(
        403,
        "Verify your account.",
        "PERMISSION_DENIED",
        info("VALIDATION_REQUIRED"),
        {"@type": HELP, "links": links},
    )

    assert isinstance(error, AccountRefused)
    verdict = error.verdict
    assert (verdict.mark, verdict.link, verdict.cool_s) == (Mark.NEEDS_VERIFICATION, link, 600.0)
    assert verdict.switches == ANY_NUMBER


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://accounts.google.com/v", True),
        ("https://accounts.google.com.evil.invalid/v", False),
        ("https://accounts.google.com@evil.invalid/v", False),
        ("http://accounts.google.com/v", False),
        ("https://[", False),
    ],
)
def test_links_to_other_places_are_not_kept(url: str, kept: bool) -> None:
    """faults.md F016."""
    error = fault(403, "x", "PERMISSION_DENIED", info("VALIDATION_REQUIRED", validation_url=url))

    assert error.verdict.link == (url if kept else None)


@pytest.mark.parametrize(
    ("reason", "mark", "repair"),
    [
        ("TOS_VIOLATION", Mark.SUSPENDED, None),
        ("SERVICE_DISABLED", Mark.PROJECT_ERROR, Repair.REDISCOVER),
        ("SUBSCRIPTION_REQUIRED", Mark.PROJECT_ERROR, Repair.REDISCOVER),
        ("IAM_PERMISSION_DENIED", Mark.PROJECT_ERROR, Repair.REDISCOVER),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", Mark.NEEDS_SIGN_IN, None),
    ],
)
def test_reasons_mark_accounts(reason: str, mark: Mark, repair: Repair | None) -> None:
    """faults.md F017, upstream.md 7.4."""
    verdict = fault(403, "x", "PERMISSION_DENIED", info(reason)).verdict

    assert (verdict.mark, verdict.repair, verdict.switches) == (mark, repair, ANY_NUMBER)
    assert verdict.tries_here == (1 if repair else 0)


@pytest.mark.parametrize(
    "message",
    [
        "Verify your account to continue.",
        "This service has been disabled in this account for violation of Terms of Service.",
        "Cloud Code Private API has not been used in project zinc-cell-6bkmb before or it is disabled.",
        "You lack a Gemini Code Assist license. (#3501)",
        "The caller does not have permission",
        "",
    ],
)
def test_words_alone_mark_no_account(message: str) -> None:
    """faults.md F019 and rule 10."""
    error = fault(403, message, "PERMISSION_DENIED")

    assert isinstance(error, AccountRefused)
    assert error.verdict.mark is None
    assert error.verdict.cool is Cool.LANE


def test_an_unknown_403_tries_one_other_account() -> None:
    """faults.md F019."""
    verdict = fault(403, "The caller does not have permission", "PERMISSION_DENIED").verdict

    assert (verdict.switches, verdict.cool_s) == (1, 60.0)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_page_about_automated_queries_stops_everything(status: int) -> None:
    """faults.md F032."""
    page = b"<html><head><title>Sorry...</title></head><body>automated queries</body></html>"

    error = read_fault(status, {}, page, NOW)

    assert isinstance(error, LocationRefused)
    assert (error.verdict.switches, error.verdict.tries_here, error.retry_after_s) == (0, 0, 300.0)


def test_no_caller_reads_what_the_upstream_says_about_accounts() -> None:
    """faults.md rule 19: only the operator does, cleaned."""
    message = "Cloud Code API has not been used in project zinc-cell-6bkmb before; ask anna@example.com."

    error = fault(403, message, "PERMISSION_DENIED", info("SERVICE_DISABLED"))

    assert error.message == "The upstream refuses an account."
    assert error.detail == "Cloud Code API has not been used in project [project] before; ask [e-mail]."
