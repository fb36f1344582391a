"""Who failed for no clear reason lately and who proved good, and what of that a request may ask for.

An index over seats, so that nobody has to look at all of them. Never: sets anything aside; a request that
has not failed yet is served by whoever is first in order.
Source: threats.md 5.2, faults.md F021.
"""

from app.ids import AccountId
from app.pool.model import PoolLimits, Trust, Want
from app.pool.roster import Roster
from app.pool.seat import Seat


class Reputation:
    """What is remembered of failures and answers, over all accounts."""

    def __init__(self) -> None:
        self._unsteady: dict[AccountId, Seat] = {}
        self._proven: dict[AccountId, None] = {}

    def failed(self, seat: Seat) -> None:
        """A failure of unclear origin."""
        self._proven.pop(seat.account.id, None)
        self._unsteady[seat.account.id] = seat

    def served(self, seat: Seat, limits: PoolLimits) -> None:
        """An answer; the seat has not counted it yet."""
        if seat.served + 1 >= limits.proven:
            self._proven[seat.account.id] = None

    def forget(self, account: AccountId) -> None:
        """An account has left."""
        self._unsteady.pop(account, None)
        self._proven.pop(account, None)

    def is_outlier(self, seat: Seat, roster: Roster, now: float) -> bool:
        """Whether this one has failed lately while most others that could serve have not."""
        return seat.unsteady_until > now and seat.account.id in self._outliers(roster, now)

    def least_trust(self, want: Want, roster: Roster, now: float) -> Trust:
        """How good an account a want may insist on: one of that kind is there, if only lent just now.

        Before any is proven, those that answer others just now may become so.
        """
        if want.trust >= Trust.PROVEN and (
            self._is_proven_one_there(want, roster, now) or self._may_prove_good(want, roster, now)
        ):
            return Trust.PROVEN
        if want.trust >= Trust.STEADY and (found := self._outliers(roster, now)):
            passed_over = sum(map(roster.is_there, found | want.avoid))
            return Trust.STEADY if passed_over < roster.there else Trust.UNSTEADY
        return Trust.UNSTEADY

    def _is_proven_one_there(self, want: Want, roster: Roster, now: float) -> bool:
        return any(
            roster.is_there(account)
            and account not in want.avoid
            and not self._is_unsteady(account, now)
            and want.only in (None, account)
            for account in self._proven
        )

    def _may_prove_good(self, want: Want, roster: Roster, now: float) -> bool:
        passed_over = want.avoid.union(self._unsteady_at(now))
        return roster.in_flight_without(passed_over) > 0 and want.only is None

    def _is_unsteady(self, account: AccountId, now: float) -> bool:
        seat = self._unsteady.get(account)
        return seat is not None and seat.unsteady_until > now

    def _outliers(self, roster: Roster, now: float) -> frozenset[AccountId]:
        """Who has failed lately, unless more than half have: then it is not the accounts."""
        found = frozenset(filter(roster.is_there, self._unsteady_at(now)))
        return found if 2 * len(found) <= roster.there else frozenset()

    def _unsteady_at(self, now: float) -> dict[AccountId, Seat]:
        for account in [each for each, seat in self._unsteady.items() if seat.unsteady_until <= now]:
            del self._unsteady[account]
        return self._unsteady
