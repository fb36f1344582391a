"""Builders for the pool's tests: a book in memory, a scripted token endpoint, accounts that cost nothing.

Never: sockets, or waiting for real time.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from app.clock import Clock
from app.errors import UpstreamError
from app.ids import AccountId
from app.pool.memory import MemoryLedger
from app.pool.model import Account, AccountState, Lane, PoolChange, PoolLimits, Standing, Want
from app.pool.pool import Pool
from app.pool.tokens import TokenKeeper
from app.upstreams.base import Discovery, Token
from tests.support.clock import ManualClock

MODEL = "gemini-3-flash"
GROUP = "gemini"


async def settled(turns: int = 20) -> None:
    """Give every task that can run the chance to come to its next wait."""
    for _ in range(turns):
        await asyncio.sleep(0)


def an_account(name: str, **values: Any) -> Account:
    """A ready account with a project."""
    given = {"project": f"project-{name}", **values}
    return Account(id=AccountId(name), email=f"{name}@example.com", refresh_token=f"refresh-{name}", **given)


def a_want(**values: Any) -> Want:
    """A wish for the usual model, with a deadline far away."""
    given: dict[str, Any] = {"group": GROUP, "model": MODEL, "deadline": 1_000_000.0, **values}
    return Want(**given)


def a_standing(name: str, **values: Any) -> Standing:
    """An idle account as the usual bucket sees it."""
    given: dict[str, Any] = {"in_flight": 0, "used_at": 0.0, **values}
    return Standing(lane=Lane(AccountId(name), GROUP, MODEL), **given)


def a_ledger(
    clock: Clock,
    *names: str,
    changes: list[PoolChange] | None = None,
    jitter: float = 0.0,
    **limits: Any,
) -> MemoryLedger:
    """A ledger with accounts of these names; limits as given, else one per account and none per model."""
    ledger = MemoryLedger(
        clock,
        some_limits(**limits),
        listener=(changes if changes is not None else []).append,
        jitter=lambda: jitter,
    )
    for name in names:
        ledger.put(an_account(name))
    return ledger


def some_limits(**limits: Any) -> PoolLimits:
    """One attempt per account, any number per model."""
    given: dict[str, Any] = {"per_account": 1, "per_model": 0, **limits}
    return PoolLimits(**given)


class MemoryBook:
    """Accounts in a dict. `calls` names what was asked, in order."""

    def __init__(self, *accounts: Account) -> None:
        self.rows = {account.id: account for account in accounts}
        self.calls: list[str] = []

    async def all(self) -> tuple[Account, ...]:
        self.calls.append("all")
        return tuple(self.rows.values())

    async def find(self, account: AccountId) -> Account | None:
        self.calls.append("find")
        return self.rows.get(account)

    async def add(self, *, email: str, refresh_token: str, project: str | None = None) -> Account:
        name = email.partition("@")[0]
        before = self.rows.get(AccountId(name))
        version = before.version + 1 if before else 0
        fresh = Account(
            id=AccountId(name), email=email, refresh_token=refresh_token, project=project, version=version
        )
        return self._put(fresh)

    async def remove(self, account: AccountId) -> bool:
        return self.rows.pop(account, None) is not None

    async def set_enabled(self, account: AccountId, *, enabled: bool) -> Account | None:
        return self._change(account, enabled=enabled)

    async def set_own(self, account: AccountId, *, note: str, concurrent: int | None) -> Account | None:
        return self._change(account, note=note, concurrent=concurrent)

    async def set_state(
        self, account: AccountId, state: AccountState, *, reason: str = "", link: str | None = None
    ) -> Account | None:
        self.calls.append(f"set_state {account} {state}")
        return self._change(account, state=state, state_reason=reason, state_link=link)

    async def set_discovery(
        self, account: AccountId, *, project: str | None, tier: str | None, models: frozenset[str] | None
    ) -> Account | None:
        return self._change(account, project=project, tier=tier, models=models)

    async def set_refresh_token(
        self, account: AccountId, refresh_token: str, *, version: int
    ) -> Account | None:
        self.calls.append(f"set_refresh_token {account} {refresh_token}")
        row = self.rows.get(account)
        if row is None or row.version != version:
            return None
        return self._change(account, refresh_token=refresh_token, version=version + 1)

    def _change(self, account: AccountId, **values: Any) -> Account | None:
        row = self.rows.get(account)
        return None if row is None else self._put(replace(row, **values))

    def _put(self, account: Account) -> Account:
        self.rows[account.id] = account
        return account


class ScriptedRefresher:
    """Gives out `access-1`, `access-2`, ... or what `say` holds next; `hold` stops it on the way."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.say: list[Token | UpstreamError] = []
        self.hold: asyncio.Event | None = None

    async def refresh(self, refresh_token: str) -> Token:
        self.asked.append(refresh_token)
        number = len(self.asked)
        if self.hold is not None:
            await self.hold.wait()
        said = self.say.pop(0) if self.say else Token(f"access-{number}", 3599.0)
        if isinstance(said, UpstreamError):
            raise said
        return said


class PoolWorld:
    """A pool of accounts in memory, with everything around it in reach."""

    def __init__(
        self,
        *accounts: Account,
        discover: Callable[[Any], Any] | None = None,
        **limits: Any,
    ) -> None:
        self.clock = ManualClock()
        self.book = MemoryBook(*accounts)
        self.refresher = ScriptedRefresher()
        self.changes: list[PoolChange] = []
        self.keeper = TokenKeeper(self.refresher, self.book, self.clock, jitter=lambda: 0.0)
        chosen = some_limits(**limits)
        self.ledger = MemoryLedger(self.clock, chosen, listener=self.changes.append, jitter=lambda: 0.0)
        self.pool = Pool(
            self.ledger, self.keeper, self.book, self.clock, chosen, self.changes.append, discover=discover
        )

    async def pass_time(self, seconds: float) -> None:
        """Let time pass and everything that follows from it happen."""
        self.clock.advance(seconds)
        await settled()

    async def __aenter__(self) -> "PoolWorld":
        await self.pool.load()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.pool.aclose()


def a_discovery(**values: Any) -> Discovery:
    """What the upstream says of a healthy account."""
    given: dict[str, Any] = {"project": "project-found", "tier": "free-tier", **values}
    return Discovery(**given)
