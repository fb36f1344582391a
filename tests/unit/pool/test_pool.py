import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from app.errors import (
    AccountRefused,
    CredentialRejected,
    LocationRefused,
    NoAccount,
    NotFound,
    OAuthClientRejected,
    PoolBusy,
    PoolExhausted,
    QuotaExhausted,
    UpstreamBroken,
)
from app.ids import AccountId
from app.pool.lease import Lease
from app.pool.model import Account, AccountState, Want
from app.upstreams.base import Credential, Discovery, Window
from app.verdicts import Cool, Mark, Verdict
from tests.support.pool import PoolWorld, a_discovery, a_want, an_account, settled, some_limits

ANNA, BEN = AccountId("anna"), AccountId("ben")
DEAD = CredentialRejected("dead", kind="invalid_grant", verdict=Verdict(mark=Mark.NEEDS_SIGN_IN))
VERIFY = AccountRefused(
    "refused",
    verdict=Verdict(
        cool=Cool.LANE, cool_s=600.0, mark=Mark.NEEDS_VERIFICATION, link="https://accounts.google.com/x"
    ),
    detail="Verify your account.",
)


def a_pool(*names: str, **values: Any) -> PoolWorld:
    return PoolWorld(*(an_account(name) for name in names), **values)


def a_patient_want(world: PoolWorld, patience: float = 30.0, **values: Any) -> Want:
    return a_want(deadline=world.clock.monotonic() + patience, **values)


async def served_by(world: PoolWorld, **values: Any) -> str:
    async with world.pool.lease(a_patient_want(world, **values)) as lease:
        return lease.account.id


async def fail(world: PoolWorld, error: BaseException, **values: Any) -> None:
    with pytest.raises(type(error)):
        async with world.pool.lease(a_patient_want(world, **values)):
            raise error


async def test_a_lease_has_an_account_and_its_credential() -> None:
    async with a_pool("anna") as world, world.pool.lease(a_want()) as lease:
        assert lease.account.id == "anna"
        assert lease.credential == Credential(ANNA, "access-1", "project-anna")
        assert world.pool.snapshot()[0].in_flight == 1


async def test_without_accounts_there_is_nothing_to_wait_for() -> None:
    """faults.md 2: POOL, Retry-After 60."""
    async with a_pool() as world:
        with pytest.raises(NoAccount) as caught:
            await served_by(world)

        assert caught.value.retry_after_s == 60.0


async def test_a_pool_that_rests_for_long_says_when_it_is_back() -> None:
    """architecture.md 9.3."""
    async with a_pool("anna") as world:
        await fail(world, QuotaExhausted("used up", verdict=Verdict(cool=Cool.LANE, cool_s=900.0)))

        with pytest.raises(PoolExhausted) as caught:
            await served_by(world)

        assert caught.value.retry_after_s == 900.0


async def test_the_hint_is_the_reset_although_a_probe_may_leave_earlier() -> None:
    """upstream.md 7.10: 429 with the earliest reset of all accounts."""
    async with a_pool("anna") as world:
        await fail(world, QuotaExhausted("used up", verdict=Verdict(cool=Cool.LANE, cool_s=300_000.0)))

        with pytest.raises(PoolExhausted) as caught:
            await served_by(world)

        assert caught.value.retry_after_s == 300_000.0


async def test_a_pool_that_is_lent_out_is_busy_after_the_wait() -> None:
    """faults.md F088."""
    async with a_pool("anna") as world, world.pool.lease(a_want()):
        waiting = asyncio.create_task(served_by(world))
        await settled()
        await world.pass_time(30.0)

        with pytest.raises(PoolBusy) as caught:
            await waiting

        assert caught.value.retry_after_s == 2.0


async def test_a_full_line_is_busy_at_once() -> None:
    async with a_pool("anna", line=0) as world, world.pool.lease(a_want()):
        with pytest.raises(PoolBusy):
            await served_by(world)


async def test_accounts_that_were_all_tried_are_exhausted_for_this_request() -> None:
    async with a_pool("anna") as world:
        with pytest.raises(PoolExhausted):
            await served_by(world, avoid=frozenset({ANNA}))


