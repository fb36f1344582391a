"""The ledger of one process: the books, and those who wait for something to come back into them.

After each change whoever can be served is served, in the order of arrival, so a newcomer that finds a lane
free passes nobody in line who could have had it. Never: a choice between lanes, which is policy.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from math import inf

from app.clock import Clock
from app.ids import AccountId, LeaseId
from app.pool.alarm import Alarm
from app.pool.cooling import Cooling
from app.pool.explanation import Explanation, explained
from app.pool.lending import Lending
from app.pool.line import Lines, Waiter
from app.pool.memo import PoolMemo, memo_of
from app.pool.model import (
    Account,
    Bucket,
    CoolingStatus,
    Grant,
    Outcome,
    PoolChange,
    PoolLimits,
    PoolView,
    Wait,
    Want,
    Window,
)
from app.pool.outcome import NEUTRAL
from app.pool.passed import PassedOver, passed_over


class MemoryLedger:
    """Implements `Ledger`. `jitter` gives 0..1 and is random in earnest."""

    def __init__(
        self,
        clock: Clock,
        limits: PoolLimits,
        *,
        listener: Callable[[PoolChange], None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._listener = listener
        self._books = Lending(limits, jitter, self)
        self._lines = Lines(limits.line)
        self._alarm = Alarm(clock, self.tick, "pool-alarm")

    async def lease(self, want: Want) -> Grant | Wait:
        """Take the best lane, after standing in line for one if need be. See `Ledger`."""
        now = self._clock.monotonic()
        if self._lines:
            self._settle(now)
        said = self._books.take(want, now) or self._refusal(want, now)
        if said is not None:
            return said
        waiter = self._lines.stand(want)
        self._set_alarm(now)
        try:
            return await waiter.answer
        except asyncio.CancelledError:
            self._take_back(waiter)
            raise
        finally:
            self._lines.leave(waiter)

    def report(self, lease: LeaseId, outcome: Outcome) -> None:
        """Draw the consequences of an attempt. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.report(lease, outcome, now)
        self._settle(now)

    def release(self, lease: LeaseId) -> None:
        """Give a lane back. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.release(lease, now)
        self._settle(now)

    def put(self, account: Account, *, pending: bool = False) -> None:
        """Take over an account as it is stored now. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.put(account, now, pending=pending)
        self._settle(now)

    def drop(self, account: AccountId) -> None:
        """Forget an account. See `Ledger`."""
        self._books.drop(account)
        self.tick()

    def rest(self, account: AccountId, seconds: float, why: str) -> None:
        """Set a whole account aside. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.rest(account, seconds, why, now)
        self._settle(now)

    def forgive(self, account: AccountId, what: str = "") -> None:
        """Let everything rest no longer that time would mend. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.forgive(account, now, what)
        self._settle(now)

    def tell(self, account: AccountId, windows: tuple[Window, ...]) -> None:
        """Note what was last told about quota. See `Ledger`."""
        self._books.tell(account, windows, self._clock.monotonic(), self._clock.now())

    def limit(self, limits: PoolLimits) -> None:
        """Use other caps from now on. See `Ledger`."""
        now = self._clock.monotonic()
        self._lines.most = limits.line
        self._books.limit(limits, now)
        self._settle(now)

    def after_sleep(self, seconds: float) -> None:
        """What rests has rested on while the clock stood still. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.after_sleep(seconds, now, self._clock.now())
        self._settle(now)

    def memo(self) -> PoolMemo:
        """What should outlive this process. See `Ledger`."""
        return memo_of(self._books.seats(), self._clock.monotonic(), self._clock.now())

    def recall(self, memo: PoolMemo) -> None:
        """Know again what an earlier process knew. See `Ledger`."""
        now = self._clock.monotonic()
        self._books.recall(memo, now, self._clock.now())
        self._settle(now)

    def tick(self) -> None:
        """Do what has become due: end cool-downs, serve the line, answer those who waited long enough."""
        self._settle(self._clock.monotonic())

    async def aclose(self) -> None:
        """End every wait. See `Ledger`."""
        await self._alarm.aclose()
        for bucket in self._lines.lengths():
            for waiter in self._lines.of(bucket):
                self._answer(waiter, Wait("busy", self._clock.monotonic()))

    def accounts(self) -> Iterable[Account]:
        """Every account, oldest first."""
        return [seat.account for seat in self._books.seats()]

    def find(self, account: AccountId) -> Account | None:
        """One account as it was last put."""
        seat = self._books.seat(account)
        return seat.account if seat else None

    def in_flight(self, account: AccountId) -> int:
        """How many leases an account has out."""
        seat = self._books.seat(account)
        return seat.in_flight if seat else 0

    def windows(self, account: AccountId) -> tuple[Window, ...]:
        """What was last told about its quota."""
        seat = self._books.seat(account)
        return seat.quota.windows if seat else ()

    def cooling(self, account: AccountId | None) -> tuple[CoolingStatus, ...]:
        """What rests. See `Ledger`."""
        now = self._clock.monotonic()
        if account is None:
            resting = self._books.resting_models()
        else:
            seat = self._books.seat(account)
            if seat is None or not seat.rests:
                return ()
            resting = {scope.name or scope.kind: rest for scope, rest in seat.rests.items()}
        return tuple(
            CoolingStatus(what, self._epoch(rest.until), rest.why)
            for what, rest in resting.items()
            if not rest.is_over(now)
        )

    def view(self, want: Want) -> PoolView:
        """Everything that a choice for this want is made from."""
        return self._books.view(want, self._clock.monotonic())

    def explain(self, want: Want) -> Explanation:
        """What `view` means for this want, in words. See `Ledger`."""
        now = self._clock.monotonic()
        return explained(
            want,
            self._books.view(want, now),
            self._books.why_not(want, now),
            {seat.account.id: seat for seat in self._books.seats()},
            waiting=self._lines.lengths().get(want.bucket, 0),
            now=now,
            now_epoch=self._clock.now(),
        )

    def passed_over(self, taken: AccountId, want: Want) -> tuple[PassedOver, ...]:
        """Who could not be taken beside `taken`. See `Ledger`."""
        if self.find(taken) is None:
            return ()
        return passed_over(self._books.seats(), taken, want, self._clock.monotonic(), self._clock.now())

    def why_not(self, want: Want) -> Wait:
        """What a caller would be told for whom nothing could be taken."""
        return self._books.why_not(want, self._clock.monotonic())

    def waiting(self) -> dict[Bucket, int]:
        """How many stand in line."""
        return self._lines.lengths()

    def cooled(self, account: AccountId | None, what: str, rest: Cooling) -> None:
        """Pass on what the books tell."""
        self._listener(PoolChange("cooled", account, what, rest.why, self._epoch(rest.until)))

    def returned(self, account: AccountId, what: str) -> None:
        """Pass on what the books tell."""
        self._listener(PoolChange("returned", account, what))

    def _epoch(self, instant: float) -> float:
        return instant - self._clock.monotonic() + self._clock.now()

    def _refusal(self, want: Want, now: float) -> Wait | None:
        """Why there is no use in standing in line; None when there is."""
        wait = self._books.why_not(want, now)
        if _is_hopeless(wait, want) or want.deadline <= now:
            return wait
        return Wait("full", now) if self._lines.is_full(want.bucket) else None

    def _settle(self, now: float) -> None:
        """Something has changed, be it the time: serve the line, and look again at who waits for what."""
        if not self._lines:
            return
        self._serve(now)
        for waiter in self._lines.overdue(now):
            self._answer(waiter, self._books.why_not(waiter.want, now))
        self._send_the_hopeless_away(now)
        self._set_alarm(now)

    def _serve(self, now: float) -> None:
        lending = {bucket for bucket in self._lines.lengths() if self._books.may_lend(bucket, now)}
        for waiter in self._lines.merged(lending):
            if not lending:
                return
            want = waiter.want
            if want.bucket not in lending or not waiter.is_waiting:
                continue
            grant = self._books.take(want, now)
            if grant is not None:
                self._answer(waiter, grant)
            if (grant is None and not _is_choosy(want)) or not self._books.may_lend(want.bucket, now):
                lending.discard(want.bucket)

    def _send_the_hopeless_away(self, now: float) -> None:
        for bucket in self._lines.lengths():
            for waiter in self._lines.of(bucket):
                wait = self._books.why_not(waiter.want, now)
                if _is_hopeless(wait, waiter.want):
                    self._answer(waiter, wait)
                elif not _is_choosy(waiter.want):
                    break

    def _answer(self, waiter: Waiter, said: Grant | Wait) -> None:
        if waiter.is_waiting:
            self._lines.answer(waiter, said)

    def _take_back(self, waiter: Waiter) -> None:
        """The caller was cancelled in the very moment in which it was answered."""
        if waiter.answer.done() and not waiter.answer.cancelled():
            said = waiter.answer.result()
            if isinstance(said, Grant):
                self.report(said.lease, NEUTRAL)
                self.release(said.lease)

    def _set_alarm(self, now: float) -> None:
        returns = (self._books.next_return(bucket, now) for bucket in self._lines.lengths())
        self._alarm.set(min(min(returns, default=inf), self._lines.next_deadline()))


def _is_choosy(want: Want) -> bool:
    """Whether others in the same line may be served by what this one cannot use."""
    return want.only is not None or bool(want.avoid or want.trust)


def _is_hopeless(wait: Wait, want: Want) -> bool:
    """Whether nothing can come before the caller's patience ends."""
    return wait.why in ("none", "tried") or wait.until > want.deadline
