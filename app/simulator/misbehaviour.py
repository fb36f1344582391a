"""Watches for what a good client of the backend never does.

Calls with a barred account, within an announced wait, too many in a second, two refreshes of one token at a
time. It only reports; it never changes an answer. Source: upstream.md 9.8.
"""

from collections import defaultdict, deque
from collections.abc import Callable

from msgspec import Struct

_SLACK_S = 0.05


class Limits(Struct):
    """What counts as too much."""

    calls_per_second: int = 100


class Watch:
    """Remembers what each account was told and what it did since."""

    def __init__(self, blame: Callable[[str], None]) -> None:
        self.limits = Limits()
        self._blame = blame
        self._barred: dict[str, str] = {}
        self._wait_until: dict[tuple[str, str, str], float] = {}
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._refreshing: dict[str, int] = defaultdict(int)

    def clear(self) -> None:
        """Forget the past."""
        self._barred.clear()
        self._wait_until.clear()
        self._recent.clear()

    def called(self, account: str, model: str, host: str, now: float) -> None:
        """An account generates something."""
        if account in self._barred:
            self._blame(f"{account} is used although it was told: {self._barred[account]}")
        until = self._wait_until.get((account, model, host), 0.0)
        if now < until - _SLACK_S:
            self._blame(f"{account} calls {model} on {host} {until - now:.2f} s before the announced time")
        recent = self._recent[account]
        recent.append(now)
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) > self.limits.calls_per_second:
            self._blame(f"{account} is called {len(recent)} times within a second")
            recent.clear()

    def told_to_wait(self, account: str, model: str, host: str, until: float) -> None:
        """An account was told when to come back."""
        self._wait_until[account, model, host] = until

    def told_to_stop(self, account: str, why: str) -> None:
        """An account was told that it is of no use any more."""
        self._barred[account] = why

    def forgive(self, account: str) -> None:
        """The account is usable again."""
        self._barred.pop(account, None)

    def refresh_began(self, account: str) -> None:
        """The token endpoint works on a refresh."""
        self._refreshing[account] += 1
        if self._refreshing[account] > 1:
            self._blame(f"{account} is refreshed twice at the same time")

    def refresh_ended(self, account: str) -> None:
        """The token endpoint has answered."""
        self._refreshing[account] -= 1

    def no_length(self, method: str) -> None:
        """A POST came without a length."""
        self._blame(f"{method} was sent without Content-Length")

    def chunked_body(self, method: str) -> None:
        """A POST came chunked, which is refused for images."""
        self._blame(f"{method} was sent with a chunked body")
