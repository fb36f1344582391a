"""First-come waiting lines, one per bucket, bounded, with a deadline for each who waits.

An answer is put into the hands of the waiting, never announced for them to fetch: so no wake-up is lost, and
nobody who comes later can be faster. Never: knowledge of accounts, time of its own.
"""

import asyncio
from collections.abc import Collection, Iterator
from heapq import heapify, heappop, heappush, merge
from itertools import count
from math import inf

from app.pool.model import Bucket, Grant, Wait, Want

_SLACK = 1000
"""So many deadlines of callers who are gone are kept before they are swept out."""


class Waiter:
    """One caller in line. `number` is its place in the order of arrival over all lines."""

    __slots__ = ("answer", "number", "want")

    def __init__(self, want: Want, number: int, answer: asyncio.Future[Grant | Wait]) -> None:
        self.want = want
        self.number = number
        self.answer = answer

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has answered and the caller has not gone."""
        return not self.answer.done()


class Lines:
    """Every line, each for at most `most`. A waiter leaves by being answered, or by going."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._numbers = count()
        self._lines: dict[Bucket, dict[int, Waiter]] = {}
        self._deadlines: list[tuple[float, int, Waiter]] = []

    def is_full(self, bucket: Bucket) -> bool:
        """Whether nobody more may stand in this line."""
        return len(self._lines.get(bucket, ())) >= self.most

    def stand(self, want: Want) -> Waiter:
        """Join the end of the line. The caller awaits `answer` and calls `leave` in any case."""
        waiter = Waiter(want, next(self._numbers), asyncio.get_running_loop().create_future())
        self._lines.setdefault(want.bucket, {})[waiter.number] = waiter
        self._forget_the_gone()
        heappush(self._deadlines, (want.deadline, waiter.number, waiter))
        return waiter

    def answer(self, waiter: Waiter, said: Grant | Wait) -> None:
        """Let a waiter go on with what it is given. It must still be waiting."""
        waiter.answer.set_result(said)
        self.leave(waiter)

    def leave(self, waiter: Waiter) -> None:
        """Free the place; nothing happens when it is free already."""
        bucket = waiter.want.bucket
        line = self._lines.get(bucket)
        if line is None or line.pop(waiter.number, None) is None:
            return
        if not line:
            del self._lines[bucket]

    def of(self, bucket: Bucket) -> list[Waiter]:
        """Those in one line, first come first."""
        return list(self._lines.get(bucket, {}).values())

    def merged(self, buckets: Collection[Bucket]) -> Iterator[Waiter]:
        """Those in several lines, in the order of arrival over all of them."""
        return merge(*map(self.of, buckets), key=lambda waiter: waiter.number)

    def lengths(self) -> dict[Bucket, int]:
        """How many stand in each line."""
        return {bucket: len(line) for bucket, line in self._lines.items()}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def next_deadline(self) -> float:
        """When the first of them has waited long enough; `inf` when nobody waits."""
        self._forget_the_gone()
        return self._deadlines[0][0] if self._deadlines else inf

    def overdue(self, now: float) -> list[Waiter]:
        """Those whose deadline has passed. They stay in line until answered."""
        late = []
        while self._deadlines and self._deadlines[0][0] <= now:
            waiter = heappop(self._deadlines)[2]
            if waiter.is_waiting:
                late.append(waiter)
        return late

    def _forget_the_gone(self) -> None:
        deadlines = self._deadlines
        while deadlines and not deadlines[0][2].is_waiting:
            heappop(deadlines)
        if len(deadlines) > _SLACK and len(deadlines) > 2 * sum(map(len, self._lines.values())):
            deadlines[:] = [entry for entry in deadlines if entry[2].is_waiting]
            heapify(deadlines)
