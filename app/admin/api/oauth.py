"""Signing an account in from a browser elsewhere: a page to open, an address to paste back."""

from app.admin.api.accounts import Accounts
from app.admin.refusals import Refused
from app.admin.schemas.accounts import AccountView, PastedBody, SignInView
from app.errors import BadRequest
from app.gateway.parts import Gateway
from app.gateway.signins import SignInPage


class SignInDesk:
    """A sign-in belongs to the session that began it. (threats.md S31)"""

    def __init__(self, gateway: Gateway, accounts: Accounts) -> None:
        self._sign_ins = gateway.sign_ins
        self._audit = gateway.store.audit
        self._pool = gateway.pool
        self._accounts = accounts

    async def begin(self, owner: str) -> SignInView:
        """The page on which the owner of the account agrees."""
        return _view(self._sign_ins.begin(owner=owner))

    async def one(self, sign_in: str, owner: str) -> SignInView:
        """A sign-in that is under way. Raises Refused."""
        page = self._sign_ins.page(sign_in, owner=owner)
        if page is None:
            raise Refused(404, "not_found", "That sign-in is over, or was never begun. Begin again.")
        return _view(page)

    async def finish(self, sign_in: str, body: PastedBody, owner: str, actor: str) -> AccountView:
        """The account, added; one that is known keeps its row and its history."""
        signed_in = await self._sign_ins.finish(sign_in, body.pasted, owner=owner)
        email = signed_in.email or body.email
        if email is None:
            raise BadRequest(
                "The sign-in did not tell the account's address. Begin again, and send `email` along.",
                where="email",
            )
        account = await self._pool.add(email=email, refresh_token=signed_in.refresh_token)
        await self._audit.note(actor, "account.sign_in", account.id, {"email": account.email})
        return await self._accounts.one(account.id)


def _view(page: SignInPage) -> SignInView:
    return SignInView(id=page.id, page=page.url, expires_at=page.ends_at)
