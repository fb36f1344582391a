import asyncio

import pytest
from msgspec.structs import replace

from app.errors import QuotaExhausted
from app.ids import AccountId, LeaseId
from app.pool.lease import Lease, Leasing
from app.pool.model import Grant, Lane, Outcome
from app.pool.outcome import NEUTRAL, OK, outcome_of
from app.upstreams.base import Credential
from tests.support.pool import an_account

ACCOUNT = an_account("anna")
LANE = Lane(AccountId("anna"), "gemini", "flash")
GRANT = Grant(LeaseId("lease-1"), LANE, ACCOUNT)
CREDENTIAL = Credential(ACCOUNT.id, "access-1", "project-anna")


class Settler:
    """Writes down what a lease does."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def settle(self, grant: Grant, outcome: Outcome) -> None:
        self.said.append(outcome)

    def give_back(self, grant: Grant) -> None:
        self.said.append("given back")

    async def renew_credential(self, lease: Lease) -> Credential:
        return replace(lease.credential, access_token="access-2")

    async def rediscover(self, lease: Lease) -> Credential:
        return replace(lease.credential, project="project-other")

    def leasing(self) -> Leasing:
        async def borrow() -> Lease:
            return Lease(self, GRANT, CREDENTIAL)

        return Leasing(self, borrow)


async def test_a_lease_that_ends_well_is_reported_then_given_back() -> None:
    settler = Settler()
    async with settler.leasing() as lease:
        assert (lease.account, lease.lane, lease.credential) == (ACCOUNT, LANE, CREDENTIAL)

    assert settler.said == [OK, "given back"]


async def test_the_exception_decides_when_nobody_reports() -> None:
    """architecture.md 9.1."""
    settler, error = Settler(), QuotaExhausted("used up")
    with pytest.raises(QuotaExhausted):
        async with settler.leasing():
            raise error

    assert settler.said == [outcome_of(error), "given back"]


async def test_only_the_first_word_counts() -> None:
    settler = Settler()
    async with settler.leasing() as lease:
        lease.report(NEUTRAL)
        lease.report(OK)

    assert settler.said == [NEUTRAL, "given back"]


async def test_a_caller_who_leaves_is_no_failure_of_the_account() -> None:
    """faults.md F078, F079."""
    settler = Settler()
    entered = asyncio.Event()

    async def attempt() -> None:
        async with settler.leasing():
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(attempt())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert settler.said == [NEUTRAL, "given back"]


async def test_what_was_not_borrowed_is_not_given_back() -> None:
    settler = Settler()

    async def borrow() -> Lease:
        raise QuotaExhausted("nothing there")

    with pytest.raises(QuotaExhausted):
        async with Leasing(settler, borrow):
            raise AssertionError("never entered")

    assert settler.said == []


async def test_a_lease_is_given_back_even_if_the_report_fails() -> None:
    """faults.md 1 rule 6."""

    class Clumsy(Settler):
        def settle(self, grant: Grant, outcome: Outcome) -> None:
            raise RuntimeError("a bug")

    settler = Clumsy()
    with pytest.raises(RuntimeError):
        async with settler.leasing():
            pass

    assert settler.said == ["given back"]


async def test_credential_and_project_can_be_mended_within_a_lease() -> None:
    """faults.md F015, F017."""
    async with Settler().leasing() as lease:
        await lease.renew_credential()
        await lease.rediscover()

        assert lease.credential == Credential(ACCOUNT.id, "access-2", "project-other")