async def test_a_dead_sign_in_is_marked_and_hidden_behind_another_account() -> None:
    """faults.md F064."""
    async with a_pool("anna", "ben") as world:
        world.refresher.say = [DEAD]

        assert await served_by(world) == "ben"

        await settled()
        assert world.book.rows[ANNA].state is AccountState.NEEDS_SIGN_IN
        assert ("marked", "anna") in [(change.kind, change.account) for change in world.changes]
        assert world.pool.snapshot()[0].words == "has to sign in again"


async def test_trouble_with_the_token_endpoint_changes_no_state() -> None:
    """faults.md F063."""
    async with a_pool("anna") as world:
        world.refresher.say = [UpstreamBroken("down", kind="token_endpoint")]
        with pytest.raises(NoAccount):
            await served_by(world)
        assert world.book.rows[ANNA].state is AccountState.READY

        waiting = asyncio.create_task(served_by(world))
        await settled()
        await world.pass_time(1.0)

        assert await waiting == "anna"


async def test_a_wrong_client_is_told_as_it_is_and_marks_nobody() -> None:
    """faults.md F065."""
    async with a_pool("anna", "ben") as world:
        world.refresher.say = [OAuthClientRejected("wrong")]
        with pytest.raises(OAuthClientRejected):
            await served_by(world)

        assert {account.state for account in world.book.rows.values()} == {AccountState.READY}
        assert world.ledger.in_flight(ANNA) == 0


async def test_each_who_hears_of_a_wrong_client_hears_it_in_an_error_of_its_own() -> None:
    """One instance raised for many requests would gather the frames of all of them."""
    async with a_pool("anna") as world:
        world.refresher.say = [OAuthClientRejected("wrong")]
        errors = []
        for _ in range(3):
            with pytest.raises(OAuthClientRejected) as caught:
                await served_by(world, patience=0.0)
            errors.append(caught.value)

        assert {error.message for error in errors} == {"wrong"}
        assert len(set(map(id, errors))) == 3


async def test_an_account_of_another_client_is_hidden_behind_the_others() -> None:
    async with a_pool("anna", "ben") as world:
        foreign = OAuthClientRejected("another", kind="unauthorized_client")
        world.refresher.say = [foreign]
        assert await served_by(world) == "ben"
        await world.pass_time(1.0)
        world.refresher.say = [foreign]

        with pytest.raises(OAuthClientRejected):
            await served_by(world, only=ANNA)


async def test_a_caller_who_leaves_during_a_renewal_leaves_nothing_behind() -> None:
    """faults.md F068, F081."""
    async with a_pool("anna") as world:
        world.refresher.hold = asyncio.Event()
        leaver = asyncio.create_task(served_by(world))
        await settled()
        leaver.cancel()
        await settled()
        assert world.ledger.in_flight(ANNA) == 0

        world.refresher.hold.set()

        assert await served_by(world) == "anna"
        assert len(world.refresher.asked) == 1


async def test_a_second_401_takes_the_account_out() -> None:
    """faults.md F015."""
    async with a_pool("anna") as world:
        with pytest.raises(CredentialRejected):
            async with world.pool.lease(a_want()) as lease:
                await lease.renew_credential()
                assert lease.credential.access_token == "access-2"
                raise CredentialRejected("401")
        await settled()

        assert world.book.rows[ANNA].state is AccountState.NEEDS_SIGN_IN


async def test_one_to_verify_is_probed_now_and_then_and_is_ready_after_a_good_probe() -> None:
    """faults.md F016."""
    async with a_pool("anna") as world:
        await fail(world, VERIFY)
        await settled()
        status = world.pool.snapshot()[0]
        assert (status.state, status.reason, status.link) == (
            AccountState.NEEDS_VERIFICATION,
            "Verify your account.",
            "https://accounts.google.com/x",
        )
        with pytest.raises(NoAccount):
            await served_by(world)

        await world.pass_time(600.0)
        assert await served_by(world) == "anna"
        await settled()

        assert world.book.rows[ANNA].state is AccountState.READY
        assert await served_by(world) == "anna"


async def test_an_account_that_was_disabled_while_lent_is_not_enabled_by_its_end() -> None:
    """faults.md F072."""
    async with a_pool("anna", "ben") as world:
        with pytest.raises(AccountRefused):
            async with world.pool.lease(a_want(only=ANNA)):
                await world.pool.set_enabled(ANNA, enabled=False)
                raise VERIFY
        await settled()

        assert world.ledger.find(ANNA) == world.book.rows[ANNA]
        assert not world.book.rows[ANNA].enabled


