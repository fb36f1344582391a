"""Asks the upstream what an account is, outside of a running gateway.

Never: changes an account; what was found is handed back.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from app.clock import SystemClock
from app.errors import UpstreamError
from app.gateway.upstream import open_way
from app.pool.model import Account
from app.settings.schema import Settings
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
