"""Who has what, and what rests: the books of one process, without anybody waiting in them.

Every method is one synchronous step at an instant that is handed in. Never: waiting lines, tasks, a clock.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import count, islice
from typing import Protocol

from msgspec import Struct

from app.ids import AccountId, LeaseId
from app.pool.cooling import ACCOUNT, Cooling, Scope, cooling_for
from app.pool.memo import PoolMemo, rest_of
from app.pool.model import (
    Account,
    Bucket,
    Candidate,
    Grant,
    Lane,
    Outcome,
    PoolLimits,
    PoolView,
    Standing,
    Wait,
    Want,
    Window,
)
from app.pool.order import KEEPS_HOMES
from app.pool.policy import rank, wait_for
from app.pool.reputation import Reputation
from app.pool.roster import Roster
from app.pool.seat import Seat
from app.verdicts import Cool

SHORTLIST = 4
"""So many of the first in order are ranked; with fewer accounts that is all of them."""

MOST_PASSED_OVER = 64
"""So many more, where some will be passed over for how they did lately."""

MOST_HOMES = 20_000


class Witness(Protocol):
    """Hears what happens to cool-downs."""

    def cooled(self, account: AccountId | None, what: str, rest: Cooling) -> None:
        """Something was set aside; None stands for all accounts."""
        ...

    def returned(self, account: AccountId, what: str) -> None:
        """A probe has ended a cool-down early."""
        ...


class _Held(Struct, frozen=True):
    grant: Grant
    seat: Seat
    roster: Roster


class Lending:
    """The books. `jitter` gives 0..1."""

    def __init__(self, limits: PoolLimits, jitter: Callable[[], float], witness: Witness) -> None:
        self._limits = limits
        self._jitter = jitter
        self._witness = witness
        self._seats: dict[AccountId, Seat] = {}
        self._leaving: dict[AccountId, Seat] = {}
        self._rosters: dict[Bucket, Roster] = {}
        self._held: dict[LeaseId, _Held] = {}
        self._homes: OrderedDict[tuple[str, str], AccountId] = OrderedDict()
        self._reputation = Reputation()
        self._numbers = count(1)

    def take(self, want: Want, now: float) -> Grant | None:
        """The best lane for `want`, None when there is none at this instant."""
        roster = self._roster(want.bucket, now)
        roster.advance(now)
        if not roster.has_ready:
            return None
        order = rank(want, self._view_of(roster, self._shortlist(roster, want, now), want, now), now)
        return self._grant(order[0], want, roster, now) if order else None

    def why_not(self, want: Want, now: float) -> Wait:
        """What a caller is told for whom there is nothing to take."""
        return wait_for(self._roster(want.bucket, now).shortage(want), now)

    def may_lend(self, bucket: Bucket, now: float) -> bool:
        """Whether anybody at all could take something of a bucket."""
        roster = self._roster(bucket, now)
        roster.advance(now)
        rests = roster.rest is not None and roster.rest.until > now
        return roster.has_ready and not rests and roster.has_room(self._limits.per_model)

    def next_return(self, bucket: Bucket, now: float) -> float:
        """The first instant after `now` at which a cool-down ends that keeps a bucket from lending."""
        return self._roster(bucket, now).next_return(now)

    def report(self, lease: LeaseId, outcome: Outcome, now: float) -> None:
        """Draw the consequences of an attempt. An unknown lease is ignored."""
        held = self._held.get(lease)
        if held is None:
            return
        seat, roster = held.seat, held.roster
        match outcome.word:
            case "ok":
                seat.quota.serve(roster.bucket.group)
                if self._is_here(seat):
                    self._reputation.served(seat, self._limits)
                if seat.succeed(roster.scopes, probed=held.grant.probes, now=now):
                    self._witness.returned(seat.account.id, roster.bucket.model)
                    self._touch(seat)
            case "neutral":
                if held.grant.probes:
                    seat.release_probe(roster.scopes, now)
                    self._touch(seat)
            case "failed":
                self._cool(held, outcome, now)
                self._touch(seat)

    def release(self, lease: LeaseId, now: float) -> None:
        """Give a lane back. An unknown lease, or one given back, changes nothing."""
        held = self._held.pop(lease, None)
        if held is None:
            return
        seat = held.seat
        seat.in_flight -= 1
        seat.used_at = now
        held.roster.in_flight -= 1
        if seat.in_flight == 0:
            self._leaving.pop(seat.account.id, None)
        self._touch(seat)

    def put(self, account: Account, now: float, *, pending: bool) -> None:
        """Take over an account as it is stored now. One that is on its way out comes back as it was."""
        seat = self._seats.get(account.id) or self._leaving.pop(account.id, None)
        if seat is None:
            seat = Seat(account, next(self._numbers))
        self._seats[account.id] = seat
        seat.become(account, pending=pending, now=now, limits=self._limits)
        self._touch(seat)

    def drop(self, account: AccountId) -> None:
        """Forget an account; what it has in flight runs on, and counts should it come back."""
        seat = self._seats.pop(account, None)
        self._reputation.forget(account)
        if seat is None:
            return
        if seat.in_flight:
            self._leaving[account] = seat
        for roster in self._rosters.values():
            roster.remove(account)

    def rest(self, account: AccountId, seconds: float, why: str, now: float) -> None:
        """Set a whole account aside."""
        seat = self._seats.get(account)
        if seat is not None:
            self._open(seat, ACCOUNT, seconds, why, now)
            self._touch(seat)

    def forgive(self, account: AccountId, now: float, what: str = "") -> None:
        """End the cool-downs of an account: all, or the one of a group, a model or "account"."""
        seat = self._seats.get(account)
        if seat is not None and seat.mend(what):
            self._witness.returned(account, what or "account")
            self._touch(seat)

    def tell(self, account: AccountId, windows: tuple[Window, ...], now: float, now_epoch: float) -> None:
        """Note what the upstream told about quota; it orders the choice and sets nothing aside."""
        seat = self._seats.get(account)
        if seat is not None:
            seat.quota.tell(windows, now, now_epoch)
            self._touch(seat)

    def limit(self, limits: PoolLimits, now: float) -> None:
        """Use other caps from now on, and another order. What is lent beyond the caps runs on."""
        self._limits = limits
        for roster in self._rosters.values():
            roster.limits = limits
        for seat in self._seats.values():
            self._touch(seat)

    def after_sleep(self, seconds: float, now: float, now_epoch: float) -> None:
        """The machine slept and `now` did not count it: whatever rests has rested on. (F136)"""
        for roster in self._rosters.values():
            if roster.rest is not None:
                roster.rest = roster.rest.after_sleep(seconds)
        for seat in self._seats.values():
            seat.after_sleep(seconds, now, now_epoch)
            self._touch(seat)

    def recall(self, memo: PoolMemo, now: float, now_epoch: float) -> None:
        """Set aside again what was set aside in an earlier life, for accounts that are still here."""
        for windows in memo.windows:
            self.tell(windows.account, windows.windows, now, now_epoch)
        for rest_memo in memo.rests:
            seat = self._seats.get(rest_memo.account)
            found = rest_of(rest_memo, now, now_epoch, self._limits.probe_s)
            if seat is not None and found is not None:
                scope, rest = found
                seat.rests.setdefault(scope, rest)
                if rest.is_for_quota:
                    seat.quota.refuse(scope.name, rest.until)
                self._touch(seat)

    def seats(self) -> Iterable[Seat]:
        """Every account, oldest first."""
        return self._seats.values()

    def seat(self, account: AccountId) -> Seat | None:
        """One account, None when it is unknown or was dropped."""
        return self._seats.get(account)

    def resting_models(self) -> dict[str, Cooling]:
        """The models that were set aside on all accounts."""
        return {roster.bucket.model: roster.rest for roster in self._rosters.values() if roster.rest}

    def view(self, want: Want, now: float) -> PoolView:
        """Everything that a choice for this want is made from."""
        roster = self._roster(want.bucket, now)
        roster.advance(now)
        return self._view_of(roster, roster.standings(now, self._home(want)), want, now)

    def _shortlist(self, roster: Roster, want: Want, now: float) -> tuple[Standing, ...]:
        home = self._home(want)
        if want.only is not None:
            return roster.some_standings((want.only,), home, now)
        # Longer by those that will be passed over, so that enough remain.
        length = SHORTLIST + len(want.avoid) + (MOST_PASSED_OVER if want.trust else 0)
        chosen = [seat.account.id for seat in islice(roster.ready(), length)]
        if home is not None and home not in chosen:
            chosen.append(home)
        return roster.some_standings(chosen, home, now)

    def _view_of(self, roster: Roster, standings: tuple[Standing, ...], want: Want, now: float) -> PoolView:
        return PoolView(
            standings,
            bucket_has_room=roster.has_room(self._limits.per_model),
            bucket_returns_at=roster.rest.until if roster.rest is not None else 0.0,
            strategy=self._limits.strategy,
            least_trust=self._reputation.least_trust(want, roster, now),
        )

    def _grant(self, candidate: Candidate, want: Want, roster: Roster, now: float) -> Grant:
        account = candidate.lane.account
        seat = self._seats[account]
        seat.forgive(now)
        probes = seat.probe(roster.scopes, now=now, limits=self._limits)
        is_unsteady = self._reputation.is_outlier(seat, roster, now)
        grant = Grant(
            LeaseId(f"lease-{next(self._numbers)}"), candidate.lane, seat.account, probes, is_unsteady
        )
        self._held[grant.lease] = _Held(grant, seat, roster)
        seat.in_flight += 1
        seat.used_at = now
        seat.turn = next(self._numbers)
        roster.in_flight += 1
        self._touch(seat)
        if want.affinity:
            self._remember_home(want, account, roster)
        return grant

    def _home(self, want: Want) -> AccountId | None:
        if not want.affinity or self._limits.strategy not in KEEPS_HOMES:
            return None
        return self._homes.get((want.affinity, want.group))

    def _remember_home(self, want: Want, account: AccountId, roster: Roster) -> None:
        """A conversation moves only when its home cannot serve it, not when it is merely lent just now."""
        key = (want.affinity, want.group)
        home = self._homes.get(key)
        if home is None or home in want.avoid or roster.place_of(home) not in ("ready", "lent"):
            self._homes[key] = account
        self._homes.move_to_end(key)
        if len(self._homes) > MOST_HOMES:
            self._homes.popitem(last=False)

    def _cool(self, held: _Held, outcome: Outcome, now: float) -> None:
        seat, lane = held.seat, held.grant.lane
        if outcome.mark is not None:
            # The state that it is put into keeps it out; a cool-down would outlast the state's mending.
            return
        match outcome.cool:
            case Cool.LANE:
                self._open(seat, Scope("group", lane.group), outcome.cool_s, outcome.why, now)
                rest = seat.rests.get(Scope("group", lane.group))
                if rest is not None and rest.is_for_quota:
                    seat.quota.refuse(lane.group, rest.until)
            case Cool.MODEL:
                self._open(seat, Scope("model", lane.model), outcome.cool_s, outcome.why, now)
            case Cool.EVERYONE:
                self._rest_everyone(held.roster, outcome, now)
            case Cool.NOTHING:
                pass
        if outcome.soft:
            self._fail_softly(seat, lane, now)
        if outcome.flag:
            seat.doubted_until = now + self._limits.flagged_s

    def _rest_everyone(self, roster: Roster, outcome: Outcome, now: float) -> None:
        if roster.rest is not None and not roster.rest.is_over(now):
            return
        roster.rest = cooling_for(
            outcome.cool_s, 0, outcome.why, now=now, jitter=self._jitter(), probe_s=self._limits.probe_s
        )
        self._witness.cooled(None, roster.bucket.model, roster.rest)

    def _fail_softly(self, seat: Seat, lane: Lane, now: float) -> None:
        """Enough in a row set an account aside, unless half of them are: then it is not the accounts."""
        seat.fail_softly(now, self._limits)
        if self._is_here(seat):
            self._reputation.failed(seat)
        if seat.failures < self._limits.failures:
            return
        seat.failures = 0
        scope = Scope("group", lane.group)
        resting = sum(other.is_resting(scope, now) for other in self._seats.values())
        if 2 * (resting + 1) <= len(self._seats):
            self._open(seat, scope, self._limits.failures_cool_s, "failures", now)

    def _open(self, seat: Seat, scope: Scope, cool_s: float | None, why: str, now: float) -> None:
        probe_s = self._limits.probe_s
        rest = seat.cool(scope, cool_s, why, now=now, jitter=self._jitter(), probe_s=probe_s)
        if rest is not None and self._is_here(seat):  # of one that left nobody hears
            self._witness.cooled(seat.account.id, scope.name or scope.kind, rest)

    def _roster(self, bucket: Bucket, now: float) -> Roster:
        roster = self._rosters.get(bucket)
        if roster is None:
            roster = self._rosters[bucket] = Roster(bucket, self._limits)
            for seat in self._seats.values():
                roster.place(seat, now)
        roster.settle(now)
        return roster

    def _touch(self, seat: Seat) -> None:
        """A seat has changed: it belongs elsewhere, in every bucket."""
        if self._is_here(seat):
            for roster in self._rosters.values():
                roster.touch(seat)

    def _is_here(self, seat: Seat) -> bool:
        """Whether its account has not left; what it has in flight may end later."""
        return self._seats.get(seat.account.id) is seat
