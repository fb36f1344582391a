"""Asks the upstream what an account is, outside of a running gateway, and keeps what was found."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Protocol

from msgspec import Struct

from app.clock import SystemClock
from app.errors import UpstreamError
from app.gateway.upstream import open_way
from app.pool.model import Account, AccountState, State
from app.pool.states import MOVE_OF_MARK, Move, after_discovery, kept_with_account, moved, state_of
from app.settings.schema import Settings
from app.store.lifecycle import Store
from app.upstreams.base import Credential, Discovery


class Examined(Struct, frozen=True):
    """What came of it: a discovery or an error, and a new refresh token if the upstream gave one."""

    discovery: Discovery | None = None
    error: UpstreamError | None = None
    refresh_token: str | None = None


class Examine(Protocol):
    """Examines one account; without `discovers` its sign-in alone."""

    def __call__(self, account: Account, *, discovers: bool = True) -> Awaitable[Examined]: ...


@asynccontextmanager
async def examiner(settings: Settings) -> AsyncIterator[Examine]:
    """A function that examines accounts, for as long as the block lasts."""
    async with open_way(settings, SystemClock()) as way:

        async def examine(account: Account, *, discovers: bool = True) -> Examined:
            rotated = None
            try:
                token = await way.oauth.refresh(account.refresh_token)
                rotated = token.refresh_token
                if not discovers:
                    return Examined(refresh_token=rotated)
                credential = Credential(account.id, token.access_token, account.project)
                return Examined(await way.upstream.discover(credential), refresh_token=rotated)
            except UpstreamError as exc:
                return Examined(error=exc, refresh_token=rotated)

        yield examine


async def kept(
    store: Store, account: Account, examined: Examined, *, keep: bool, keeps_models: bool = False
) -> Account:
    """The account after what was found is stored. A rotated token is stored always: the old one is dead."""
    after: Account | None = account
    if examined.refresh_token is not None:
        book = store.accounts
        after = await book.set_refresh_token(account.id, examined.refresh_token, version=account.version)
    if not keep:
        return after or account
    if (found := examined.discovery) is not None:
        is_told = found.models is not None and not keeps_models
        models = frozenset(found.models or ()) if is_told else account.models
        await store.accounts.set_discovery(account.id, project=found.project, tier=found.tier, models=models)
        after = await _moved(store, account, _after(account, found))
    elif examined.error is None and account.state is AccountState.NEEDS_SIGN_IN:
        after = await _moved(store, account, moved(state_of(account), Move.SIGNED_IN))
    elif (error := examined.error) is not None and error.verdict.mark is not None:
        state = moved(state_of(account), MOVE_OF_MARK[error.verdict.mark])
        after = await _moved(store, account, state, reason=error.message, link=error.verdict.link)
    return after or account


def _after(account: Account, found: Discovery) -> State:
    """Who could be asked about is signed in; what else is wrong with an account, asking does not mend."""
    before = state_of(account)
    is_signed_in_again = before is State.NEEDS_SIGN_IN
    return moved(before, Move.SIGNED_IN) if is_signed_in_again else after_discovery(account, found.project)


async def _moved(
    store: Store, account: Account, after: State, *, reason: str = "", link: str | None = None
) -> Account | None:
    if after is state_of(account):
        return await store.accounts.find(account.id)
    return await store.accounts.set_state(account.id, kept_with_account(after), reason=reason, link=link)


def message(examined: Examined) -> str | None:
    """What went wrong, None when all is well."""
    return None if examined.error is None else examined.error.message
