"""An account's state in words, for doctor, panel and explain.

Pure. Never: tokens, or anything a stranger to the pool should not read.
"""

from app.pool.model import Account, AccountState, AccountStatus, CoolingStatus, Window

_WORDS: dict[AccountState, str] = {
    AccountState.READY: "ready",
    AccountState.ONBOARDING: "being set up by the upstream",
    AccountState.NEEDS_SIGN_IN: "has to sign in again",
    AccountState.NEEDS_VERIFICATION: "has to be verified by its owner; tried again now and then",
    AccountState.SUSPENDED: "suspended by the upstream",
    AccountState.PROJECT_ERROR: "has no project that may be used",
}


def status_of(
    account: Account, in_flight: int, cooling: tuple[CoolingStatus, ...], windows: tuple[Window, ...]
) -> AccountStatus:
    """What people are shown of one account."""
    return AccountStatus(
        id=account.id,
        email=account.email,
        project=account.project,
        tier=account.tier,
        enabled=account.enabled,
        state=account.state,
        reason=account.state_reason,
        link=account.state_link,
        words=_words(account, in_flight, cooling),
        in_flight=in_flight,
        cooling=cooling,
        windows=windows,
    )


def _words(account: Account, in_flight: int, cooling: tuple[CoolingStatus, ...]) -> str:
    if not account.enabled:
        return "disabled by the operator"
    if account.state is not AccountState.READY:
        return _WORDS[account.state]
    if cooling:
        return "resting for " + ", ".join(f"{each.what} ({each.why})" for each in cooling)
    return f"lent {in_flight} times" if in_flight else _WORDS[AccountState.READY]
