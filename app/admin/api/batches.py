"""The same done to many accounts, which are chosen one by one or by what they have in common.

What they have in common is looked at when it is done, not when it was asked for.
"""

from collections.abc import Sequence

from app.admin.api.accounts import Accounts
from app.admin.api.jobs import RefreshDesk
from app.admin.refusals import Refused, refused
from app.admin.schemas.accounts import AccountFilter, BatchBody, BatchFailure, BatchView
from app.admin.schemas.refreshes import RefreshBody
from app.errors import GatewayError
from app.gateway.parts import Gateway
from app.ids import AccountId


class BatchDesk:
    """Goes through accounts one after the other; one that fails does not keep the others from it."""

    def __init__(self, gateway: Gateway, accounts: Accounts, refreshes: RefreshDesk) -> None:
        self._audit = gateway.store.audit
        self._pool = gateway.pool
        self._accounts = accounts
        self._refreshes = refreshes

    def chosen(self, ids: Sequence[str] | None, wanted: AccountFilter | None) -> list[AccountId]:
        """The accounts that are meant. Raises Refused."""
        if (ids is None) == (wanted is None):
            raise Refused(400, "invalid_request", "Name accounts, or say what they match.", where="ids")
        if ids is not None:
            return [AccountId(one) for one in dict.fromkeys(ids)]
        return [status.id for status in self._accounts.matching(wanted or AccountFilter())]

    async def do(self, body: BatchBody, actor: str) -> BatchView:
        """Do it. Raises Refused where there is nobody to do it to."""
        chosen = self.chosen(body.ids, body.filter)
        if not chosen:
            raise Refused(409, "no_account", "There is no such account.")
        if body.action == "refresh":
            wanted = RefreshBody(accounts=body.ids, filter=body.filter)
            run = await self._refreshes.begin(wanted, actor)
            return BatchView(action=body.action, done=run.total, failed=[], refresh=run.id)
        failed = [why for account in chosen if (why := await self._done(body.action, account)) is not None]
        done = len(chosen) - len(failed)
        told = {"accounts": done, "failed": len(failed), "ids": chosen}
        await self._audit.note(actor, f"accounts.{body.action}", f"{done} accounts", told)
        return BatchView(action=body.action, done=done, failed=failed, refresh=None)

    async def _done(self, action: str, account: AccountId) -> BatchFailure | None:
        try:
            if action == "remove":
                await self._pool.remove(account)
            else:
                await self._pool.set_enabled(account, enabled=action == "enable")
        except GatewayError as error:
            return BatchFailure(id=account, message=refused(error).message)
        return None
