"""Attempts over accounts until one answers.

Never tries again once content has been sent, and never decides what an error means: that is its verdict.
"""

import random
import uuid
from collections.abc import Callable
from typing import ClassVar

from app.clock import Clock
from app.errors import (
    AccountRefused,
    CredentialRejected,
    GatewayError,
    ModelMissing,
    NoAccount,
    PoolError,
    PoolExhausted,
    QuotaExhausted,
    RateLimited,
    UnknownModel,
    UpstreamError,
)
from app.flow import Attempt, Flow
from app.hooks.call import change_attempt
from app.hooks.table import HookTable
from app.pipeline.breaker import Breaker, Breakers
from app.pipeline.budget import RetryBudget
from app.pipeline.stage import Proceed
from app.pipeline.tries import Tries, TryLimits
from app.pool.lease import Lease
from app.pool.model import Want
from app.registry import Lender
from app.upstreams.base import Call
from app.verdicts import Repair

WAIT_JITTER = 0.2
NO_ACCOUNT_RETRY_S = 60.0
LIMITED_RETRY_S = 5.0
"""What a client is told to wait where the upstream named no wait: the first step of the pool's ladder."""


class Borrow:
    """Borrows an account for each attempt and gives it back whatever happens."""

    name: ClassVar[str] = "lease"

    def __init__(
        self,
        pool: Lender,
        clock: Clock,
        limits: TryLimits,
        wait_s: float,
        hooks: HookTable,
        new_request_id: Callable[[], str] = lambda: f"agent-{uuid.uuid4()}",
        *,
        budget: RetryBudget | None = None,
        breakers: Breakers | None = None,
        begun: Callable[[Flow], None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._limits = limits
        self._wait_s = wait_s
        self._hooks = hooks
        self._new_request_id = new_request_id
        self._budget = budget or RetryBudget()
        self._breakers = breakers or Breakers(clock)
        self._begun = begun
        self._jitter = jitter

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        with self._budget.request(lambda: flow.outbox.committed) as share:
            await self._attempts(flow, Tries(self._limits, self._clock.monotonic(), share.take), proceed)

    async def _attempts(self, flow: Flow, tries: Tries, proceed: Proceed) -> None:
        breaker = self._breakers.of(flow.model.upstream)
        while True:
            # Before anybody stands in line for an account that could not be reached with.
            breaker.check()
            try:
                async with self._pool.lease(self._want(flow, tries)) as lease:
                    flow.marks.leased = flow.marks.leased or self._clock.monotonic()
                    return await self._on_account(flow, lease, tries, breaker, proceed)
            except PoolError as error:
                raise _in_the_callers_words(_clearest(error, tries), flow) from error
            except UpstreamError as error:
                if flow.outbox.committed or not self._may_go_elsewhere(flow, tries, error):
                    raise _in_the_callers_words(_with_hint(error, tries), flow) from error.__cause__

    def _may_go_elsewhere(self, flow: Flow, tries: Tries, error: UpstreamError) -> bool:
        if not flow.attempts:  # the pool itself could not lend, for want of an OAuth client
            return False
        grant = flow.attempts[-1].lease.grant
        return tries.elsewhere(error, grant.account.id, self._clock.monotonic(), unsteady=grant.unsteady)

    async def _on_account(
        self, flow: Flow, lease: Lease, tries: Tries, breaker: Breaker, proceed: Proceed
    ) -> None:
        while True:
            try:
                return await self._attempt(flow, lease, breaker, proceed)
            except UpstreamError as error:
                now, unsteady = self._clock.monotonic(), lease.grant.unsteady
                wait = None if flow.outbox.committed else tries.here(error, now, unsteady=unsteady)
                if wait is None:
                    raise
                wait *= 1.0 + WAIT_JITTER * self._jitter()
                flow.attempts[-1].wait_s = wait
                await self._clock.sleep(wait)
                if error.verdict.repair is Repair.REFRESH_TOKEN:
                    await lease.renew_credential()
                elif error.verdict.repair is Repair.REDISCOVER:
                    await lease.rediscover()

    async def _attempt(self, flow: Flow, lease: Lease, breaker: Breaker, proceed: Proceed) -> None:
        with breaker.attempt() as way:
            attempt = self._begin(flow, lease)
            try:
                if self._hooks.attempt_started:
                    await change_attempt(self._hooks.attempt_started, flow, attempt)
                await proceed(flow)
                way.passed()
            except UpstreamError as error:
                attempt.error = error
                way.failed(error)
                raise
            finally:
                attempt.ended = self._clock.monotonic()

    def _begin(self, flow: Flow, lease: Lease) -> Attempt:
        call = Call(
            encoded=flow.prepared,
            profile=flow.model,
            request_id=self._new_request_id(),
            session=flow.session,
        )
        attempt = Attempt(
            number=len(flow.attempts) + 1, lease=lease, started=self._clock.monotonic(), call=call
        )
        flow.attempts.append(attempt)
        if attempt.number == 1:
            self._begun(flow)
        return attempt

    def _want(self, flow: Flow, tries: Tries) -> Want:
        deadline = min(self._clock.monotonic() + self._wait_s, tries.deadline())
        return Want(
            group=flow.model.group,
            model=flow.model.wire_id,
            affinity=flow.session,
            avoid=frozenset(tries.avoid),
            only=flow.only,
            deadline=deadline,
            trust=tries.trust,
        )


def _in_the_callers_words(error: PoolError | UpstreamError, flow: Flow) -> GatewayError:
    """The error as the caller should see it: a model that is missing is the one that was asked for."""
    return UnknownModel(flow.asked.model) if isinstance(error, ModelMissing) else error


def _clearest(error: PoolError, tries: Tries) -> PoolError | UpstreamError:
    """Of "no account is left" and the reason why the last one failed, what helps the caller more.

    The pool knows best when there will be room; a failure that is nobody's fault is told as it was.
    """
    before = tries.last_error
    if before is None or isinstance(before, CredentialRejected | AccountRefused):
        return error
    if not tries.was_limited:
        return before
    return (
        error
        if isinstance(error, NoAccount)
        else PoolExhausted(_limits_of(before), retry_after_s=error.retry_after_s)
    )


def _limits_of(before: UpstreamError) -> str:
    is_limit = isinstance(before, QuotaExhausted | RateLimited)
    return before.message if is_limit else "Every usable account is at its limit."


def _with_hint(error: UpstreamError, tries: Tries) -> UpstreamError:
    """The last error with a word on when to come back, where a client waits for one."""
    if error.retry_after_s is None:
        if isinstance(error, QuotaExhausted | RateLimited):
            error.retry_after_s = tries.soonest_s or LIMITED_RETRY_S
        elif isinstance(error, CredentialRejected | AccountRefused):
            error.retry_after_s = NO_ACCOUNT_RETRY_S
    return error
