"""Access tokens: cached, renewed ahead of their end, one renewal per account at a time.

A renewal belongs to no request: it runs in the keeper's own task and outlives whoever asked first. Lifetimes
count from receipt on the monotonic clock, so a wrong wall clock changes nothing.
Never: knowledge of OAuth. Source: faults.md D (F063 to F071), upstream.md 1.7.
"""

import asyncio
import random
from collections.abc import Callable
from math import inf

import structlog
from msgspec import Struct
from msgspec.structs import replace

from app.clock import Clock
from app.errors import CredentialRejected, OAuthClientRejected, UpstreamError
from app.ids import AccountId
from app.pool.book import AccountBook
from app.pool.chores import Chores
from app.pool.model import Account
from app.upstreams.base import Credential, Refresher, Token

LEAST_LIFETIME_S = 60.0
MOST_LIFETIME_S = 3600.0
LEAD_S = 300.0
"""A token is renewed this long before its end, or up to as long again earlier, at random."""
TIGHT_S = 30.0
"""With less than this left a caller waits for the new token instead of using the old one."""
FIRST_PAUSE_S = 1.0
LAST_PAUSE_S = 60.0
CLIENT_PAUSE_S = 60.0
"""How long a wrong OAuth client is not tried again, for any account: only a changed setting mends it."""

_log = structlog.get_logger(__name__)


class TokenStatus(Struct, frozen=True):
    """When an access token was had, and when it ends; epoch instants. Never the token."""

    had_at: float
    ends_at: float


class _Held(Struct, frozen=True):
    token: str
    had_at: float
    renew_at: float
    ends_at: float
    version: int


class _Failed(Struct, frozen=True):
    """The last renewal went wrong. Until `until` nobody tries again."""

    error: UpstreamError
    until: float
    version: int
    pause_s: float = 0.0


class _Rotated(Struct, frozen=True):
    """A refresh token that is newer than the one which the pool's copy of the account still has."""

    refresh_token: str
    version: int


