"""Where accounts are kept, as the pool sees it.

Implemented by the store; a book in memory serves tests. Never: a query on the way of a warm request.
"""

from typing import Protocol

from app.ids import AccountId
from app.pool.model import Account, AccountState


class AccountBook(Protocol):
    """The stored accounts. Every change answers with the account as it stands then, None when it is gone."""

    async def all(self) -> tuple[Account, ...]:
        """Every account, oldest first."""
        ...

    async def find(self, account: AccountId) -> Account | None:
        """One account, freshly read."""
        ...

    async def add(self, *, email: str, refresh_token: str, project: str | None = None) -> Account:
        """A new account, enabled. A known e-mail keeps its account, with the new token and a clean state."""
        ...

    async def remove(self, account: AccountId) -> bool:
        """Forget an account. False when there was none."""
        ...

    async def set_enabled(self, account: AccountId, *, enabled: bool) -> Account | None:
        """The operator's switch."""
        ...

    async def set_own(self, account: AccountId, *, note: str, concurrent: int | None) -> Account | None:
        """What the operator says of it: a note, and a cap of its own."""
        ...

    async def set_state(
        self, account: AccountId, state: AccountState, *, reason: str = "", link: str | None = None
    ) -> Account | None:
        """What the upstream or its absence says about the account. Leaves `version` alone."""
        ...

    async def set_discovery(
        self, account: AccountId, *, project: str | None, tier: str | None, models: frozenset[str] | None
    ) -> Account | None:
        """What discovery found."""
        ...

    async def set_refresh_token(
        self, account: AccountId, refresh_token: str, *, version: int
    ) -> Account | None:
        """Store a rotated token, if the stored one still has `version`, which then goes up by one.

        None when the row is gone or somebody else was faster; nothing is stored then.
        """
        ...
