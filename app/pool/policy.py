"""Which account serves an attempt, and how long there is none: pure choice over values.

The account that knows the conversation comes first, where the strategy keeps homes; then see `order`.
Never: time of its own, waiting, or a change to anything it looks at. Source: upstream.md 8.5.
"""

from math import inf

from msgspec import Struct

from app.pool.model import Candidate, PoolView, Standing, Strategy, Wait, Want
from app.pool.order import KEEPS_HOMES, Worth, worth


def rank(want: Want, view: PoolView, now: float) -> list[Candidate]:
    """The lanes that could be lent at `now`, best first."""
    if not view.bucket_has_room or view.bucket_returns_at > now:
        return []
    fitting = [
        standing
        for standing in view.standings
        if standing.has_room
        and standing.returns_at <= now
        and not standing.pending
        and standing.trust >= view.least_trust
        and _may_serve(standing, want)
    ]
    fitting.sort(key=lambda standing: _worth(standing, view.strategy))
    return [Candidate(standing.lane, standing) for standing in fitting]


def room_at(want: Want, view: PoolView) -> float:
    """Earliest instant at which `want` could be granted as far as cool-downs tell; `inf` when never.

    A lent or pending account counts as one that may come at any moment.
    """
    returns = (standing.returns_at for standing in view.standings if _may_serve(standing, want))
    return max(min(returns, default=inf), view.bucket_returns_at)


class Shortage(Struct, frozen=True):
    """Why a bucket has nothing to lend, counted over the accounts that a caller may use.

    `earliest` is the first instant at which a cool-down ends. `tried` counts those that the caller avoids.
    `room_at` is about all accounts, tried or not: when the first returns, 0 when there is one that is lent.
    `ready` lanes are of no use while the bucket itself is full or rests until `bucket_returns_at`.
    """

    ready: int = 0
    lent: int = 0
    pending: int = 0
    cooling: int = 0
    tried: int = 0
    earliest: float = inf
    bucket_returns_at: float = 0.0
    room_at: float = inf


def shortage_of(want: Want, view: PoolView, now: float) -> Shortage:
    """Count a view. The ledger keeps the same counts at hand; a property holds the two together."""
    ready = lent = pending = cooling = tried = 0
    earliest = room_at = inf
    for standing in view.standings:
        if standing.returns_at == inf:
            continue
        is_resting = standing.returns_at > now and not standing.pending
        room_at = min(room_at, max(standing.returns_at, standing.ends_at) if is_resting else 0.0)
        if not _may_serve(standing, want):
            tried += standing.lane.account in want.avoid
        elif standing.pending:
            pending += 1
        elif standing.returns_at > now:
            cooling += 1
            earliest = min(earliest, standing.returns_at)
        elif standing.has_room:
            ready += 1
        else:
            lent += 1
    return Shortage(ready, lent, pending, cooling, tried, earliest, view.bucket_returns_at, room_at)


def wait_for(shortage: Shortage, now: float) -> Wait:
    """What a caller is told who finds nothing to take."""
    there = shortage.ready + shortage.lent + shortage.pending
    room_at = max(now, shortage.room_at, shortage.bucket_returns_at)
    if not there and not shortage.cooling:
        return Wait("tried", now, room_at) if shortage.tried else Wait("none", inf, inf)
    if shortage.bucket_returns_at > now:
        return Wait("cooling", shortage.bucket_returns_at, room_at)
    return Wait("busy", now, room_at) if there else Wait("cooling", shortage.earliest, room_at)


def _may_serve(standing: Standing, want: Want) -> bool:
    account = standing.lane.account
    return account not in want.avoid and (want.only is None or account == want.only)


def _worth(standing: Standing, strategy: Strategy) -> tuple[bool, Worth]:
    is_home = standing.is_home and strategy in KEEPS_HOMES
    place = worth(
        strategy,
        left=standing.left,
        is_doubted=standing.is_doubted,
        in_flight=standing.in_flight,
        used_at=standing.used_at,
        turn=standing.turn,
        number=standing.number,
    )
    return (not is_home, place)
