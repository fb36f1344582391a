"""How much of the traffic may be retries, so that a storm cannot feed itself.

Counts requests and those of them that try again after a failure without a clear cause; refusals that name an
account are no part of it. Never: which error is which. Source: faults.md 3, complaints.md 3.
"""

from types import TracebackType
from typing import Self

SHARE = 0.2
LEAST = 3
"""So many may always try again, however few there are."""


class RetryBudget:
    """`with budget.request() as share:` around all attempts of a request; `share.take()` before a retry."""

    def __init__(self, share: float = SHARE, least: int = LEAST) -> None:
        self.running = 0
        self.retrying = 0
        self.refused = 0
        self._share = share
        self._least = least

    @property
    def limit(self) -> int:
        """How many may be retrying now."""
        return max(self._least, int(self.running * self._share))

    def request(self) -> "Share":
        """The part of one request."""
        return Share(self)


class Share:
    """One request's part: nothing until it tries again, then one until it ends."""

    __slots__ = ("_budget", "_has_retry")

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget
        self._has_retry = False

    def __enter__(self) -> Self:
        self._budget.running += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.running -= 1
        self._budget.retrying -= self._has_retry

    def take(self) -> bool:
        """Whether this request may try again; asked twice it counts once."""
        budget = self._budget
        if self._has_retry:
            return True
        if budget.retrying >= budget.limit:
            budget.refused += 1
            return False
        self._has_retry = True
        budget.retrying += 1
        return True
