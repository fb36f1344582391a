"""Accounts: listed, added by hand, switched, described, removed, asked about, explained.

`actor` is who asks, for the audit log. Never: a token in an audit entry.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from msgspec import UNSET

from app.addons.spending import day_began
from app.admin.api.account_order import cut, found, read_at
from app.admin.refusals import Refused
from app.admin.schemas.accounts import (
    AccountBody,
    AccountDetail,
    AccountFilter,
    AccountList,
    AccountPatch,
    AccountQuery,
    AccountView,
    AttemptOf,
    ClearBody,
    CoolingView,
    EventView,
    QuotaMark,
    TokenView,
)
from app.errors import BadRequest, CredentialRejected
from app.gateway.parts import Gateway
from app.ids import AccountId
from app.pool.explanation import Explanation
from app.pool.model import AccountStatus
from app.store.usage_reader import Sums

_DAY_S: Final = 86_400.0
_NOTHING: Final = Sums()


class Accounts:
    """Acts on the running pool, so that every change is in force at once."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pool = gateway.pool
        self._store = gateway.store

    async def all(self, query: AccountQuery | None = None) -> AccountList:
        """A page of accounts."""
        query = query or AccountQuery()
        everyone = self._pool.snapshot()
        matching = found(everyone, query.filter, query.sort)
        page, following = cut(matching, query.cursor, query.limit)
        return AccountList(
            accounts=await self._views(page),
            alarms=list(self._pool.alarms().values()),
            total=len(everyone),
            matching=len(matching),
            next=following,
        )

    def matching(self, wanted: AccountFilter) -> list[AccountStatus]:
        """Every account that matches now."""
        return found(self._pool.snapshot(), wanted, "attention")

    async def add(self, body: AccountBody, actor: str) -> AccountView:
        """Add an account, or give a known one a new token, once the token has been seen to be its own."""
        token = await self._proved(body.email, body.refresh_token.strip())
        account = await self._pool.add(email=body.email, refresh_token=token, project=body.project)
        await self._store.audit.note(actor, "account.add", account.id, {"email": account.email})
        return await self.one(account.id)

    async def one(self, account: AccountId) -> AccountView:
        """One account as it stands. Raises Refused."""
        (view,) = await self._views([self._status(account)])
        return view

    async def detail(self, account: AccountId) -> AccountDetail:
        """One account with its history. Raises Refused."""
        status, now = self._status(account), self._gateway.clock.now()
        history, attempts = self._store.history, self._store.attempts
        token = self._pool.token(account)
        tries, failed = await attempts.counted(account, now - _DAY_S)
        return AccountDetail(
            account=await self.one(account),
            events=[
                EventView(at=one.at, state=one.state, cause=one.cause)
                for one in await history.events(account, 50)
            ],
            attempts=[
                AttemptOf(
                    request=one.flow,
                    number=one.number,
                    started_at=one.started_at,
                    duration_ms=one.duration_ms,
                    code=one.code,
                    kind=one.kind,
                    status=one.status,
                )
                for one in await attempts.of(account, now - _DAY_S, 20)
            ],
            tries=tries,
            failed_tries=failed,
            quota=[
                QuotaMark(group=one.quota_group, window=one.window, at=one.at, left=one.left)
                for one in await history.quota(account, now - 7 * _DAY_S)
            ],
            token=None if token is None else TokenView(had_at=token.had_at, ends_at=token.ends_at),
            models=None if status.models is None else sorted(status.models),
        )

    async def switch(self, account: AccountId, actor: str, *, enabled: bool) -> AccountView:
        """Enable or disable; enabling also clears a state that somebody has mended."""
        await self._pool.set_enabled(account, enabled=enabled)
        await self._note(actor, "account.enable" if enabled else "account.disable", account)
        return await self.one(account)

    async def update(self, account: AccountId, patch: AccountPatch, actor: str) -> AccountView:
        """Say anew what an account is noted for, and how much it may carry at once. Raises Refused."""
        before = self._status(account)
        note = before.note if patch.note is UNSET else patch.note
        concurrent = before.concurrent if patch.concurrent is UNSET else patch.concurrent
        await self._pool.describe(account, note=note, concurrent=concurrent)
        old = {"note": before.note, "concurrent": before.concurrent}
        told = {"old": old, "new": {"note": note, "concurrent": concurrent}}
        await self._store.audit.note(actor, "account.update", account, told)
        return await self.one(account)

    async def clear(self, account: AccountId, body: ClearBody, actor: str) -> AccountView:
        """End a cool-down, or all of an account. Raises Refused."""
        self._status(account)
        self._pool.clear(account, body.what or "")
        await self._store.audit.note(actor, "account.clear", account, {"what": body.what or "all"})
        return await self.one(account)

    async def refresh(self, account: AccountId, actor: str) -> AccountView:
        """A fresh token, and all news from the upstream."""
        await self._pool.renew(account)
        await self._note(actor, "account.refresh", account)
        return await self.one(account)

    async def remove(self, account: AccountId, actor: str) -> None:
        """Forget an account; what runs on it finishes."""
        email = self._status(account).email
        await self._pool.remove(account)
        await self._store.audit.note(actor, "account.remove", account, {"email": email})

    def explain(self, name: str) -> Explanation:
        """Who would serve a model now, and why the others would not."""
        profile = self._gateway.catalog.resolve(name)
        return self._pool.explain(profile.group, profile.wire_id)

    def _status(self, account: AccountId) -> AccountStatus:
        status = self._pool.status(account)
        if status is None:
            raise Refused(404, "not_found", "There is no account of that id.")
        return status

    async def _note(self, actor: str, action: str, account: AccountId) -> None:
        await self._store.audit.note(actor, action, account)

    async def _views(self, page: Sequence[AccountStatus]) -> list[AccountView]:
        used = await self._today(page) if page else {}
        most = self._pool.limits.per_account
        return [account_view(status, used.get(status.id, _NOTHING), most) for status in page]

    async def _today(self, page: Sequence[AccountStatus]) -> Mapping[str, Sums]:
        now = self._gateway.clock.now()
        ids = [status.id for status in page]
        curves = await self._store.usage_reader.series("account", day_began(now), now + 1, "day", values=ids)
        return {one.value: one.points[-1].sums for one in curves.series if one.points}

    async def _proved(self, email: str, refresh_token: str) -> str:
        """The token to keep, after it gave an access token for that very address. (F075)"""
        oauth = self._gateway.oauth
        try:
            token = await oauth.refresh(refresh_token)
        except CredentialRejected as exc:
            raise BadRequest(
                "The upstream does not accept this refresh token.", where="refresh_token"
            ) from exc
        told = await oauth.email(token.access_token)
        if told is not None and told.strip().lower() != email.strip().lower():
            raise BadRequest("The refresh token belongs to another address.", where="email")
        return token.refresh_token or refresh_token


def account_view(status: AccountStatus, used: Sums, most: int) -> AccountView:
    """What an administrator is shown. `most` is the cap of accounts without one of their own, 0 for none."""
    return AccountView(
        id=status.id,
        email=status.email,
        enabled=status.enabled,
        state=status.state.value,
        shown=status.shown.value,
        words=status.words,
        way_out=status.way_out,
        reason=status.reason,
        link=status.link,
        project=status.project,
        tier=status.tier,
        note=status.note,
        in_flight=status.in_flight,
        concurrent=status.concurrent,
        limit=status.concurrent or most or None,
        added_at=status.added_at,
        read_at=read_at(status),
        day_requests=used.requests,
        day_failures=used.failures,
        cooling=[
            CoolingView(
                what=each.what, until=each.until_epoch if isfinite(each.until_epoch) else None, why=each.why
            )
            for each in status.cooling
        ],
        windows=list(status.windows),
    )
