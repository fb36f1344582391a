"""Asks the upstream what an account is, once for all who want to know at the same time.

A discovery may take long, for the upstream sets up a project on the way; so it runs in a task of its own and
does not end with whoever asked first. Never: what follows from it for lending.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from app.errors import UpstreamError
from app.ids import AccountId
from app.pool.book import AccountBook
from app.pool.chores import Chores
from app.pool.model import Account, AccountState, Window
from app.pool.states import after_discovery, kept_with_account, state_of
from app.pool.tokens import TokenKeeper
from app.upstreams.base import Credential, Discovery

Discover: TypeAlias = Callable[[Credential], Awaitable[Discovery]]
"""Asks the upstream what an account is: its project, tier, models and quota. Raises an UpstreamError."""


class Found(Struct, frozen=True):
    """The account as stored after the discovery, and what was told about its quota."""

    account: Account
    windows: tuple[Window, ...] = ()


class Discoveries:
    """One discovery per account at a time."""

    def __init__(
        self,
        discover: Discover,
        keeper: TokenKeeper,
        book: AccountBook,
        chores: Chores,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._discover = discover
        self._keeper = keeper
        self._book = book
        self._chores = chores
        self._now = now
        self._running: dict[AccountId, asyncio.Task[Found | UpstreamError]] = {}

    async def ask(self, account: Account, *, keeps_models: bool = False) -> Found:
        """What the upstream says about an account, stored; its models only where they are not to be kept.

        Who asks while it is being asked hears the same. Raises an UpstreamError.
        """
        task = self._running.get(account.id)
        if task is None:
            task = self._chores.start(f"discover-{account.id}", self._find_out(account, keeps_models))
            self._running[account.id] = task
            task.add_done_callback(lambda _: self._running.pop(account.id, None))
        said = await asyncio.shield(task)
        if isinstance(said, UpstreamError):
            raise said
        return said

    async def _find_out(self, account: Account, keeps_models: bool) -> Found | UpstreamError:
        try:
            found = await self._discover(await self._keeper.credential(account))
        except UpstreamError as error:
            return error
        is_told = found.models is not None and not keeps_models
        models = frozenset(found.models or ()) if is_told else account.models
        stored = await self._book.set_discovery(
            account.id, project=found.project, tier=found.tier or account.tier, models=models
        )
        if stored is not None:
            after = after_discovery(replace(stored, project=account.project), found.project)
            if after is not state_of(stored):
                stored = await self._book.set_state(account.id, kept_with_account(after))
        return Found(stored or account, tuple(replace(each, read_at=self._now()) for each in found.windows))


def with_late_news(found: Account, before: Account | None, now: Account) -> Account:
    """What was found, with what the account has become meanwhile: the book may have told an older story."""
    if before is None:
        return found
    if (before.note, before.concurrent) != (now.note, now.concurrent):
        found = replace(found, note=now.note, concurrent=now.concurrent)
    if before.state is now.state or now.state is AccountState.ONBOARDING:
        return found
    return replace(found, state=now.state, state_reason=now.state_reason, state_link=now.state_link)
