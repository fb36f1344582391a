"""Jobs about accounts, on a pool in memory."""

from typing import Any

import pytest

from app.errors import CredentialRejected, OAuthClientRejected, UpstreamUnreachable
from app.ids import AccountId
from app.jobs.accounts import LOOK_AGAIN_S, ReloadAccounts, RenewTokens, SyncAccounts
from app.pool.model import AccountState
from app.pool.refreshing import Part
from app.upstreams.base import Window
from app.verdicts import Mark, Verdict
from tests.support.pool import GROUP, PoolWorld, a_discovery, an_account, settled

DEAD = CredentialRejected("The sign-in is gone.", verdict=Verdict(mark=Mark.NEEDS_SIGN_IN))


async def renewed(world: PoolWorld, times: int = 1) -> None:
    for _ in range(times):
        await RenewTokens(world.pool).run_once()
        await settled()


async def test_tokens_are_there_before_anybody_asks_and_again_ahead_of_their_end() -> None:
    """architecture.md 9.5; upstream.md 1.7."""
    async with PoolWorld(an_account("anna")) as world:
        await renewed(world, 3)
        assert world.refresher.asked == ["refresh-anna"]

        await world.pass_time(3200.0)
        await renewed(world)
        assert world.refresher.asked == ["refresh-anna"]

        await world.pass_time(150.0)
        await renewed(world)
        assert world.refresher.asked == ["refresh-anna", "refresh-anna"]


async def test_many_accounts_are_spread_over_a_minute() -> None:
    """faults.md F133."""
    accounts = [an_account(f"account-{number:03}") for number in range(100)]
    async with PoolWorld(*accounts) as world:
        await renewed(world)
        assert 1 <= len(world.refresher.asked) <= 10

        await renewed(world, 11)
        assert len(set(world.refresher.asked)) == 100


async def test_an_expired_sign_in_is_noticed_without_a_request() -> None:
    """faults.md F064."""
    async with PoolWorld(an_account("anna")) as world:
        world.refresher.say = [DEAD, DEAD]

        await renewed(world, 3)

        assert world.book.rows[AccountId("anna")].state is AccountState.NEEDS_SIGN_IN
        assert len(world.refresher.asked) == 1


async def test_trouble_on_the_way_changes_no_state_and_is_not_hurried() -> None:
    """faults.md F063."""
    async with PoolWorld(an_account("anna")) as world:
        world.refresher.say = [UpstreamUnreachable("No connection.", kind="connect")]

        await renewed(world, 3)

        assert world.book.rows[AccountId("anna")].state is AccountState.READY
        assert len(world.refresher.asked) == 1


async def test_a_wrong_client_is_one_alarm_and_no_dead_accounts() -> None:
    """faults.md F065."""
    accounts = [an_account(f"account-{number}") for number in range(20)]
    async with PoolWorld(*accounts) as world:
        world.refresher.say = [OAuthClientRejected("The OAuth client is wrong.")] * 20

        await renewed(world, 5)

        assert len(world.refresher.asked) <= 4
        assert world.pool.alarms() == {"oauth_client": "The OAuth client is wrong."}
        assert {account.state for account in world.book.rows.values()} == {AccountState.READY}

        await world.pass_time(3600.0)
        world.refresher.say.clear()
        await renewed(world)
        assert world.pool.alarms() == {}


class Asked:
    """Plays discovery; keeps who was asked about, in order."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        self.error: Exception | None = None

    async def __call__(self, credential: Any) -> Any:
        self.accounts.append(credential.account)
        if self.error is not None:
            raise self.error
        return a_discovery(windows=(Window("gemini", "gemini-5h", 0.0, None),))


async def test_accounts_are_looked_at_in_turn_and_again_after_ten_minutes() -> None:
    asked = Asked()
    accounts = [an_account(f"account-{number}") for number in range(3)]
    async with PoolWorld(*accounts, discover=asked) as world:
        job = SyncAccounts(world.pool, world.clock)
        for _ in range(5):
            await job.run_once()
        assert sorted(asked.accounts) == [account.id for account in accounts]

        await world.pass_time(LOOK_AGAIN_S)
        await job.run_once()
        assert len(asked.accounts) == 4
        assert asked.accounts[3] == asked.accounts[0]


async def test_looking_never_sets_an_account_aside() -> None:
    """faults.md F074: a listing that says 0 or fails has no effect by itself."""
    asked = Asked()
    async with PoolWorld(an_account("anna"), discover=asked) as world:
        job = SyncAccounts(world.pool, world.clock)
        await job.run_once()
        await world.pass_time(LOOK_AGAIN_S)
        asked.error = UpstreamUnreachable("No connection.", kind="connect")
        await job.run_once()

        (status,) = world.pool.snapshot()
    assert (status.state, status.cooling) == (AccountState.READY, ())
    assert len(asked.accounts) == 2


async def test_accounts_changed_elsewhere_are_taken_over_once() -> None:
    async with PoolWorld(an_account("anna")) as world:
        version = 1

        async def versioned() -> int:
            return version

        job = ReloadAccounts(world.pool, versioned)
        await job.run_once()
        loads = world.book.calls.count("all")
        world.book.rows[AccountId("ben")] = an_account("ben")
        await job.run_once()
        assert world.book.calls.count("all") == loads

        version = 2
        await job.run_once()
        assert [status.id for status in world.pool.snapshot()] == ["anna", "ben"]


async def test_asking_on_a_persons_word_draws_the_consequences() -> None:
    """A fresh token; a sign-in that works again brings its account back, a dead one sets it aside."""
    asked = Asked()
    async with PoolWorld(an_account("anna"), discover=asked) as world:
        await world.pool.renew(AccountId("anna"))
        await world.pool.renew(AccountId("anna"))
        assert len(world.refresher.asked) == 2

        world.refresher.say = [DEAD]
        with pytest.raises(CredentialRejected):
            await world.pool.renew(AccountId("anna"))
        await settled()
        assert world.pool.snapshot()[0].state is AccountState.NEEDS_SIGN_IN

        await world.pool.renew(AccountId("anna"))
        assert world.pool.snapshot()[0].state is AccountState.READY


async def test_after_a_sleep_tokens_are_renewed_before_they_are_used() -> None:
    """faults.md F136."""
    async with PoolWorld(an_account("anna")) as world:
        await renewed(world)

        world.pool.after_sleep(8 * 3600.0)
        await renewed(world)

        assert len(world.refresher.asked) == 2


async def test_of_what_was_not_asked_for_nothing_changes() -> None:
    """admin-ui.md 2.4 (1): token, quota, models."""
    window = Window(GROUP, "gemini-5h", 0.5, None, "summary", None)

    async def discover(credential: object) -> object:
        asked.append(credential)
        return a_discovery(models=("gemini-3-flash",), windows=(window,))

    asked: list[object] = []
    async with PoolWorld(an_account("anna", models=frozenset({"old"})), discover=discover) as world:
        await world.pool.renew(AccountId("anna"), frozenset({Part.TOKEN}))
        assert (len(world.refresher.asked), asked) == (1, [])

        await world.pool.renew(AccountId("anna"), frozenset({Part.QUOTA}))
        (status,) = world.pool.snapshot()
        assert (len(world.refresher.asked), len(asked)) == (1, 1)
        assert [each.left for each in status.windows] == [0.5]
        assert world.book.rows[AccountId("anna")].models == frozenset({"old"})

        await world.pool.renew(AccountId("anna"), frozenset({Part.MODELS}))
        assert world.book.rows[AccountId("anna")].models == frozenset({"gemini-3-flash"})
