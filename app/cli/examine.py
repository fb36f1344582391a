"""Asks the upstream what an account is, outside of a running gateway, and keeps what was found."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from app.clock import SystemClock
from app.errors import UpstreamError
from app.gateway.upstream import open_way
from app.pool.model import Account, AccountState
from app.pool.outcome import STATE_OF_MARK
from app.settings.schema import Settings
from app.store.lifecycle import Store
from app.upstreams.base import Credential, Discovery


class Examined(Struct, frozen=True):
    """What came of it: a discovery or an error, and a new refresh token if the upstream gave one."""

    discovery: Discovery | None = None
    error: UpstreamError | None = None
    refresh_token: str | None = None


Examine = Callable[[Account], Awaitable[Examined]]


@asynccontextmanager
async def examiner(settings: Settings) -> AsyncIterator[Examine]:
    """A function that examines accounts, for as long as the block lasts."""
    async with open_way(settings, SystemClock()) as way:

        async def examine(account: Account) -> Examined:
            rotated = None
            try:
                token = await way.oauth.refresh(account.refresh_token)
                rotated = token.refresh_token
                credential = Credential(account.id, token.access_token, account.project)
                return Examined(await way.upstream.discover(credential), refresh_token=rotated)
            except UpstreamError as exc:
                return Examined(error=exc, refresh_token=rotated)

        yield examine


async def kept(store: Store, account: Account, examined: Examined, *, keep: bool) -> Account:
    """The account after what was found is stored. A rotated token is stored always: the old one is dead."""
    after: Account | None = account
    if examined.refresh_token is not None:
        book = store.accounts
        after = await book.set_refresh_token(account.id, examined.refresh_token, version=account.version)
    if not keep:
        return after or account
    if (found := examined.discovery) is not None:
        models = None if found.models is None else frozenset(found.models)
        await store.accounts.set_discovery(account.id, project=found.project, tier=found.tier, models=models)
        after = await store.accounts.set_state(account.id, AccountState.READY)
    elif (error := examined.error) is not None and error.verdict.mark is not None:
        state = STATE_OF_MARK[error.verdict.mark]
        link = error.verdict.link
        after = await store.accounts.set_state(account.id, state, reason=error.message, link=link)
    return after or account


def message(examined: Examined) -> str | None:
    """What went wrong, None when all is well."""
    return None if examined.error is None else examined.error.message
