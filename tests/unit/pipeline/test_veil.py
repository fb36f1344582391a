"""What an account is known by stays inside. Source: faults.md rule 19."""

import pytest

from app.errors import UpstreamRefused
from app.ids import AccountId
from app.pipeline.veil import veil
from app.pool.model import Account
from tests.support.flows import a_flow, a_lease, an_attempt


def an_account(number: int, project: str | None) -> Account:
    return Account(
        id=AccountId(f"acc_{number}"),
        email=f"person{number}@example.com",
        refresh_token=f"1//refresh-{number}",
        project=project,
    )


def told(message: str, *accounts: Account) -> str:
    flow = a_flow()
    error = UpstreamRefused(message)
    veil(error, [an_attempt(flow, lease=a_lease(account)) for account in accounts])
    return error.message


def test_values_of_every_account_that_was_tried_are_taken_out() -> None:
    message = told(
        "person1@example.com may not use amber-river-1; ask person2@example.com (1//refresh-2).",
        an_account(1, "amber-river-1"),
        an_account(2, None),
    )

    assert message == "[account] may not use [account]; ask [account] ([account])."


@pytest.mark.parametrize("project", [None, "", "test"])
def test_an_ordinary_word_is_no_secret(project: str | None) -> None:
    assert told("This is a test.", an_account(1, project)) == "This is a test."
