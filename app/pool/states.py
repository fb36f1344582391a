"""The states of an account as one small machine: which there are, what moves it, and who may leave each.

Part of the state is stored with the account and waits for somebody; the rest is what time mends by itself.
`state_of` reads it off both, `moved` is the table of what may follow. Never: time, or the length of a rest.

moved(READY, QUOTA_REFUSED) -> EXHAUSTED; moved(EXHAUSTED, TIME_UP) -> READY
moved(SUSPENDED, SERVED) -> SUSPENDED; moved(SUSPENDED, TIME_UP) -> IllegalMove
"""

from enum import StrEnum
from typing import Final

from app.pool.cooling import Cooling
from app.pool.model import Account, AccountState, State
from app.verdicts import Mark


class Move(StrEnum):
    """What can happen to an account."""

    SERVED = "served"
    REFUSED = "refused"  # for a while, for this or that reason
    QUOTA_REFUSED = "quota_refused"
    TIME_UP = "time_up"
    SIGN_IN_REFUSED = "sign_in_refused"
    VERIFICATION_ASKED = "verification_asked"
    SUSPENSION_TOLD = "suspension_told"
    PROJECT_REFUSED = "project_refused"
    SET_UP_BEGUN = "set_up_begun"
    SET_UP_FAILED = "set_up_failed"
    DISCOVERED = "discovered"
    SIGNED_IN = "signed_in"
    ENABLED = "enabled"
    DISABLED = "disabled"


class IllegalMove(Exception):
    """Something was said to happen that cannot happen in this state: a bug. Nothing has changed."""


Row = dict[Move, State]

_BY_PEOPLE: Final[Row] = {
    Move.SIGNED_IN: State.READY,
    Move.ENABLED: State.READY,
    Move.DISABLED: State.DISABLED,
}
_BY_MARKS: Final[Row] = {
    Move.SIGN_IN_REFUSED: State.NEEDS_SIGN_IN,
    Move.VERIFICATION_ASKED: State.NEEDS_VERIFICATION,
    Move.SUSPENSION_TOLD: State.SUSPENDED,
    Move.PROJECT_REFUSED: State.PROJECT_ERROR,
}
_LATE_WORDS: Final = (Move.SERVED, Move.REFUSED, Move.QUOTA_REFUSED, *_BY_MARKS)
"""An attempt that began earlier may still end in any of these."""


def _waiting_for_people(state: State, *, suspends: bool = True) -> Row:
    """Late words change nothing, except that a suspension is worse than all the rest."""
    row: Row = dict.fromkeys(_LATE_WORDS, state)
    if suspends:
        row[Move.SUSPENSION_TOLD] = State.SUSPENDED
    return row | {Move.DISCOVERED: state} | _BY_PEOPLE


def _lent() -> Row:
    return {
        Move.REFUSED: State.COOLING,
        Move.QUOTA_REFUSED: State.EXHAUSTED,
        Move.SET_UP_BEGUN: State.ONBOARDING,
        **_BY_MARKS,
        **_BY_PEOPLE,
    }


MOVES: Final[dict[State, Row]] = {
    State.READY: _lent() | {Move.SERVED: State.READY, Move.DISCOVERED: State.READY},
    # A success here is a probe's: anything older says nothing about what began after it.
    State.COOLING: _lent()
    | {Move.SERVED: State.READY, Move.TIME_UP: State.READY, Move.DISCOVERED: State.COOLING},
    State.EXHAUSTED: _lent()
    | {
        Move.SERVED: State.READY,
        Move.TIME_UP: State.READY,
        Move.REFUSED: State.EXHAUSTED,
        Move.DISCOVERED: State.EXHAUSTED,
    },
    State.ONBOARDING: _waiting_for_people(State.ONBOARDING)
    | _BY_MARKS
    | {Move.DISCOVERED: State.READY, Move.SET_UP_FAILED: State.COOLING, Move.SET_UP_BEGUN: State.ONBOARDING},
    State.PROJECT_ERROR: _waiting_for_people(State.PROJECT_ERROR) | {Move.DISCOVERED: State.READY},
    State.NEEDS_SIGN_IN: _waiting_for_people(State.NEEDS_SIGN_IN),
    # Nobody tells when its owner is done: single attempts find out.
    State.NEEDS_VERIFICATION: _waiting_for_people(State.NEEDS_VERIFICATION)
    | _BY_MARKS
    | {Move.SERVED: State.READY},
    State.SUSPENDED: _waiting_for_people(State.SUSPENDED),
    State.DISABLED: _waiting_for_people(State.DISABLED, suspends=False) | {Move.SIGNED_IN: State.READY},
}
"""What follows upon what. A pair that is missing is illegal."""

MOVE_OF_MARK: Final[dict[Mark, Move]] = {
    Mark.NEEDS_SIGN_IN: Move.SIGN_IN_REFUSED,
    Mark.NEEDS_VERIFICATION: Move.VERIFICATION_ASKED,
    Mark.SUSPENDED: Move.SUSPENSION_TOLD,
    Mark.PROJECT_ERROR: Move.PROJECT_REFUSED,
}

WAY_OUT: Final[dict[State, str]] = {
    State.READY: "",
    State.COOLING: "It comes back by itself.",
    State.EXHAUSTED: "It comes back by itself when its quota is reset; a single request may try earlier.",
    State.ONBOARDING: "It comes back once the upstream has set up its project.",
    State.PROJECT_ERROR: "It comes back when the upstream gives it another project; or enable it again.",
    State.NEEDS_SIGN_IN: "Its owner has to sign in again.",
    State.NEEDS_VERIFICATION: "Its owner has to follow the link; a single request tries now and then.",
    State.SUSPENDED: "Its owner has to settle it with the upstream; then enable it again. It is never tried.",
    State.DISABLED: "The operator has to enable it.",
}
"""Who may end a state, for people."""


def moved(state: State, move: Move) -> State:
    """The state after a move. Raises IllegalMove for one that cannot happen."""
    try:
        return MOVES[state][move]
    except KeyError:
        raise IllegalMove(f"`{move}` cannot happen to an account that is `{state}`.") from None


def state_of(account: Account, rest: Cooling | None = None) -> State:
    """How an account stands. `rest` is the cool-down that counts, None where none is open."""
    if not account.enabled:
        return State.DISABLED
    if account.state is not AccountState.READY:
        return State(account.state)
    if rest is None:
        return State.READY
    return State.EXHAUSTED if rest.is_for_quota else State.COOLING


def after_discovery(account: Account, project: str | None) -> State:
    """The state of an account that was asked about. A refused project that is found again stays refused."""
    before = state_of(account)
    is_news = before is not State.PROJECT_ERROR or project != account.project
    return moved(before, Move.DISCOVERED) if is_news else before


def kept_with_account(state: State) -> AccountState:
    """What of a state is kept with the account; what time mends is not."""
    return AccountState.READY if state in _OF_TIME else AccountState(state)


_OF_TIME: Final = frozenset({State.READY, State.COOLING, State.EXHAUSTED, State.DISABLED})
