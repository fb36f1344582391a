"""Who was passed over when an account was chosen."""

from app.ids import AccountId
from app.pool.model import AccountState, Outcome
from app.pool.passed import MOST_PASSED, PassedOver
from app.verdicts import Cool
from tests.support.pool import GROUP, MODEL, PoolWorld, a_want, an_account

READY = AccountId("ready")


async def test_every_account_that_could_not_be_taken_is_told_with_its_reason() -> None:
    """admin-ui.md 2.3, Request detail: not considered, and why."""
    accounts = [
        an_account("ready"),
        an_account("idle"),
        an_account("gone", state=AccountState.SUSPENDED, state_reason="terms"),
        an_account("off", enabled=False),
        an_account("other", models=frozenset({"opus"})),
        an_account("slow"),
        an_account("empty"),
    ]
    async with PoolWorld(*accounts) as world:
        for name, why, cool in (("slow", "rate_limited", Cool.MODEL), ("empty", "quota", Cool.LANE)):
            async with world.pool.lease(a_want(only=AccountId(name))) as lease:
                lease.report(Outcome(word="failed", why=why, cool=cool, cool_s=90.0))
        passed = world.pool.passed_over(READY, GROUP, MODEL)

    known = {one.account: one for one in passed}
    assert known[AccountId("gone")] == PassedOver(AccountId("gone"), "suspended", "terms")
    assert known[AccountId("off")] == PassedOver(AccountId("off"), "disabled")
    assert known[AccountId("other")] == PassedOver(AccountId("other"), "no_model")
    slow, empty = known[AccountId("slow")], known[AccountId("empty")]
    assert (slow.state, slow.why, empty.state, empty.why) == ("cooling", "rate_limited", "exhausted", "quota")
    assert slow.until is not None
    assert set(known) == {"gone", "off", "other", "slow", "empty"}


async def test_of_many_only_so_many_are_told() -> None:
    crowd = [an_account(f"off-{n}", enabled=False) for n in range(MOST_PASSED + 20)]
    async with PoolWorld(*crowd, an_account("ready")) as world:
        assert len(world.pool.passed_over(READY, GROUP, MODEL)) == MOST_PASSED


async def test_a_stand_in_that_is_no_account_passes_nobody_over() -> None:
    async with PoolWorld(an_account("off", enabled=False)) as world:
        assert world.pool.passed_over(AccountId("stand-in"), GROUP, MODEL) == ()
