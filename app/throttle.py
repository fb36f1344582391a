"""Slows down who guesses: each source, and all of them together.

A right guess costs nothing. Nobody is locked out for good: a guess comes back every few seconds.
Source: threats.md S02, S11. Never: looks at a header; who the peer is has been settled before.
"""

from collections import OrderedDict

from msgspec import Struct

from app.clock import Clock
from app.networks import source_of


class GuessLimits(Struct, frozen=True):
    """Wrong guesses that are free, and the seconds after which one comes back.

    `everybody` 0: sources are looked at one by one only. The longest unseen of more than `most_sources` is
    forgotten.
    """

    per_source: int
    per_source_every_s: float
    everybody: int = 0
    everybody_every_s: float = 1.0
    most_sources: int = 4096


class _Bucket(Struct):
    """Guesses that are left; they come back one by one."""

    left: float
    at: float

    def refill(self, now: float, most: int, every_s: float) -> None:
        self.left = min(most, self.left + (now - self.at) / every_s)
        self.at = now


class Throttle:
    """Counts guesses that were wrong."""

    def __init__(self, clock: Clock, limits: GuessLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._everybody = _Bucket(limits.everybody, clock.monotonic())
        self._by_source: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, peer: str) -> float:
        """How long the address `peer` has to wait before its next guess, in seconds; 0 when it may guess."""
        limits, now = self._limits, self._clock.monotonic()
        waits = [0.0]
        if limits.everybody:
            self._everybody.refill(now, limits.everybody, limits.everybody_every_s)
            waits.append((1 - self._everybody.left) * limits.everybody_every_s)
        bucket = self._by_source.get(source_of(peer))
        if bucket is not None:
            bucket.refill(now, limits.per_source, limits.per_source_every_s)
            waits.append((1 - bucket.left) * limits.per_source_every_s)
        return max(waits)

    def take(self, peer: str) -> None:
        """A guess begins: it counts until it turns out to be right."""
        source = source_of(peer)
        fresh = _Bucket(self._limits.per_source, self._clock.monotonic())
        bucket = self._by_source.setdefault(source, fresh)
        self._by_source.move_to_end(source)
        for each in (bucket, self._everybody):
            each.left -= 1
        if len(self._by_source) > self._limits.most_sources:
            self._by_source.popitem(last=False)

    def give_back(self, peer: str) -> None:
        """The guess was right."""
        for each in (self._by_source.get(source_of(peer)), self._everybody):
            if each is not None:
                each.left += 1
