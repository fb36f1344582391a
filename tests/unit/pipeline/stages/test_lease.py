"""Attempts over accounts. Source: upstream.md 7.10, faults.md 3 and 6 B."""

from typing import Any

import pytest

from app.errors import (
    AccountRefused,
    BadRequest,
    CredentialRejected,
    EmptyAnswer,
    GatewayError,
    ModelMissing,
    NoAccount,
    OAuthClientRejected,
    PoolExhausted,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    UnknownModel,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnreachable,
)
from app.flow import Attempt, Flow
from app.hooks.table import HookTable
from app.pipeline.breaker import Breakers
from app.pipeline.budget import RetryBudget
from app.pipeline.stages.lease import Borrow
from app.pipeline.tries import TryLimits
from app.upstreams.transport.failures import unreachable
from app.verdicts import Cool, Mark, Repair, Verdict
from tests.support.clock import HastyClock
from tests.support.flows import a_flow
from tests.support.pool import PoolWorld, a_discovery, an_account


class World:
    """A pool, the stage on it, and what each attempt was to come to."""

    def __init__(self, pool: PoolWorld, *script: Exception | None, hooks: HookTable | None = None) -> None:
        self.pool = pool
        self.clock = HastyClock()
        self.script = list(script)
        self.flow = a_flow()
        self.tokens: list[str] = []
        self.budget = RetryBudget()
        self.breakers = Breakers(self.clock)
        self._stage = Borrow(
            pool.pool,
            self.clock,
            TryLimits(),
            5.0,
            hooks or HookTable(),
            lambda: "agent-1",
            budget=self.budget,
            breakers=self.breakers,
            jitter=lambda: 0.0,
        )

    async def run(self) -> Flow:
        """Run the stage; afterwards nothing is lent any more."""
        try:
            await self._stage(self.flow, self._proceed)
        finally:
            assert all(status.in_flight == 0 for status in self.pool.pool.snapshot())
        return self.flow

    @property
    def accounts(self) -> list[str]:
        """Who was asked, in order."""
        return [attempt.lease.account.id for attempt in self.flow.attempts]

    async def _proceed(self, flow: Flow) -> None:
        self.tokens.append(flow.attempts[-1].lease.credential.access_token)
        error = self.script.pop(0)
        if error is not None:
            raise error


def cooled(seconds: float) -> Verdict:
    return Verdict(switches=9, cool=Cool.LANE, cool_s=seconds)


def two_accounts(**options: Any) -> PoolWorld:
    return PoolWorld(an_account("anna"), an_account("ben"), per_account=0, **options)


async def test_one_attempt_is_enough_when_it_goes_well() -> None:
    async with two_accounts() as pool:
        world = World(pool, None)
        flow = await world.run()

    (attempt,) = flow.attempts
    assert (attempt.number, attempt.error, attempt.call.request_id) == (1, None, "agent-1")
    assert attempt.call.encoded is flow.encoded
    assert attempt.ended >= attempt.started
    assert flow.marks.leased == 1000.0


async def test_a_broken_answer_is_tried_again_here_then_elsewhere() -> None:
    async with two_accounts() as pool:
        world = World(pool, UpstreamBroken("500"), UpstreamBroken("500"), None)
        flow = await world.run()

    first, second, third = world.accounts
    assert first == second != third
    assert [attempt.wait_s for attempt in flow.attempts] == [0.5, 0.0, 0.0]
    assert world.clock.slept == [0.5]
    assert [attempt.error is None for attempt in flow.attempts] == [False, False, True]


async def test_an_account_that_is_refused_is_left_at_once() -> None:
    async with two_accounts() as pool:
        world = World(pool, AccountRefused("403"), None)
        await world.run()

    assert len(set(world.accounts)) == 2
    assert world.clock.slept == []


