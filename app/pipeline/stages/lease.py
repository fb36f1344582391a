"""Attempts over accounts until one answers.

Never tries again once content has been sent, and never decides what an error means: that is its verdict.
"""

import uuid
from collections.abc import Callable
from typing import ClassVar

from app.clock import Clock
from app.errors import (
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
from app.pipeline.stage import Proceed
from app.pipeline.tries import Tries, TryLimits
from app.pool.lease import Lease
from app.pool.model import Want
from app.pool.pool import Pool
from app.upstreams.base import Call
from app.verdicts import Repair


class Borrow:
    """Borrows an account for each attempt and gives it back whatever happens."""

    name: ClassVar[str] = "lease"

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        limits: TryLimits,
        wait_s: float,
        hooks: HookTable,
        new_request_id: Callable[[], str] = lambda: f"agent-{uuid.uuid4()}",
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._limits = limits
        self._wait_s = wait_s
        self._hooks = hooks
        self._new_request_id = new_request_id

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        tries = Tries(self._limits, self._clock.monotonic())
        while True:
            try:
                async with self._pool.lease(self._want(flow, tries)) as lease:
                    flow.marks.leased = flow.marks.leased or self._clock.monotonic()
                    return await self._on_account(flow, lease, tries, proceed)
            except PoolError as error:
                raise _in_the_callers_words(_clearest(error, tries), flow) from error
            except UpstreamError as error:
                if flow.outbox.committed or not self._may_go_elsewhere(flow, tries, error):
                    raise _in_the_callers_words(error, flow) from error.__cause__

    def _may_go_elsewhere(self, flow: Flow, tries: Tries, error: UpstreamError) -> bool:
        if not flow.attempts:  # the pool itself could not lend, for want of an OAuth client
            return False
        return tries.elsewhere(error, flow.attempts[-1].lease.account.id, self._clock.monotonic())

    async def _on_account(self, flow: Flow, lease: Lease, tries: Tries, proceed: Proceed) -> None:
        while True:
            try:
                return await self._attempt(flow, lease, proceed)
            except UpstreamError as error:
                wait = None if flow.outbox.committed else tries.here(error, self._clock.monotonic())
                if wait is None:
                    raise
                flow.attempts[-1].wait_s = wait
                await self._clock.sleep(wait)
                if error.verdict.repair is Repair.REFRESH_TOKEN:
                    await lease.renew_credential()
                elif error.verdict.repair is Repair.REDISCOVER:
                    await lease.rediscover()

    async def _attempt(self, flow: Flow, lease: Lease, proceed: Proceed) -> None:
        attempt = self._begin(flow, lease)
        try:
            if self._hooks.attempt_started:
                await change_attempt(self._hooks.attempt_started, flow, attempt)
            await proceed(flow)
        except UpstreamError as error:
            attempt.error = error
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
        return attempt

    def _want(self, flow: Flow, tries: Tries) -> Want:
        deadline = min(self._clock.monotonic() + self._wait_s, tries.deadline())
        return Want(
            group=flow.model.group,
            model=flow.model.wire_id,
            affinity=flow.session,
            avoid=frozenset(tries.avoid),
            deadline=deadline,
        )


def _in_the_callers_words(error: PoolError | UpstreamError, flow: Flow) -> GatewayError:
    """The error as the caller should see it: a model that is missing is the one that was asked for."""
    return UnknownModel(flow.asked.model) if isinstance(error, ModelMissing) else error


def _clearest(error: PoolError, tries: Tries) -> PoolError | UpstreamError:
    """Of "no account is left" and the reason why the last one failed, what helps the caller more."""
    before = tries.last_error
    if before is None:
        return error
    if isinstance(before, QuotaExhausted | RateLimited) and not isinstance(error, NoAccount):
        return PoolExhausted(before.message, retry_after_s=tries.soonest_s or error.retry_after_s)
    return before