async def test_an_account_that_was_removed_while_lent_stays_removed() -> None:
    """faults.md F072."""
    async with a_pool("anna", "ben") as world:
        with pytest.raises(AccountRefused):
            async with world.pool.lease(a_want(only=ANNA)):
                await world.pool.remove(ANNA)
                raise VERIFY

        assert [status.id for status in world.pool.snapshot()] == ["ben"]


async def test_a_late_word_about_an_account_that_has_left_is_no_alarm() -> None:
    """faults.md F018, F072: nobody could ever end it by serving."""
    async with a_pool("anna", "ben") as world:
        with pytest.raises(LocationRefused):
            async with world.pool.lease(a_want(only=ANNA)):
                await world.pool.remove(ANNA)
                raise LocationRefused("not served from here")

        assert world.pool.alarms() == {}


async def test_an_account_that_is_switched_off_raises_no_alarm_any_more() -> None:
    """faults.md F018."""
    async with a_pool("anna", "ben") as world:
        await fail(world, LocationRefused("not served from here"), only=ANNA)
        assert set(world.pool.alarms()) == {"location"}

        await world.pool.set_enabled(ANNA, enabled=False)

        assert world.pool.alarms() == {}


async def test_what_is_noted_of_an_account_while_it_is_removed_does_not_bring_it_back() -> None:
    """faults.md F072."""
    async with a_pool("anna", "ben") as world:
        kept = world.book.set_own

        async def removed_meanwhile(account: AccountId, **own: Any) -> Account | None:
            stored = await kept(account, **own)
            await world.pool.remove(account)
            return stored

        world.book.set_own = removed_meanwhile  # type: ignore[method-assign]
        await world.pool.describe(ANNA, note="mine", concurrent=None)

        assert [status.id for status in world.pool.snapshot()] == ["ben"]


async def test_an_account_that_was_verified_serves_as_soon_as_the_operator_says_so() -> None:
    """faults.md F016: or until an admin clears it."""
    async with a_pool("anna") as world:
        await fail(world, VERIFY)
        await settled()

        await world.pool.set_enabled(ANNA, enabled=True)

        assert await served_by(world) == "anna"


async def test_an_account_that_was_just_marked_is_not_lent_to_the_next_in_line() -> None:
    async with a_pool("anna", per_account=1) as world:
        with pytest.raises(AccountRefused):
            async with world.pool.lease(a_want()):
                waiting = asyncio.create_task(served_by(world))
                await settled()
                raise VERIFY
        with pytest.raises(NoAccount):
            await waiting


async def test_enabling_clears_what_somebody_has_mended() -> None:
    async with a_pool("anna") as world:
        world.refresher.say = [DEAD]
        with pytest.raises(NoAccount):
            await served_by(world)
        await settled()

        account = await world.pool.set_enabled(ANNA, enabled=True)

        assert account.state is AccountState.READY
        assert await served_by(world) == "anna"


async def test_loading_again_takes_over_what_changed_elsewhere() -> None:
    async with a_pool("anna", "ben") as world:
        world.changes.clear()
        world.book.rows[ANNA] = replace(world.book.rows[ANNA], enabled=False)
        del world.book.rows[BEN]
        world.book.rows[AccountId("carla")] = an_account("carla")

        await world.pool.load()

        assert await served_by(world) == "carla"
        assert {(change.kind, change.account) for change in world.changes} == {
            ("removed", "ben"),
            ("changed", "anna"),
            ("added", "carla"),
        }
        world.changes.clear()
        await world.pool.load()
        assert world.changes == []


async def test_a_load_that_began_before_a_change_does_not_undo_it() -> None:
    async with a_pool("anna", "ben") as world:
        told = await world.book.all()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def slow_all() -> Any:
            return await answer

        world.book.all = slow_all  # type: ignore[method-assign]  # a store that takes its time
        loading = asyncio.create_task(world.pool.load())
        await settled()
        await fail(world, VERIFY, only=ANNA)
        await world.pool.remove(BEN)
        answer.set_result(told)
        await loading

        assert [(status.id, status.state) for status in world.pool.snapshot()] == [
            ("anna", AccountState.NEEDS_VERIFICATION)
        ]


