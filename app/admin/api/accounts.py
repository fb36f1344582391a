"""Accounts: listed, added by hand, switched, removed, asked about, explained."""

from app.admin.refusals import Refused
from app.admin.schemas import AccountBody, AccountList, AccountView, CoolingView
from app.errors import BadRequest, CredentialRejected
from app.gateway.parts import Gateway
from app.ids import AccountId
from app.pool.explanation import Explanation
from app.pool.model import AccountStatus


class Accounts:
    """Acts on the running pool, so that every change is in force at once."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pool = gateway.pool

    async def all(self) -> AccountList:
        """Every account."""
        views = [account_view(status) for status in self._pool.snapshot()]
        return AccountList(accounts=views, alarms=list(self._pool.alarms().values()))

    async def add(self, body: AccountBody) -> AccountView:
        """Add an account, or give a known one a new token, once the token has been seen to be its own."""
        token = await self._proved(body.email, body.refresh_token.strip())
        account = await self._pool.add(email=body.email, refresh_token=token, project=body.project)
        return self.one(account.id)

    def one(self, account: AccountId) -> AccountView:
        """One account as it stands. Raises Refused."""
        for status in self._pool.snapshot():
            if status.id == account:
                return account_view(status)
        raise Refused(404, "not_found", "There is no account of that id.")

    async def switch(self, account: AccountId, *, enabled: bool) -> AccountView:
        """Enable or disable; enabling also clears a state that somebody has mended."""
        await self._pool.set_enabled(account, enabled=enabled)
        return self.one(account)

    async def refresh(self, account: AccountId) -> AccountView:
        """A fresh token, and all news from the upstream."""
        await self._pool.renew(account)
        return self.one(account)

    async def remove(self, account: AccountId) -> None:
        """Forget an account; what runs on it finishes."""
        await self._pool.remove(account)

    def explain(self, name: str) -> Explanation:
        """Who would serve a model now, and why the others would not."""
        profile = self._gateway.catalog.resolve(name)
        return self._pool.explain(profile.group, profile.wire_id)

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


def account_view(status: AccountStatus) -> AccountView:
    """What an administrator is shown."""
    return AccountView(
        id=status.id,
        email=status.email,
        enabled=status.enabled,
        state=status.state.value,
        words=status.words,
        reason=status.reason,
        link=status.link,
        project=status.project,
        tier=status.tier,
        in_flight=status.in_flight,
        cooling=[
            CoolingView(what=each.what, until=each.until_epoch, why=each.why) for each in status.cooling
        ],
        windows=list(status.windows),
    )
