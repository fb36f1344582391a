"""Accounts: listed, added, switched, described, removed, explained; one by one or many at once."""

from quart import Blueprint
from quart_schema import validate_querystring, validate_request, validate_response

from app.admin.api.accounts import Accounts
from app.admin.api.batches import BatchDesk
from app.admin.schemas.accounts import (
    AccountBody,
    AccountDetail,
    AccountList,
    AccountPatch,
    AccountQuery,
    AccountView,
    BatchBody,
    BatchView,
    ClearBody,
    ModelQuery,
)
from app.ids import AccountId
from app.pool.explanation import Explanation
from app.web.admin.documents import asks_upstream, may_clash
from app.web.admin.guard import actor


def add_accounts(api: Blueprint, accounts: Accounts, batches: BatchDesk) -> None:
    @api.get("/accounts")
    @validate_querystring(AccountQuery)
    @validate_response(AccountList)
    async def list_accounts(query_args: AccountQuery) -> AccountList:
        """List accounts with their state, cool-downs and quota."""
        return await accounts.all(query_args)

    @api.post("/accounts")
    @validate_request(AccountBody)
    @validate_response(AccountView, 201)
    @asks_upstream
    async def add_account(data: AccountBody) -> tuple[AccountView, int]:
        """Add an account by its refresh token."""
        return await accounts.add(data, actor()), 201

    @api.post("/accounts/batch")
    @validate_request(BatchBody)
    @validate_response(BatchView)
    @may_clash
    async def act_on_accounts(data: BatchBody) -> BatchView:
        """Enable, disable, refresh or remove many accounts."""
        return await batches.do(data, actor())

    @api.get("/accounts/<account>")
    @validate_response(AccountView)
    async def show_account(account: str) -> AccountView:
        """Show one account."""
        return await accounts.one(AccountId(account))

    @api.patch("/accounts/<account>")
    @validate_request(AccountPatch)
    @validate_response(AccountView)
    async def update_account(account: str, data: AccountPatch) -> AccountView:
        """Say anew what an account is noted for, and how much it may carry at once."""
        return await accounts.update(AccountId(account), data, actor())

    @api.get("/accounts/<account>/history")
    @validate_response(AccountDetail)
    async def show_account_history(account: str) -> AccountDetail:
        """Show one account with its states, tries and quota over time."""
        return await accounts.detail(AccountId(account))

    _add_verbs(api, accounts)

    @api.get("/explain")
    @validate_querystring(ModelQuery)
    @validate_response(Explanation)
    async def explain(query_args: ModelQuery) -> Explanation:
        """Tell who would serve a model now, and why the others would not."""
        return accounts.explain(query_args.model)


def _add_verbs(api: Blueprint, accounts: Accounts) -> None:
    @api.post("/accounts/<account>/enable")
    @validate_response(AccountView)
    async def enable_account(account: str) -> AccountView:
        """Let an account be used again."""
        return await accounts.switch(AccountId(account), actor(), enabled=True)

    @api.post("/accounts/<account>/disable")
    @validate_response(AccountView)
    async def disable_account(account: str) -> AccountView:
        """Keep an account, but do not use it."""
        return await accounts.switch(AccountId(account), actor(), enabled=False)

    @api.post("/accounts/<account>/refresh")
    @validate_response(AccountView)
    @asks_upstream
    async def refresh_account(account: str) -> AccountView:
        """Ask the upstream about an account, with a fresh token."""
        return await accounts.refresh(AccountId(account), actor())

    @api.post("/accounts/<account>/clear")
    @validate_request(ClearBody)
    @validate_response(AccountView)
    async def clear_account(account: str, data: ClearBody) -> AccountView:
        """End the cool-downs of an account, or one of them."""
        return await accounts.clear(AccountId(account), data, actor())

    @api.delete("/accounts/<account>")
    async def remove_account(account: str) -> tuple[str, int]:
        """Forget an account and its token."""
        await accounts.remove(AccountId(account), actor())
        return "", 204