async def test_an_added_account_is_lent_at_once() -> None:
    async with a_pool() as world:
        await world.pool.add(email="anna@example.com", refresh_token="refresh-anna", project="project-anna")

        assert await served_by(world) == "anna"


async def test_unknown_accounts_are_not_found() -> None:
    async with a_pool() as world:
        for act in (
            world.pool.remove(ANNA),
            world.pool.set_enabled(ANNA, enabled=True),
            world.pool.refresh(ANNA),
        ):
            with pytest.raises(NotFound):
                await act


class Upstream:
    """Says what an account is, when it may."""

    def __init__(self) -> None:
        self.hold = asyncio.Event()
        self.hold.set()
        self.says: list[Discovery | AccountRefused | UpstreamBroken] = []
        self.asked = 0

    async def discover(self, credential: Credential) -> Discovery:
        self.asked += 1
        await self.hold.wait()
        said = self.says.pop(0) if self.says else a_discovery()
        if not isinstance(said, Discovery):
            raise said
        return said


def a_projectless_pool(upstream: Upstream) -> PoolWorld:
    return PoolWorld(an_account("anna", project=None), discover=upstream.discover)


async def test_an_account_without_a_project_is_waited_for_while_it_is_set_up() -> None:
    """faults.md F073."""
    upstream = Upstream()
    upstream.hold.clear()
    async with a_projectless_pool(upstream) as world:
        waiting = asyncio.create_task(served_by(world))
        await settled()
        assert world.pool.snapshot()[0].state is AccountState.ONBOARDING
        await world.pool.load()

        upstream.hold.set()

        assert await waiting == "anna"
        assert world.book.rows[ANNA].project == "project-found"
        assert upstream.asked == 1


async def test_a_set_up_that_fails_is_tried_again_later() -> None:
    upstream = Upstream()
    upstream.says = [UpstreamBroken("down")]
    async with a_projectless_pool(upstream) as world:
        await settled()
        waiting = asyncio.create_task(served_by(world, patience=60.0))
        await settled()
        await world.pass_time(30.0)

        assert await waiting == "anna"
        assert upstream.asked == 2


async def test_a_set_up_that_is_refused_marks_the_account() -> None:
    upstream = Upstream()
    upstream.says = [AccountRefused("none", verdict=Verdict(mark=Mark.PROJECT_ERROR), detail="no plan")]
    async with a_projectless_pool(upstream) as world:
        await settled()

        assert (world.book.rows[ANNA].state, world.book.rows[ANNA].state_reason) == (
            "project_error",
            "no plan",
        )
        with pytest.raises(NoAccount):
            await served_by(world)


async def test_an_account_that_is_disabled_while_it_is_set_up_stays_disabled() -> None:
    upstream = Upstream()
    upstream.hold.clear()
    upstream.says = [UpstreamBroken("down")]
    async with a_projectless_pool(upstream) as world:
        await settled()
        await world.pool.set_enabled(ANNA, enabled=False)
        upstream.hold.set()
        await settled()

        assert world.pool.snapshot()[0].words == "disabled by the operator"


@pytest.mark.parametrize("said", [a_discovery(), UpstreamBroken("down")])
async def test_an_account_that_is_removed_while_it_is_set_up_stays_removed(
    said: Discovery | UpstreamBroken,
) -> None:
    """faults.md F072."""
    upstream = Upstream()
    upstream.hold.clear()
    upstream.says = [said]
    async with a_projectless_pool(upstream) as world:
        await settled()
        await world.pool.remove(ANNA)
        upstream.hold.set()
        await settled()

        assert world.pool.snapshot() == ()


async def test_an_account_that_is_removed_while_it_is_renewed_stays_removed() -> None:
    """faults.md F072."""
    upstream = Upstream()
    upstream.hold.clear()
    signed_out = an_account("anna", state=AccountState.NEEDS_SIGN_IN)
    async with PoolWorld(signed_out, discover=upstream.discover) as world:
        renewing = asyncio.create_task(world.pool.renew(ANNA))
        await settled()
        await world.pool.remove(ANNA)
        upstream.hold.set()
        await asyncio.wait([renewing])

        assert world.pool.snapshot() == ()