async def test_a_rejected_token_is_renewed_once_before_the_same_account_is_tried_again() -> None:
    async with two_accounts() as pool:
        world = World(pool, CredentialRejected("401"), None)
        await world.run()

    assert world.accounts[0] == world.accounts[1]
    assert world.tokens == ["access-1", "access-2"]


async def test_a_refused_project_is_looked_up_anew() -> None:
    async def discover(credential: object) -> object:
        return a_discovery(project="project-new")

    wrong_project = AccountRefused("403", verdict=Verdict(tries_here=1, repair=Repair.REDISCOVER, switches=1))
    async with two_accounts(discover=discover) as pool:
        world = World(pool, wrong_project, None)
        await world.run()

    assert [attempt.lease.credential.project for attempt in world.flow.attempts] == ["project-new"] * 2
    assert world.accounts[0] == world.accounts[1]


async def test_a_request_that_is_refused_is_refused_once() -> None:
    async with two_accounts() as pool:
        world = World(pool, UpstreamRefused("400"))
        with pytest.raises(UpstreamRefused):
            await world.run()

    assert len(world.accounts) == 1


async def test_after_content_nothing_is_tried_again() -> None:
    async with two_accounts() as pool:
        world = World(pool, StreamCut("It broke."))
        world.flow.outbox.put(b"something")
        with pytest.raises(StreamCut):
            await world.run()

    assert len(world.accounts) == 1


async def test_headers_that_have_left_do_not_keep_another_attempt_from_answering() -> None:
    """anthropic.md 13: only content commits to an account."""
    async with two_accounts() as pool:
        world = World(pool, UpstreamBroken("500"), None)
        world.flow.outbox.status_committed = True
        await world.run()

    assert len(world.accounts) == 2


async def test_unclear_failures_share_one_budget() -> None:
    async with two_accounts() as pool:
        world = World(pool, UpstreamBusy("full"), UpstreamBroken("500"), StreamCut("cut"))
        with pytest.raises(StreamCut):
            await world.run()

    assert len(world.accounts) == 3


async def test_an_empty_answer_is_asked_for_again_on_the_same_account() -> None:
    async with two_accounts() as pool:
        world = World(pool, EmptyAnswer("nothing"), EmptyAnswer("nothing"), None)
        await world.run()

    assert len(set(world.accounts)) == 1
    assert world.clock.slept == [0.5, 1.0]


async def test_an_error_of_the_gateway_itself_passes_through() -> None:
    async with two_accounts() as pool:
        world = World(pool, BadRequest("no"))
        with pytest.raises(BadRequest):
            await world.run()

    assert world.flow.attempts[0].error is None


async def test_without_accounts_the_caller_hears_so() -> None:
    async with PoolWorld() as pool:
        world = World(pool)
        with pytest.raises(NoAccount):
            await world.run()

    assert world.accounts == []


@pytest.mark.parametrize(("error", "heard"), [(QuotaExhausted, PoolExhausted), (RateLimited, PoolExhausted)])
async def test_when_all_accounts_are_used_up_the_caller_hears_until_when(
    error: type[QuotaExhausted | RateLimited], heard: type[GatewayError]
) -> None:
    async with two_accounts() as pool:
        world = World(pool, *(error("used up", verdict=cooled(s), retry_after_s=s) for s in (300.0, 120.0)))
        with pytest.raises(heard) as caught:
            await world.run()

    assert len(set(world.accounts)) == 2
    assert caught.value.retry_after_s == 120


async def test_when_every_account_is_refused_none_is_left_and_the_caller_is_not_to_blame() -> None:
    """faults.md 2, POOL: never a 401 or 403."""
    lasting = Verdict(switches=9, mark=Mark.SUSPENDED)
    async with two_accounts() as pool:
        world = World(pool, AccountRefused("one", verdict=lasting), AccountRefused("two", verdict=lasting))
        with pytest.raises(NoAccount) as caught:
            await world.run()

    assert caught.value.retry_after_s == 60.0


