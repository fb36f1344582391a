"""Why a model is served by this account and not by that one: the choice of this instant, in words.

Made of the same view and the same order as the choice itself, so that it cannot tell another story.
Pure. Never: tokens, or a change to what it looks at.
"""

from collections.abc import Mapping
from math import inf

from msgspec import Struct

from app.ids import AccountId
from app.pool.cooling import Cooling, Scope
from app.pool.model import AccountState, PoolView, Standing, State, Strategy, Wait, Want, Window
from app.pool.order import KEEPS_HOMES
from app.pool.policy import rank
from app.pool.seat import Seat
from app.pool.states import WAY_OUT, state_of
from app.pool.status import WORDS


class LaneStory(Struct, frozen=True, kw_only=True):
    """One account for this model. `place` counts from 1, who would be taken first; None for who is out.

    `until_epoch` is when it comes back by itself, in `back_in_s` seconds; `probe_epoch` is when a single
    request may try earlier. `left` is None where nothing is known; `read_age_s` is how old that word is.
    """

    account: AccountId
    email: str
    state: State
    words: str
    way_out: str
    place: int | None = None
    back_in_s: float | None = None
    until_epoch: float | None = None
    probe_epoch: float | None = None
    link: str | None = None
    in_flight: int = 0
    left: float | None = None
    read_age_s: float | None = None
    windows: tuple[Window, ...] = ()


class Explanation(Struct, frozen=True, kw_only=True):
    """The choice for one model. `taken` is who would be lent to a request that comes now.

    Where that is nobody, `back_in_s` is when there will be room as far as cool-downs tell; None is not known.
    """

    group: str
    model: str
    strategy: Strategy
    words: str
    taken: AccountId | None
    back_in_s: float | None
    waiting: int
    lanes: tuple[LaneStory, ...]


def explained(
    want: Want,
    view: PoolView,
    wait: Wait,
    seats: Mapping[AccountId, Seat],
    *,
    waiting: int,
    now: float,
    now_epoch: float,
) -> Explanation:
    """The choice for `want` from this view; `wait` is what a caller would hear where there is none."""
    order = [candidate.lane.account for candidate in rank(want, view, now)]
    places = {account: place for place, account in enumerate(order, 1)}
    teller = _Teller(want, view, places, now, now_epoch)
    lanes = [teller.tell(standing, seats[standing.lane.account]) for standing in view.standings]
    lanes.sort(key=lambda lane: (lane.place or inf, lane.until_epoch or inf))
    taken = order[0] if order else None
    return Explanation(
        group=want.group,
        model=want.model,
        strategy=view.strategy,
        words=_summary(lanes, view, wait, now),
        taken=taken,
        back_in_s=None if taken is not None or wait.room_at == inf else max(0.0, wait.room_at - now),
        waiting=waiting,
        lanes=tuple(lanes),
    )


class _Teller:
    """Tells the story of one lane after the other, at one instant."""

    def __init__(
        self, want: Want, view: PoolView, places: Mapping[AccountId, int], now: float, now_epoch: float
    ) -> None:
        self._want = want
        self._view = view
        self._places = places
        self._now = now
        self._now_epoch = now_epoch

    def tell(self, standing: Standing, seat: Seat) -> LaneStory:
        """Where one account stands, and why."""
        account = seat.account
        rest = self._rest_of(seat)
        state = state_of(account, rest)
        until = rest.until if rest is not None else inf
        probe_at = rest.probe_at if rest is not None else inf
        read_at = max((each.read_at for each in seat.quota.windows if each.read_at is not None), default=None)
        return LaneStory(
            account=account.id,
            email=account.email,
            state=state,
            words=self._words(standing, seat, state, rest),
            way_out=WAY_OUT[state],
            place=self._places.get(account.id),
            back_in_s=None if until == inf else until - self._now,
            until_epoch=self._epoch(until),
            probe_epoch=self._epoch(probe_at) if probe_at < until else None,
            link=account.state_link,
            in_flight=standing.in_flight,
            left=standing.left,
            read_age_s=None if read_at is None else max(0.0, self._now_epoch - read_at),
            windows=tuple(each for each in seat.quota.windows if each.group == self._want.group),
        )

    def _rest_of(self, seat: Seat) -> Cooling | None:
        """Of all that rests and concerns this model, what ends last."""
        scopes = (Scope("account"), Scope("group", self._want.group), Scope("model", self._want.model))
        rests = [rest for scope in scopes if (rest := seat.rests.get(scope)) and not rest.is_over(self._now)]
        return max(rests, key=lambda rest: rest.until, default=None)

    def _words(self, standing: Standing, seat: Seat, state: State, rest: Cooling | None) -> str:
        account = seat.account
        if state is not State.READY and (rest is None or account.state is not AccountState.READY):
            return f"{WORDS[state]}: {account.state_reason}" if account.state_reason else WORDS[state]
        if account.models is not None and self._want.model not in account.models:
            return "does not have this model"
        if rest is not None:
            return self._resting(rest, seat)
        if standing.pending:
            return WORDS[State.ONBOARDING]
        if not standing.has_room:
            return f"fully lent, {standing.in_flight} in flight"
        return self._ready(standing)

    def _resting(self, rest: Cooling, seat: Seat) -> str:
        said = f"rests for {span(rest.until - self._now)} ({rest.why})"
        if rest.is_for_quota:
            read = seat.quota.read(self._want.group, self._now)
            # What is read lags behind; an operator should see that the two do not agree.
            against = f"refused although {read:.0%} was read as left" if read else "quota used up"
            said = f"{against}, back in {span(rest.until - self._now)}"
        if rest.probe_at < rest.until:
            said += f"; one request may try in {span(rest.probe_at - self._now)}"
        return said

    def _ready(self, standing: Standing) -> str:
        left = "quota not known" if standing.left is None else f"{standing.left:.0%} of the quota left"
        unused = f"unused for {span(self._now - standing.used_at)}" if standing.used_at else "not used so far"
        home = standing.is_home and self._view.strategy in KEEPS_HOMES
        return ", ".join(
            (*(("knows this conversation",) if home else ()), left, f"{standing.in_flight} in flight", unused)
        )

    def _epoch(self, instant: float) -> float | None:
        return None if instant == inf else instant - self._now + self._now_epoch


def span(seconds: float) -> str:
    """A length of time for people, in its two largest units."""
    whole = max(0, round(seconds))
    for name, size, below, small in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {name} {rest} {below}" if rest else f"{whole // size} {name}"
    return f"{whole} s"


def _summary(lanes: list[LaneStory], view: PoolView, wait: Wait, now: float) -> str:
    if not lanes:
        return "There is no account."
    if lanes[0].place == 1:
        return f"{lanes[0].email} would be taken now: {lanes[0].words}."
    if view.bucket_returns_at > now:
        return f"The model rests on every account for {span(view.bucket_returns_at - now)}."
    if not view.bucket_has_room:
        return "The model is at its limit of requests at once; a request would stand in line."
    match wait.why:
        case "busy":
            return "Every account that could serve is lent; a request would stand in line."
        case "cooling":
            return f"Every usable account rests; the first is back in {span(wait.room_at - now)}."
        case _:
            return "No account can serve this model until somebody acts."
