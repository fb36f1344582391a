"""The routes of the admin API. Each hands structs to `app.admin.api` and answers with structs."""

from quart import Blueprint, g
from quart_schema import security_scheme, validate_querystring, validate_request, validate_response

from app.admin.api.accounts import Accounts
from app.admin.api.jobs import RefreshDesk
from app.admin.api.oauth import SignInDesk
from app.admin.auth import Door
from app.admin.refusals import Refused
from app.admin.schemas import (
    AccountBody,
    AccountList,
    AccountView,
    ModelQuery,
    PasswordBody,
    PastedBody,
    RefreshBody,
    RunDetail,
    RunList,
    RunView,
    SessionList,
    SessionToken,
    SessionView,
    SignInView,
)
from app.gateway.parts import Gateway
from app.ids import AccountId
from app.pool.explanation import Explanation
from app.pool.refreshing import RunState


def add_routes(api: Blueprint, gateway: Gateway, door: Door) -> None:
    """Register everything below `/admin/api`."""
    accounts = Accounts(gateway)
    _add_sessions(api, gateway, door)
    _add_accounts(api, accounts)
    _add_sign_ins(api, SignInDesk(gateway, accounts))
    _add_refreshes(api, RefreshDesk(gateway))


def _owner() -> str:
    """The session that asks; "" for the password itself."""
    return g.session.id if g.session is not None else ""


def _add_sessions(api: Blueprint, gateway: Gateway, door: Door) -> None:
    sessions = gateway.store.sessions

    @api.post("/session")
    @security_scheme([])
    @validate_request(PasswordBody)
    @validate_response(SessionToken, 201)
    async def begin_session(data: PasswordBody) -> tuple[SessionToken, int]:
        """Sign in with the password."""
        begun = await door.begin_session(data.password, g.peer)
        return SessionToken(token=begun.token, expires_at=begun.session.expires_at), 201

    @api.delete("/session")
    async def end_session() -> tuple[str, int]:
        """Sign out."""
        await sessions.end(_owner())
        return "", 204

    @api.get("/sessions")
    @validate_response(SessionList)
    async def list_sessions() -> SessionList:
        """Tell who is signed in."""
        found = await sessions.all()
        shown = ({name: getattr(session, name) for name in session.__struct_fields__} for session in found)
        return SessionList(sessions=[SessionView(**one, is_yours=one["id"] == _owner()) for one in shown])

    @api.delete("/sessions/<session>")
    async def revoke_session(session: str) -> tuple[str, int]:
        """End a session."""
        if not await sessions.end(session):
            raise Refused(404, "not_found", "There is no session of that id.")
        return "", 204


def _add_accounts(api: Blueprint, accounts: Accounts) -> None:
    @api.get("/accounts")
    @validate_response(AccountList)
    async def list_accounts() -> AccountList:
        """List accounts with their state, cool-downs and quota."""
        return await accounts.all()

    @api.post("/accounts")
    @validate_request(AccountBody)
    @validate_response(AccountView, 201)
    async def add_account(data: AccountBody) -> tuple[AccountView, int]:
        """Add an account by its refresh token."""
        return await accounts.add(data), 201

    @api.get("/accounts/<account>")
    @validate_response(AccountView)
    async def show_account(account: str) -> AccountView:
        """Show one account."""
        return accounts.one(AccountId(account))

    @api.post("/accounts/<account>/enable")
    @validate_response(AccountView)
    async def enable_account(account: str) -> AccountView:
        """Let an account be used again."""
        return await accounts.switch(AccountId(account), enabled=True)

    @api.post("/accounts/<account>/disable")
    @validate_response(AccountView)
    async def disable_account(account: str) -> AccountView:
        """Keep an account, but do not use it."""
        return await accounts.switch(AccountId(account), enabled=False)

    @api.post("/accounts/<account>/refresh")
    @validate_response(AccountView)
    async def refresh_account(account: str) -> AccountView:
        """Ask the upstream about an account, with a fresh token."""
        return await accounts.refresh(AccountId(account))

    @api.delete("/accounts/<account>")
    async def remove_account(account: str) -> tuple[str, int]:
        """Forget an account and its token."""
        await accounts.remove(AccountId(account))
        return "", 204

    @api.get("/explain")
    @validate_querystring(ModelQuery)
    @validate_response(Explanation)
    async def explain(query_args: ModelQuery) -> Explanation:
        """Tell who would serve a model now, and why the others would not."""
        return accounts.explain(query_args.model)


def _add_sign_ins(api: Blueprint, desk: SignInDesk) -> None:
    @api.post("/sign-ins")
    @validate_response(SignInView, 201)
    async def begin_sign_in() -> tuple[SignInView, int]:
        """Begin to sign an account in: gives the page to open."""
        return await desk.begin(_owner()), 201

    @api.post("/sign-ins/<sign_in>")
    @validate_request(PastedBody)
    @validate_response(AccountView, 201)
    async def finish_sign_in(sign_in: str, data: PastedBody) -> tuple[AccountView, int]:
        """Finish a sign-in with what the browser came back with."""
        return await desk.finish(sign_in, data, _owner()), 201


def _add_refreshes(api: Blueprint, desk: RefreshDesk) -> None:
    @api.post("/refreshes")
    @validate_request(RefreshBody)
    @validate_response(RunView, 201)
    async def begin_refresh(data: RefreshBody) -> tuple[RunView, int]:
        """Refresh all accounts; goes on with a run that is not over."""
        return await desk.begin(data), 201

    @api.get("/refreshes")
    @validate_response(RunList)
    async def list_refreshes() -> RunList:
        """List the newest runs."""
        return await desk.all()

    @api.get("/refreshes/<run>")
    @validate_response(RunDetail)
    async def show_refresh(run: str) -> RunDetail:
        """Show a run with its accounts."""
        return await desk.one(run)

    @api.post("/refreshes/<run>/pause")
    @validate_response(RunView)
    async def pause_refresh(run: str) -> RunView:
        """Pause a run after what is under way."""
        return await desk.steer(run, RunState.PAUSED)

    @api.post("/refreshes/<run>/resume")
    @validate_response(RunView)
    async def resume_refresh(run: str) -> RunView:
        """Go on with a paused run."""
        return await desk.steer(run, RunState.RUNNING)

    @api.post("/refreshes/<run>/cancel")
    @validate_response(RunView)
    async def cancel_refresh(run: str) -> RunView:
        """Cancel a run."""
        return await desk.steer(run, RunState.CANCELLED)
