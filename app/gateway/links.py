"""Sign-in links that work once, for whoever can read the terminal the gateway was started from.

Never: keeps a link itself; what is kept cannot be turned back into one.
"""

import hashlib

from app.clock import Clock
from app.ids import random_token

LINK_S = 3600.0
_MOST = 16


class SignInLinks:
    """Links that have been given out and not been used. Source: admin-ui.md 2.10."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends: dict[bytes, float] = {}

    def new(self) -> str:
        """A token for one sign-in within the next hour. The oldest of many gives way."""
        token = random_token(32)
        if len(self._ends) >= _MOST:
            self._ends.pop(next(iter(self._ends)))
        self._ends[_mark(token)] = self._clock.now() + LINK_S
        return token

    def redeem(self, token: str) -> bool:
        """Whether the token is good; it is not any more afterwards."""
        end = self._ends.pop(_mark(token), 0.0)
        return end > self._clock.now()


def _mark(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
