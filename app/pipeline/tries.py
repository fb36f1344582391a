"""How often one request may try, and where: the bookkeeping behind the attempt loop.

Pure: errors in, decisions out. Source: upstream.md 7.10, faults.md 1 and 3.
"""

from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from app.errors import QuotaExhausted, RateLimited, UpstreamError
from app.ids import AccountId
from app.pool.model import Trust

MOST_GROWN_S = 2.0
"""Waits grow with each further try on the same account, up to this."""


class TryLimits(Struct, frozen=True):
    """What one request may spend before its first output. Times are in seconds."""

    unclear: int = 3
    before_output_s: float = 180.0
    waiting_s: float = 30.0


class Tries:
    """What one flow has tried so far.

    here(Broken) -> 0.5; here(Broken) -> None; elsewhere(Broken) -> True, and so on until a limit is met.

    `unsteady` says that the account has failed so before while others did not: then the failure has a cause
    after all. It is not tried again here, and costs nothing of what all requests may retry. Nor is a second
    account tried again that failed: the last try goes where nothing has.
    `soonest_s` is the shortest wait that any of the errors named; `was_limited` says whether any of them was
    about quota or rate. `may_retry` is asked before a failure without a clear cause is tried again.
    """

    def __init__(
        self, limits: TryLimits, started: float, may_retry: Callable[[], bool] = lambda: True
    ) -> None:
        self._limits = limits
        self._may_retry = may_retry
        self._started = started
        self._here: Counter[type[UpstreamError]] = Counter()
        self._switches: Counter[type[UpstreamError]] = Counter()
        self._unclear = 0
        self._has_switched = False
        self._waited = 0.0
        self.avoid: set[AccountId] = set()
        self.last_error: UpstreamError | None = None
        self.soonest_s: float | None = None
        self.was_limited = False

    @property
    def trust(self) -> Trust:
        """How good an account the next try asks for: the fewer are left, the better."""
        if self._unclear == 0:
            return Trust.UNSTEADY
        return Trust.PROVEN if self._unclear + 1 >= self._limits.unclear else Trust.STEADY

    def here(self, error: UpstreamError, now: float, *, unsteady: bool = False) -> float | None:
        """Seconds to wait before the same account is tried again, None when it is not to be."""
        verdict = error.verdict
        self.last_error = error
        if error.retry_after_s is not None:
            self.soonest_s = min(error.retry_after_s, self.soonest_s or error.retry_after_s)
        self.was_limited |= isinstance(error, QuotaExhausted | RateLimited)
        self._unclear += verdict.unclear
        tried = self._here[type(error)]
        wait = min(verdict.wait_s * (tried + 1), max(verdict.wait_s, MOST_GROWN_S))
        if verdict.unclear and (unsteady or self._has_switched) and self._may_switch(error):
            return None
        if tried >= verdict.tries_here or self._is_spent(now, wait) or not self._has_budget(error):
            return None
        self._here[type(error)] += 1
        self._waited += wait
        return wait

    def elsewhere(
        self, error: UpstreamError, account: AccountId, now: float, *, unsteady: bool = False
    ) -> bool:
        """Whether another account may be tried. The one that failed is avoided from now on."""
        self.avoid.add(account)
        self._here.clear()
        if not self._may_switch(error) or self._is_spent(now, 0.0):
            return False
        if not unsteady and not self._has_budget(error):
            return False
        self._switches[type(error)] += 1
        self._has_switched |= error.verdict.unclear
        return True

    def deadline(self) -> float:
        """Monotonic instant after which nothing new is tried."""
        return self._started + self._limits.before_output_s

    def _may_switch(self, error: UpstreamError) -> bool:
        return self._switches[type(error)] < error.verdict.switches

    def _has_budget(self, error: UpstreamError) -> bool:
        return not error.verdict.unclear or self._may_retry()

    def _is_spent(self, now: float, wait: float) -> bool:
        limits = self._limits
        return (
            self._unclear >= limits.unclear
            or self._waited + wait > limits.waiting_s
            or now + wait > self._started + limits.before_output_s
        )
