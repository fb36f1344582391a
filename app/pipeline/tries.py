"""How often one request may try, and where: the bookkeeping behind the attempt loop.

Pure: errors in, decisions out. Source: upstream.md 7.10, faults.md 1 and 3.
"""

from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from app.errors import QuotaExhausted, RateLimited, UpstreamError
from app.ids import AccountId

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
        self._waited = 0.0
        self.avoid: set[AccountId] = set()
        self.last_error: UpstreamError | None = None
        self.soonest_s: float | None = None
        self.was_limited = False

    def here(self, error: UpstreamError, now: float) -> float | None:
        """Seconds to wait before the same account is tried again, None when it is not to be."""
        verdict = error.verdict
        self.last_error = error
        if error.retry_after_s is not None:
            self.soonest_s = min(error.retry_after_s, self.soonest_s or error.retry_after_s)
        self.was_limited |= isinstance(error, QuotaExhausted | RateLimited)
        self._unclear += verdict.unclear
        tried = self._here[type(error)]
        wait = min(verdict.wait_s * (tried + 1), max(verdict.wait_s, MOST_GROWN_S))
        if tried >= verdict.tries_here or self._is_spent(now, wait) or not self._has_budget(error):
            return None
        self._here[type(error)] += 1
        self._waited += wait
        return wait

    def elsewhere(self, error: UpstreamError, account: AccountId, now: float) -> bool:
        """Whether another account may be tried. The one that failed is avoided from now on."""
        self.avoid.add(account)
        self._here.clear()
        switched = self._switches[type(error)]
        if switched >= error.verdict.switches or self._is_spent(now, 0.0) or not self._has_budget(error):
            return False
        self._switches[type(error)] += 1
        return True

    def deadline(self) -> float:
        """Monotonic instant after which nothing new is tried."""
        return self._started + self._limits.before_output_s

    def _has_budget(self, error: UpstreamError) -> bool:
        return not error.verdict.unclear or self._may_retry()

    def _is_spent(self, now: float, wait: float) -> bool:
        limits = self._limits
        return (
            self._unclear >= limits.unclear
            or self._waited + wait > limits.waiting_s
            or now + wait > self._started + limits.before_output_s
        )
