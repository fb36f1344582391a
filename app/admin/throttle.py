"""Slows down who guesses passwords: each address, and all of them together.

A success costs nothing. Nobody is locked out for good: a guess comes back every few seconds.
Source: threats.md S02. Never: looks at a header; who the peer is has been settled before.
"""

from collections import OrderedDict

from msgspec import Struct

from app.clock import Clock

PER_ADDRESS = 10
PER_ADDRESS_EVERY_S = 30.0
ALL = 100
ALL_EVERY_S = 1.0
MOST_ADDRESSES = 4096


class _Bucket(Struct):
    """Guesses that are left; they come back one by one."""

    left: float
    at: float

    def refill(self, now: float, most: int, every_s: float) -> None:
        self.left = min(most, self.left + (now - self.at) / every_s)
        self.at = now


class Throttle:
    """Counts guesses that were wrong."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all = _Bucket(ALL, clock.monotonic())
        self._by_address: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, peer: str) -> float:
        """How long `peer` has to wait before its next guess; 0 when it may guess now."""
        now = self._clock.monotonic()
        self._all.refill(now, ALL, ALL_EVERY_S)
        waits = [(1 - self._all.left) * ALL_EVERY_S]
        bucket = self._by_address.get(peer)
        if bucket is not None:
            bucket.refill(now, PER_ADDRESS, PER_ADDRESS_EVERY_S)
            waits.append((1 - bucket.left) * PER_ADDRESS_EVERY_S)
        return max(0.0, *waits)

    def take(self, peer: str) -> None:
        """A guess begins: it counts until it turns out to be right."""
        now = self._clock.monotonic()
        bucket = self._by_address.setdefault(peer, _Bucket(PER_ADDRESS, now))
        self._by_address.move_to_end(peer)
        for each in (bucket, self._all):
            each.left -= 1
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)

    def give_back(self, peer: str) -> None:
        """The guess was right."""
        for each in (self._by_address.get(peer), self._all):
            if each is not None:
                each.left += 1
