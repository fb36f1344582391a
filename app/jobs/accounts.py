"""Jobs that keep accounts fresh: taken over from the book, their tokens renewed, their quota looked at.

Never: sets an account aside. Looking changes what is known, not who is lent; a sign-in that is gone is the
one thing that a renewal finds out for good.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from math import ceil
from typing import Protocol

import structlog

from app.clock import Clock
from app.errors import GatewayError
from app.ids import AccountId
from app.pool.model import Account

log = structlog.get_logger(__name__)

AT_ONCE = 4
SPREAD_S = 60.0
RENEW_EVERY_S = 5.0
LOOK_AGAIN_S = 600.0
LOOK_EVERY_S = 10.0


class Accounts(Protocol):
    """What these jobs ask of the pool; see `app.pool.pool.Pool`."""

    async def load(self) -> None:
        """Take over the book as it is now."""
        ...

    def due(self) -> tuple[AccountId, ...]:
        """Accounts whose token should be renewed."""
        ...

    async def warm(self, account: AccountId) -> None:
        """Renew a token ahead of need."""
        ...

    async def refresh(self, account: AccountId) -> Account:
        """Ask the upstream about an account and keep what it says."""
        ...

    def lendable(self) -> tuple[AccountId, ...]:
        """Accounts that wait for nobody."""
        ...


class ReloadAccounts:
    """Takes over what commands and other instances changed. `version` says when there is something."""

    every_s = 10.0

    def __init__(self, pool: Accounts, version: Callable[[], Awaitable[object]]) -> None:
        self._pool = pool
        self._version = version
        self._seen: object = None

    async def run_once(self) -> None:
        """Load the accounts if any has changed."""
        version = await self._version()
        if version != self._seen:
            await self._pool.load()
            self._seen = version


class RenewTokens:
    """Renews access tokens before they are needed, all of them within a minute and few at once. (F133)"""

    every_s = RENEW_EVERY_S

    def __init__(self, pool: Accounts) -> None:
        self._pool = pool

    async def run_once(self) -> None:
        """Renew this turn's share of what is due."""
        due = self._pool.due()
        share = _share(len(self._pool.lendable()), RENEW_EVERY_S, SPREAD_S) if due else 0
        await _few_at_once(due[:share], self._pool.warm)


class SyncAccounts:
    """Asks about quota and models of each account now and then, in turn. (F074)"""

    every_s = LOOK_EVERY_S

    def __init__(self, pool: Accounts, clock: Clock, again_s: float = LOOK_AGAIN_S) -> None:
        self._pool = pool
        self._clock = clock
        self._again_s = again_s
        self._looked: dict[AccountId, float] = {}

    async def run_once(self) -> None:
        """Look at those whose turn it is, longest not looked at first."""
        usable = self._pool.lendable()
        known = frozenset(usable)
        self._looked = {account: at for account, at in self._looked.items() if account in known}
        await _few_at_once(self._turn(usable), self._look)

    def _turn(self, usable: Sequence[AccountId]) -> list[AccountId]:
        now, again_s = self._clock.monotonic(), self._again_s
        waiting = [account for account in usable if now - self._looked.get(account, -again_s) >= again_s]
        waiting.sort(key=lambda account: self._looked.get(account, -again_s))
        return waiting[: _share(len(usable), LOOK_EVERY_S, again_s)]

    async def _look(self, account: AccountId) -> None:
        self._looked[account] = self._clock.monotonic()
        try:
            await self._pool.refresh(account)
        except GatewayError as error:
            log.info("an account could not be looked at", account=account, why=error.message)


def _share(total: int, every_s: float, spread_s: float) -> int:
    """How many of `total` belong to one turn, so that all had theirs after `spread_s`."""
    return max(1, ceil(total * every_s / spread_s))


async def _few_at_once(accounts: Iterable[AccountId], work: Callable[[AccountId], Awaitable[None]]) -> None:
    waiting = iter(tuple(accounts))

    async def go_through() -> None:
        for account in waiting:
            await work(account)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(go_through())
