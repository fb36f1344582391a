"""What went wrong in each addon, for who has to decide whether to keep it: how often, and what last.

Kept by name, so that a reload does not forget it. Never: a trace; the log has it.
"""

from msgspec import Struct
from msgspec.structs import replace

from app.clock import Clock, SystemClock

_LONGEST = 1000


class Trouble(Struct, frozen=True):
    """`last` is a sentence that may hold anything an addon said; `at` is when, in seconds of the epoch."""

    count: int = 0
    last: str = ""
    at: float | None = None


class Troubles:
    """Told by the hooks of a roster, asked by people."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._of: dict[str, Trouble] = {}

    def of(self, name: str) -> Trouble:
        """What went wrong in the addon of that name."""
        return self._of.get(name, Trouble())

    def note(self, name: str, words: str) -> None:
        """Something went wrong in the addon of that name."""
        before = self.of(name)
        self._of[name] = replace(before, count=before.count + 1, last=words[:_LONGEST], at=self._clock.now())