class TokenKeeper:
    """Access tokens of every account."""

    def __init__(
        self,
        refresher: Refresher,
        book: AccountBook,
        clock: Clock,
        *,
        lead_s: float = LEAD_S,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._refresher = refresher
        self._book = book
        self._clock = clock
        self._lead_s = lead_s
        self._jitter = jitter
        self._held: dict[AccountId, _Held] = {}
        self._failed: dict[AccountId, _Failed] = {}
        self._rotated: dict[AccountId, _Rotated] = {}
        self._renewals: dict[AccountId, asyncio.Task[str | UpstreamError]] = {}
        self._client_failed: _Failed | None = None
        self._chores = Chores()

    async def credential(self, account: Account) -> Credential:
        """A token that is good for a while, with the account's project.

        Raises CredentialRejected when the account must sign in again, OAuthClientRejected when the client's
        id or secret is wrong, another UpstreamError for what may pass.
        """
        now = self._clock.monotonic()
        held = self._held.get(account.id)
        if held is not None and held.version < account.version:
            held = None
        if held is not None and now < held.ends_at - TIGHT_S:
            if now >= held.renew_at:
                self._renew_quietly(account, now)
            return _credential(account, held.token)
        try:
            return _credential(account, await self._renewed(account, now))
        except UpstreamError:
            # A token at its very end still serves when nothing better can be had. (F063)
            if held is not None and self._clock.monotonic() < held.ends_at:
                return _credential(account, held.token)
            raise

    def invalidate(self, account: AccountId, access_token: str | None = None) -> None:
        """Never give this token out again. One that was renewed meanwhile stays; None means any."""
        held = self._held.get(account)
        if held is not None and access_token in (None, held.token):
            del self._held[account]

    def is_due(self, account: Account) -> bool:
        """Whether a renewal ahead of need makes sense now: none is under way, and none just failed."""
        now = self._clock.monotonic()
        if account.id in self._renewals or self._failure_of(self._up_to_date(account), now) is not None:
            return False
        held = self._held.get(account.id)
        return held is None or held.version < account.version or now >= held.renew_at

    def try_again(self, account: AccountId) -> None:
        """Renew at the next call, whatever is held and however the last renewal ended."""
        self._held.pop(account, None)
        self._failed.pop(account, None)
        self._client_failed = None

    def distrust(self) -> None:
        """Renew every token before it is used again: nobody knows how much time has passed. (F136)"""
        self._held.clear()

    @property
    def client_trouble(self) -> str | None:
        """What is wrong with the OAuth client, in a sentence, as long as the last word was that."""
        return self._client_failed.error.message if self._client_failed is not None else None

    def forget(self, account: AccountId) -> None:
        """Drop all that is known of an account: it was removed, or signed in anew."""
        for kept in (self._held, self._failed, self._rotated):
            kept.pop(account, None)

    def status(self, account: AccountId) -> TokenStatus | None:
        """The age of the token that is held, None where none is."""
        held = self._held.get(account)
        if held is None:
            return None
        ahead = self._clock.now() - self._clock.monotonic()
        return TokenStatus(held.had_at + ahead, held.ends_at + ahead)

    def retries_in(self, account: AccountId) -> float:
        """Seconds until a failed renewal may be tried again; 0 when there is nothing to wait for."""
        failed = self._failed.get(account)
        return max(0.0, failed.until - self._clock.monotonic()) if failed is not None else 0.0

    async def aclose(self, grace_s: float = 5.0) -> None:
        """Let renewals that run come to their end: a rotated token must not be lost."""
        await self._chores.aclose(grace_s)

    async def _renewed(self, account: Account, now: float) -> str:
        account = self._up_to_date(account)
        renewal = self._renewals.get(account.id)
        if renewal is None:
            failure = self._failure_of(account, now)
            if failure is not None:
                raise failure.anew()
            renewal = self._start(account)
        # Shielded: the first caller's end is not the end of what the others wait for. (F068)
        said = await asyncio.shield(renewal)
        if isinstance(said, UpstreamError):
            raise said.anew()
        return said

    def _renew_quietly(self, account: Account, now: float) -> None:
        account = self._up_to_date(account)
        if account.id not in self._renewals and self._failure_of(account, now) is None:
            self._start(account)

    def _failure_of(self, account: Account, now: float) -> UpstreamError | None:
        failed = self._failed.get(account.id)
        if failed is not None and failed.version == account.version and now < failed.until:
            return failed.error
        client = self._client_failed
        return client.error if client is not None and now < client.until else None

    def _start(self, account: Account) -> "asyncio.Task[str | UpstreamError]":
        task = self._chores.start(f"renew-token-{account.id}", self._renew(account))
        self._renewals[account.id] = task
        task.add_done_callback(lambda _: self._renewals.pop(account.id, None))
        return task

    async def _renew(self, account: Account) -> str | UpstreamError:
        """Failures are a result, so that each who waits raises one of its own."""
        try:
            token, account = await self._refresh(account)
        except UpstreamError as error:
            self._note_failure(account, error)
            return error
        self._keep(account, token)
        return token.access_token

    async def _refresh(self, account: Account) -> tuple[Token, Account]:
        try:
            token = await self._refresher.refresh(account.refresh_token)
        except CredentialRejected:
            # Another instance, or the operator, may have renewed the row. (F064)
            stored = await self._book.find(account.id)
            if stored is None or stored.refresh_token == account.refresh_token:
                raise
            account = stored
            token = await self._refresher.refresh(account.refresh_token)
        return token, await self._store_rotated(account, token)

    async def _store_rotated(self, account: Account, token: Token) -> Account:
        """A new refresh token is stored before anything is done with what came along with it. (F069)"""
        rotated = token.refresh_token
        if rotated is None or rotated == account.refresh_token:
            return account
        # Kept in memory as well: should the store fail now, the old token may be dead already.
        self._rotated[account.id] = _Rotated(rotated, account.version)
        stored = await self._book.set_refresh_token(account.id, rotated, version=account.version)
        if stored is None:
            stored = await self._book.find(account.id)
        if stored is None:
            return account
        self._rotated[account.id] = _Rotated(stored.refresh_token, stored.version)
        return stored

    def _keep(self, account: Account, token: Token) -> None:
        now = self._clock.monotonic()
        lifetime_s = min(max(token.lifetime_s, LEAST_LIFETIME_S), MOST_LIFETIME_S)
        lead_s = min(self._lead_s * (1.0 + self._jitter()), lifetime_s / 2)
        self._held[account.id] = _Held(
            token.access_token, now, now + lifetime_s - lead_s, now + lifetime_s, account.version
        )
        self._failed.pop(account.id, None)
        self._client_failed = None

    def _note_failure(self, account: Account, error: UpstreamError) -> None:
        now = self._clock.monotonic()
        match error:
            case CredentialRejected():
                self._failed[account.id] = _Failed(error, inf, account.version)
            case OAuthClientRejected(kind="oauth_client_rejected"):
                self._client_failed = _Failed(error, now + CLIENT_PAUSE_S, account.version)
            case _:
                before = self._failed.get(account.id)
                doubled = before.pause_s * 2 if before is not None else FIRST_PAUSE_S
                pause_s = min(max(doubled, FIRST_PAUSE_S), LAST_PAUSE_S)
                until = now + pause_s * (1.0 + 0.2 * self._jitter())
                self._failed[account.id] = _Failed(error, until, account.version, pause_s)
        _log.warning("token not renewed", account=account.id, kind=error.kind)

    def _up_to_date(self, account: Account) -> Account:
        rotated = self._rotated.get(account.id)
        if rotated is None or rotated.version < account.version:
            return account
        return replace(account, refresh_token=rotated.refresh_token, version=rotated.version)


def _credential(account: Account, token: str) -> Credential:
    return Credential(account.id, token, account.project)
