"""The accounts of one bucket, kept in order so that choosing does not look at all of them.

An index over seats: it decides nothing and knows no time of its own. Whoever changes a seat places it anew,
or touches it and lets it be placed later: with many models most changes are never looked at.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from math import inf
from typing import Literal, TypeAlias

from app.ids import AccountId
from app.pool.cooling import ACCOUNT, Cooling, Scope
from app.pool.model import Bucket, Lane, PoolLimits, Standing, Want
from app.pool.order import Worth, worth
from app.pool.policy import Shortage
from app.pool.seat import Seat

Place: TypeAlias = Literal["ready", "lent", "cooling", "pending", "out"]


class Roster:
    """Where each seat stands for one bucket, and what the bucket as a whole may do.

    `in_flight` counts the bucket over all accounts; `rest` sets it aside on all of them.
    """

    def __init__(self, bucket: Bucket, limits: PoolLimits) -> None:
        self.bucket = bucket
        self.scopes = (ACCOUNT, Scope("group", bucket.group), Scope("model", bucket.model))
        self.in_flight = 0
        self.rest: Cooling | None = None
        self.limits = limits
        self._seats: dict[AccountId, Seat] = {}
        self._places: dict[AccountId, Place] = {}
        self._keys: dict[AccountId, Worth] = {}
        self._ready: list[Worth] = []
        self._owners: dict[Worth, Seat] = {}
        self._counts: dict[Place, int] = dict.fromkeys(("ready", "lent", "cooling", "pending", "out"), 0)
        self._cooling = _Returns()
        self._verifying = _Returns()
        self._changes = _Returns()
        self._ends = _Returns()
        self._touched: dict[AccountId, Seat] = {}

    def touch(self, seat: Seat) -> None:
        """Note that a seat has changed; it is placed once somebody looks, however often it has changed."""
        self._touched[seat.account.id] = seat

    def settle(self, now: float) -> None:
        """Place what was touched; to be called before looking."""
        if self._touched:
            touched, self._touched = self._touched, {}
            for seat in touched.values():
                self.place(seat, now)

    def place(self, seat: Seat, now: float) -> None:
        """Put a seat where it belongs at `now`."""
        account = seat.account.id
        self.remove(account)
        returns_at = self._returns_at(seat)
        place = self._place_of(seat, returns_at, now)
        self._seats[account] = seat
        self._places[account] = place
        self._counts[place] += 1
        if place == "ready":
            key = self._keys[account] = self._worth_of(seat, now)
            self._owners[key] = seat
            insort(self._ready, key)
        if now < returns_at < inf:
            self._returns_of(seat).put(returns_at, account)
        if place == "cooling":
            self._ends.put(seat.ends_at(self.scopes), account)

    def remove(self, account: AccountId) -> None:
        """Forget a seat; nothing happens for one that is not here."""
        self._touched.pop(account, None)
        place = self._places.pop(account, None)
        if place is None:
            return
        self._counts[place] -= 1
        del self._seats[account]
        key = self._keys.pop(account, None)
        if key is not None:
            del self._ready[bisect_left(self._ready, key)], self._owners[key]

    def advance(self, now: float) -> None:
        """Bring back the seats whose cool-down is over, and place anew those whose worth has changed."""
        for returns in (self._cooling, self._verifying, self._changes):
            for account in returns.take(now):
                seat = self._seats.get(account)
                if seat is not None:
                    self.place(seat, now)

    def next_return(self, now: float) -> float:
        """The first instant after `now` at which waiting may have been worth it; `inf` when none is known."""
        first = min(self._first(self._cooling), self._first(self._verifying))
        return min(first, self.rest.until) if self.rest is not None and self.rest.until > now else first

    def has_room(self, per_model: int) -> bool:
        """Whether the bucket as a whole is below its cap; 0 is no cap."""
        return not 0 < per_model <= self.in_flight

    def ready(self) -> Iterator[Seat]:
        """The seats with something to lend, fewest in flight and longest unused first."""
        owners = self._owners
        return (owners[key] for key in self._ready)

    @property
    def has_ready(self) -> bool:
        """Whether any seat has something to lend."""
        return bool(self._ready)

    @property
    def there(self) -> int:
        """How many seats serve, or will once they are given back."""
        return self._counts["ready"] + self._counts["lent"]

    def is_there(self, account: AccountId) -> bool:
        """Whether an account serves, or will once it is given back."""
        return self.place_of(account) in ("ready", "lent")

    def in_flight_without(self, accounts: Iterable[AccountId]) -> int:
        """How much of the bucket is certainly in flight on other accounts than these."""
        theirs = sum(self._seats[each].in_flight for each in accounts if each in self._seats)
        return self.in_flight - theirs

    def some_standings(
        self, accounts: Iterable[AccountId], home: AccountId | None, now: float
    ) -> tuple[Standing, ...]:
        """How these accounts stand here; unknown ones are left out. `home` knows the conversation."""
        seats = self._seats
        return tuple(
            self._standing(seats[account], now, is_home=account == home)
            for account in accounts
            if account in seats
        )

    def standings(self, now: float, home: AccountId | None = None) -> tuple[Standing, ...]:
        """How every account stands here, oldest first."""
        oldest_first = sorted(self._seats, key=lambda account: self._seats[account].number)
        return self.some_standings(oldest_first, home, now)

    def place_of(self, account: AccountId) -> Place:
        """Where an account stands; "out" for one that is unknown."""
        return self._places.get(account, "out")

    def shortage(self, want: Want) -> Shortage:
        """The counts of `policy.shortage_of`, without looking at every seat."""
        if want.only is not None:
            return self._shortage_of_one(want, want.only)
        avoided = [self.place_of(account) for account in want.avoid]
        counts = self._counts
        cooling = counts["cooling"] - avoided.count("cooling")
        return Shortage(
            ready=counts["ready"] - avoided.count("ready"),
            lent=counts["lent"] - avoided.count("lent"),
            pending=counts["pending"] - avoided.count("pending"),
            cooling=cooling,
            tried=len(avoided) - avoided.count("out"),
            earliest=self._first_cooling(want.avoid) if cooling else inf,
            bucket_returns_at=self.rest.until if self.rest is not None else 0.0,
            room_at=self._room_at(),
        )

    def _room_at(self) -> float:
        """When anybody at all has something again, as far as cool-downs tell; 0 for those that are there."""
        counts = self._counts
        is_there = counts["ready"] or counts["lent"] or counts["pending"]
        return 0.0 if is_there else self._first_end()

    def _first_end(self) -> float:
        """The earliest instant at which somebody is back for certain, later than a probe may leave."""
        while (entry := self._ends.first) is not None:
            at, account = entry
            if self._places.get(account) == "cooling" and self._seats[account].ends_at(self.scopes) == at:
                return at
            self._ends.drop_first()
        return inf

    def _shortage_of_one(self, want: Want, only: AccountId) -> Shortage:
        place = self.place_of(only)
        avoided = only in want.avoid
        seat = self._seats.get(only)
        return Shortage(
            ready=place == "ready" and not avoided,
            lent=place == "lent" and not avoided,
            pending=place == "pending" and not avoided,
            cooling=place == "cooling" and not avoided,
            tried=sum(self.place_of(account) != "out" for account in want.avoid),
            earliest=seat.returns_at(self.scopes) if seat and place == "cooling" and not avoided else inf,
            bucket_returns_at=self.rest.until if self.rest is not None else 0.0,
            room_at=self._room_at(),
        )

    def _worth_of(self, seat: Seat, now: float) -> Worth:
        known = seat.quota.of(self.bucket.group, now)
        is_doubted = seat.doubted_until > now
        until = min(known.until, seat.doubted_until if is_doubted else inf)
        if until < inf:
            self._changes.put(until, seat.account.id)
        return worth(
            self.limits.strategy,
            left=known.left,
            is_doubted=is_doubted,
            in_flight=seat.in_flight,
            used_at=seat.used_at,
            turn=seat.turn,
            number=seat.number,
        )

    def _standing(self, seat: Seat, now: float, *, is_home: bool) -> Standing:
        account = seat.account.id
        place = self._places[account]
        return Standing(
            lane=Lane(account, self.bucket.group, self.bucket.model),
            in_flight=seat.in_flight,
            used_at=seat.used_at,
            returns_at=inf if place == "out" else seat.returns_at(self.scopes),
            ends_at=inf if place == "out" else seat.ends_at(self.scopes),
            has_room=not self._is_full(seat),
            is_home=is_home,
            pending=place == "pending",
            left=seat.quota.of(self.bucket.group, now).left,
            is_doubted=seat.doubted_until > now,
            trust=seat.trust(now, self.limits.proven),
            turn=seat.turn,
            number=seat.number,
        )

    def _returns_at(self, seat: Seat) -> float:
        """When a seat may serve this bucket again; `inf` where only a person can bring it back."""
        if not (seat.is_lendable and seat.offers(self.bucket.model)):
            return inf
        return seat.returns_at(self.scopes)

    def _place_of(self, seat: Seat, returns_at: float, now: float) -> Place:
        if returns_at == inf:
            return "out"
        if seat.pending:
            return "pending"
        if returns_at > now:
            # One to verify comes back for single probes, but nobody should wait for that.
            return "out" if seat.needs_verification else "cooling"
        return "lent" if self._is_full(seat) else "ready"

    def _is_full(self, seat: Seat) -> bool:
        own = seat.account.concurrent
        return 0 < (self.limits.per_account if own is None else own) <= seat.in_flight

    def _returns_of(self, seat: Seat) -> "_Returns":
        return self._verifying if seat.needs_verification else self._cooling

    def _first(self, returns: "_Returns") -> float:
        """The earliest end of a cool-down; entries that no longer hold are dropped on the way."""
        while (entry := returns.first) is not None:
            at, account = entry
            seat = self._seats.get(account)
            if seat is not None and self._returns_of(seat) is returns and self._returns_at(seat) == at:
                return at
            returns.drop_first()
        return inf

    def _first_cooling(self, avoid: frozenset[AccountId]) -> float:
        if not avoid:
            return self._first(self._cooling)
        return min(
            (
                seat.returns_at(self.scopes)
                for account, seat in self._seats.items()
                if account not in avoid and self._places[account] == "cooling"
            ),
            default=inf,
        )


class _Returns:
    """Instants at which accounts may come back, earliest first; each account and instant once."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, AccountId]] = []
        self._queued: set[tuple[float, AccountId]] = set()

    @property
    def first(self) -> tuple[float, AccountId] | None:
        return self._heap[0] if self._heap else None

    def put(self, at: float, account: AccountId) -> None:
        entry = (at, account)
        if entry not in self._queued:
            self._queued.add(entry)
            heappush(self._heap, entry)

    def drop_first(self) -> AccountId:
        entry = heappop(self._heap)
        self._queued.discard(entry)
        return entry[1]

    def take(self, now: float) -> Iterator[AccountId]:
        """Remove and give every account whose instant has come."""
        while self._heap and self._heap[0][0] <= now:
            yield self.drop_first()