async def test_a_refused_project_is_found_anew_within_the_lease() -> None:
    """faults.md F017: rediscovered once."""
    upstream = Upstream()
    async with PoolWorld(an_account("anna"), discover=upstream.discover) as world:
        async with world.pool.lease(a_want()) as lease:
            assert lease.credential.project == "project-anna"
            await lease.rediscover()

            assert lease.credential.project == "project-found"
        assert world.pool.snapshot()[0].project == "project-found"


async def test_a_refresh_stores_what_is_found_and_shows_the_windows() -> None:
    upstream = Upstream()
    window = Window("gemini", "gemini-5h", 0.3, 1_800_000_000.0)
    upstream.says = [a_discovery(windows=(window,), models=("gemini-3-flash",))]
    async with PoolWorld(an_account("anna"), discover=upstream.discover) as world:
        account = await world.pool.refresh(ANNA)

        assert account.models == frozenset({"gemini-3-flash"})
        assert world.pool.snapshot()[0].windows == (replace(window, read_at=world.clock.now()),)
        assert world.changes[-1].kind == "refreshed"
        with pytest.raises(NoAccount):
            await served_by(world, model="gemini-3-pro")


async def test_higher_caps_serve_those_in_line_at_once() -> None:
    """amendments.md 1: the caps are knobs."""
    async with a_pool("anna") as world, world.pool.lease(a_want()):
        waiting = asyncio.create_task(served_by(world))
        await settled()
        assert list(world.pool.waiting().values()) == [1]

        world.pool.limit(some_limits(per_account=2))

        assert await waiting == "anna"


async def test_lower_caps_let_what_runs_run_on() -> None:
    async with a_pool("anna", per_account=2) as world:
        async with world.pool.lease(a_want()), world.pool.lease(a_want()):
            world.pool.limit(some_limits(per_account=1, line=0))
            assert world.pool.snapshot()[0].in_flight == 2
            with pytest.raises(PoolBusy):
                await served_by(world)

        assert await served_by(world) == "anna"


async def test_what_rests_and_what_was_told_outlive_a_restart() -> None:
    """architecture.md 12."""
    async with a_pool("anna", "ben") as before:
        window = Window("gemini", "gemini-5h", 0.3, 1_800_000_000.0)
        before.ledger.tell(ANNA, (window,))
        error = QuotaExhausted("used up", kind="quota", verdict=Verdict(cool=Cool.LANE, cool_s=900.0))
        await fail(before, error, only=ANNA)
        memo = before.pool.memo()

    async with a_pool("anna") as after:
        after.clock.advance(60.0)
        after.pool.recall(memo)

        with pytest.raises(PoolExhausted) as caught:
            await served_by(after)
        assert caught.value.retry_after_s == 840.0
        assert after.pool.snapshot()[0].windows == (window,)


async def test_two_hundred_callers_on_three_accounts_are_all_served() -> None:
    """faults.md F088."""
    async with a_pool("anna", "ben", "carla") as world:
        most = 0

        async def call() -> None:
            nonlocal most
            async with world.pool.lease(a_want()) as lease:
                most = max(most, sum(status.in_flight for status in world.pool.snapshot()))
                assert isinstance(lease, Lease)
                await asyncio.sleep(0)

        await asyncio.gather(*(call() for _ in range(200)))

        assert most == 3
        assert {status.in_flight for status in world.pool.snapshot()} == {0}
        assert len(world.refresher.asked) == 3


async def test_an_operators_words_are_kept_and_change_nothing_else() -> None:
    """admin-ui.md 2.3, account detail: a note and a cap; what the account has come into stays."""
    async with a_pool("anna") as world:
        anna = AccountId("anna")
        world.ledger.put(an_account("anna", state=AccountState.SUSPENDED))

        told = await world.pool.describe(anna, note="Anna's own", concurrent=4)

        assert (told.note, told.concurrent, told.state) == ("Anna's own", 4, AccountState.SUSPENDED)
        assert (world.book.rows[anna].note, world.book.rows[anna].concurrent) == ("Anna's own", 4)
        status = world.pool.status(anna)
        assert status is not None
        assert (status.note, status.concurrent, status.shown.value) == ("Anna's own", 4, "suspended")
        assert world.pool.status(AccountId("nobody")) is None
        with pytest.raises(NotFound):
            await world.pool.describe(AccountId("nobody"), note="", concurrent=None)
