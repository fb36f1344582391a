"""How many wrong passwords there may be. Source: threats.md S02.

Never: looks at a header; who the peer is has been settled before.
"""

from app.clock import Clock
from app.throttle import GuessLimits
from app.throttle import Throttle as GuessThrottle

PER_ADDRESS = 10
PER_ADDRESS_EVERY_S = 30.0
ALL = 100
ALL_EVERY_S = 1.0
MOST_ADDRESSES = 4096
_LIMITS = GuessLimits(PER_ADDRESS, PER_ADDRESS_EVERY_S, ALL, ALL_EVERY_S, MOST_ADDRESSES)


class Throttle(GuessThrottle):
    """Counts wrong passwords, of each address and of all together."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, _LIMITS)
