"""How often something may happen.

Never: an opinion about what it is.
"""

import time
from collections.abc import Callable


class Budget:
    """At most `limit` spendings per `window_s` seconds.

    Counted per window, so constant in time and memory.
    """

    __slots__ = ("_count", "_limit", "_now", "_until", "_window_s", "is_spent")

    def __init__(self, limit: int, window_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self.is_spent = False  # once over the limit, for good
        self._limit = limit
        self._window_s = window_s
        self._now = now
        self._count = 0
        self._until = 0.0

    def spend(self) -> None:
        """Count one."""
        now = self._now()
        if now >= self._until:
            self._until = now + self._window_s
            self._count = 0
        self._count += 1
        if self._count > self._limit:
            self.is_spent = True
