"""What operators should hear of accounts that are neither set aside nor marked: until they serve again.

Never: a consequence for who is lent. Source: upstream.md 7.10, threats.md 5.1, faults.md F018.
"""

from typing import Final

from app.ids import AccountId
from app.pool.model import Account, Outcome
from app.verdicts import LOCATION

_SENTENCES: Final = {
    LOCATION: "The upstream does not serve {accounts} from here: the network of this gateway, or the place "
    "where the owner lives, is one that it does not serve.",
}


class Flags:
    """Which accounts are flagged, by the name of the flag."""

    def __init__(self) -> None:
        self._flagged: dict[str, set[AccountId]] = {}

    def hear(self, account: Account, outcome: Outcome) -> None:
        """How an attempt ended. An answer of a flagged account proves that the trouble is over, for all."""
        if outcome.flag and account.enabled:
            self._flagged.setdefault(outcome.flag, set()).add(account.id)
        elif outcome.word == "ok" and self._flagged:
            self._flagged = {flag: who for flag, who in self._flagged.items() if account.id not in who}

    def forget(self, account: AccountId) -> None:
        """An account has left or is switched off, or somebody says that it is worth trying again."""
        left = {flag: who - {account} for flag, who in self._flagged.items()}
        self._flagged = {flag: who for flag, who in left.items() if who}

    def alarms(self) -> dict[str, str]:
        """What is flagged, as sentences by name."""
        return {flag: _sentence(flag, len(who)) for flag, who in self._flagged.items()}


def _sentence(flag: str, count: int) -> str:
    return _SENTENCES[flag].format(accounts="an account" if count == 1 else f"{count} accounts")
