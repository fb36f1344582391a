"""Runs over all accounts: begun, watched, paused, cancelled. The gateway's own job does the work."""

from app.admin.refusals import Refused
from app.admin.schemas import RefreshBody, RunDetail, RunList, RunView
from app.gateway.parts import Gateway
from app.pool.refreshing import RunState


class RefreshDesk:
    """Changes rows; the work begins within two seconds."""

    def __init__(self, gateway: Gateway) -> None:
        self._accounts = gateway.store.accounts
        self._runs = gateway.store.refreshes

    async def begin(self, body: RefreshBody) -> RunView:
        """A run over all enabled accounts, or the one that is not over, which then goes on."""
        accounts = [account for account in await self._accounts.all() if account.enabled]
        if not accounts:
            raise Refused(409, "no_account", "There is no account that is enabled.")
        return RunView.of(await self._runs.begin(accounts, parallel=body.parallel))

    async def all(self) -> RunList:
        """The newest runs."""
        return RunList(refreshes=[RunView.of(run) for run in await self._runs.all()])

    async def one(self, run: str) -> RunDetail:
        """One run with its accounts."""
        found = await self._runs.find(run)
        if found is None:
            raise _unknown()
        return RunDetail(refresh=RunView.of(found), accounts=list(await self._runs.items(run)))

    async def steer(self, run: str, state: RunState) -> RunView:
        """Pause, cancel or go on."""
        found = await self._runs.steer(run, state)
        if found is None:
            raise _unknown()
        if found.state is not state:
            raise Refused(409, "illegal_move", f"A run that is {found.state} cannot become {state}.")
        return RunView.of(found)


def _unknown() -> Refused:
    return Refused(404, "not_found", "There is no run of that id.")
