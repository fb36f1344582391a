import pytest

from app.pool.model import AccountState, CoolingStatus, Window
from app.pool.status import status_of
from tests.support.pool import an_account

RESTS = CoolingStatus("gemini", 1_800_000_100.0, "quota")


@pytest.mark.parametrize(
    ("values", "in_flight", "cooling", "words"),
    [
        ({}, 0, (), "ready"),
        ({}, 2, (), "lent 2 times"),
        ({}, 0, (RESTS,), "resting for gemini (quota)"),
        ({"enabled": False}, 1, (RESTS,), "disabled by the operator"),
        ({"state": AccountState.SUSPENDED}, 0, (), "suspended by the upstream"),
        ({"state": AccountState.NEEDS_SIGN_IN}, 0, (), "has to sign in again"),
    ],
)
def test_the_state_is_put_into_words(
    values: dict[str, object], in_flight: int, cooling: tuple[CoolingStatus, ...], words: str
) -> None:
    assert status_of(an_account("anna", **values), in_flight, cooling, ()).words == words


def test_a_status_shows_what_is_known_and_no_token() -> None:
    window = Window("gemini", "gemini-5h", 0.4, 1_800_000_000.0)
    account = an_account("anna", tier="g1-pro-tier", state_reason="why", state_link="https://example.com")

    status = status_of(account, 1, (RESTS,), (window,))

    assert (status.email, status.project, status.tier) == ("anna@example.com", "project-anna", "g1-pro-tier")
    assert (status.reason, status.link, status.in_flight) == ("why", "https://example.com", 1)
    assert (status.cooling, status.windows) == ((RESTS,), (window,))
    assert account.refresh_token not in repr(status)
