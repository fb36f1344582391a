"""How much of the traffic may be retries, so that a storm cannot feed itself.

Counts requests and those of them that try again after a failure without a clear cause; refusals that name an
account are no part of it. Never: which error is which. Source: faults.md 3, complaints.md 3.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

SHARE = 0.2
LEAST = 3
"""So many may always try again, however few there are."""


class RetryBudget:
    """`with budget.request(answers) as share:` around all attempts of a request; `share.take()` before each
    further one."""

    def __init__(self, share: float = SHARE, least: int = LEAST) -> None:
        self.running = 0
        self.refused = 0
        self._share = share
        self._least = least
        self._retrying: set[Share] = set()

    @property
    def limit(self) -> int:
        """How many may be retrying now."""
        return max(self._least, int(self.running * self._share))

    @property
    def retrying(self) -> int:
        """How many try again and have not begun to answer."""
        self._retrying = {share for share in self._retrying if not share.answers()}
        return len(self._retrying)

    def request(self, answers: Callable[[], bool]) -> "Share":
        """The part of one request. `answers` says whether its answer has begun: then nothing is retried."""
        return Share(self, answers)

    def began(self) -> None:
        """A request begins."""
        self.running += 1

    def ended(self, share: "Share") -> None:
        """A request ends."""
        self.running -= 1
        self._retrying.discard(share)

    def admit(self, share: "Share") -> bool:
        """Whether one more may try again; one that does already may go on."""
        if share in self._retrying:
            return True
        # Counted only where it may matter: the answers that have begun are looked for one by one.
        if len(self._retrying) >= self.limit and self.retrying >= self.limit:
            self.refused += 1
            return False
        self._retrying.add(share)
        return True


class Share:
    """One request's part: nothing until it tries again, then one until it answers or ends."""

    __slots__ = ("_budget", "answers")

    def __init__(self, budget: RetryBudget, answers: Callable[[], bool]) -> None:
        self._budget = budget
        self.answers = answers

    def __enter__(self) -> Self:
        self._budget.began()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.ended(self)

    def take(self) -> bool:
        """Whether this request may try again."""
        return self._budget.admit(self)
