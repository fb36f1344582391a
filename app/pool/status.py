"""An account's state in words, for doctor, panel and explain.

Pure. Never: tokens, or anything a stranger to the pool should not read.
"""

from app.pool.cooling import FOR_QUOTA
from app.pool.model import Account, AccountState, AccountStatus, CoolingStatus, State, Window
from app.pool.states import WAY_OUT

WORDS: dict[State, str] = {
    State.READY: "ready",
    State.COOLING: "resting",
    State.EXHAUSTED: "out of quota",
    State.ONBOARDING: "being set up by the upstream",
    State.NEEDS_SIGN_IN: "has to sign in again",
    State.NEEDS_VERIFICATION: "has to be verified by its owner; tried again now and then",
    State.SUSPENDED: "suspended by the upstream",
    State.PROJECT_ERROR: "has no project that may be used",
    State.DISABLED: "disabled by the operator",
}


def status_of(
    account: Account, in_flight: int, cooling: tuple[CoolingStatus, ...], windows: tuple[Window, ...]
) -> AccountStatus:
    """What people are shown of one account."""
    shown = _shown(account, cooling)
    return AccountStatus(
        id=account.id,
        email=account.email,
        project=account.project,
        tier=account.tier,
        enabled=account.enabled,
        state=account.state,
        reason=account.state_reason,
        link=account.state_link,
        shown=shown,
        words=_words(shown, in_flight, cooling),
        way_out=WAY_OUT[shown],
        in_flight=in_flight,
        cooling=cooling,
        windows=windows,
        note=account.note,
        concurrent=account.concurrent,
        added_at=account.added_at,
        models=account.models,
    )


def _shown(account: Account, cooling: tuple[CoolingStatus, ...]) -> State:
    if not account.enabled:
        return State.DISABLED
    if account.state is not AccountState.READY:
        return State(account.state)
    if any(each.why in FOR_QUOTA for each in cooling):
        return State.EXHAUSTED
    return State.COOLING if cooling else State.READY


def _words(shown: State, in_flight: int, cooling: tuple[CoolingStatus, ...]) -> str:
    if shown in (State.COOLING, State.EXHAUSTED):
        return "resting for " + ", ".join(f"{each.what} ({each.why})" for each in cooling)
    return f"lent {in_flight} times" if in_flight and shown is State.READY else WORDS[shown]