async def test_a_refused_account_does_not_hide_that_another_one_will_be_back() -> None:
    """upstream.md 7.10: 429 with the earliest reset of all accounts."""
    async with two_accounts() as pool:
        gone = AccountRefused("gone", verdict=Verdict(switches=9, mark=Mark.SUSPENDED))
        world = World(pool, QuotaExhausted("used up", verdict=cooled(300.0)), gone)
        with pytest.raises(PoolExhausted) as caught:
            await world.run()

    assert caught.value.retry_after_s == 300.0


async def test_a_limit_without_a_wait_still_says_when_to_come_back() -> None:
    """complaints.md 35."""
    async with PoolWorld(*map(an_account, "abcd"), per_account=0) as pool:
        world = World(pool, *(RateLimited("slow down") for _ in range(3)))
        with pytest.raises(RateLimited) as caught:
            await world.run()

    assert len(set(world.accounts)) == 3
    assert caught.value.retry_after_s == 5.0


async def test_unclear_failures_are_not_tried_again_while_too_many_others_are() -> None:
    """faults.md 3: retries are at most a share of the running requests."""
    async with two_accounts() as pool:
        world = World(pool, UpstreamBroken("500"))
        others = [world.budget.request(lambda: False) for _ in range(3)]
        for other in others:
            other.__enter__()
            assert other.take()
        with pytest.raises(UpstreamBroken):
            await world.run()

    assert len(world.accounts) == 1


async def test_refusals_of_accounts_are_no_part_of_the_retry_budget() -> None:
    async with two_accounts() as pool:
        world = World(pool, AccountRefused("403"), None)
        others = [world.budget.request(lambda: False) for _ in range(3)]
        for other in others:
            other.__enter__()
            assert other.take()
        await world.run()

    assert len(world.accounts) == 2


async def test_while_the_way_out_fails_no_account_is_asked() -> None:
    """faults.md 1 rule 9, F001."""
    async with two_accounts() as pool:
        failures = [unreachable("dns") for _ in range(5)]
        world = World(pool, *failures, None)
        for _ in range(3):
            with pytest.raises(UpstreamUnreachable):
                await world.run()
        before = len(world.accounts)
        with pytest.raises(UpstreamUnreachable) as caught:
            await world.run()
        world.clock.advance(31.0)
        await world.run()

    assert before == 5
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 30
    assert len(world.accounts) == 6


async def test_a_model_that_is_missing_everywhere_is_the_one_that_was_asked_for() -> None:
    """openai.md 4.1."""
    async with two_accounts() as pool:
        world = World(pool, ModelMissing("404"), ModelMissing("404"))
        with pytest.raises(UnknownModel) as caught:
            await world.run()

    assert caught.value.model == "gemini-3-flash"


async def test_a_missing_oauth_client_is_told_although_no_attempt_was_made() -> None:
    """faults.md D: one alarm for the whole gateway, not a bug."""
    async with two_accounts() as pool:
        pool.refresher.say = [OAuthClientRejected("The OAuth client is not set.")]
        world = World(pool)
        with pytest.raises(OAuthClientRejected):
            await world.run()

    assert world.accounts == []


async def test_hooks_see_each_attempt_before_it_is_made_and_may_refuse() -> None:
    seen: list[int] = []

    async def looking(flow: Flow, attempt: Attempt) -> None:
        seen.append(attempt.number)
        if attempt.number == 2:
            raise BadRequest("Twice is once too often.")

    async with two_accounts() as pool:
        world = World(pool, AccountRefused("403"), hooks=HookTable(attempt_started=(looking,)))
        with pytest.raises(BadRequest):
            await world.run()

    assert seen == [1, 2]


async def test_a_conversation_stays_with_its_account() -> None:
    async with two_accounts() as pool:
        asked = []
        for _ in range(4):
            world = World(pool, None)
            await world.run()
            asked += world.accounts

    assert len(set(asked)) == 1
