"""Runs over accounts: begun, watched, paused, cancelled, repeated. The gateway's own job does the work."""

from collections.abc import Sequence
from math import inf
from typing import Final

import msgspec

from app.admin.api.account_order import read_at
from app.admin.api.accounts import Accounts
from app.admin.api.strip import NEEDS_YOU
from app.admin.refusals import Refused
from app.admin.schemas.refreshes import (
    FailureGroup,
    JobList,
    JobView,
    RefreshBody,
    RetryBody,
    RunDetail,
    RunList,
    RunScope,
    RunView,
)
from app.gateway.parts import Gateway
from app.ids import AccountId
from app.pool.model import AccountStatus
from app.pool.refreshing import STALE_S, RefreshItem, RefreshRun, RunState

_PACE_OVER_S: Final = 60.0
_SHOWN_S: Final = 600.0
_GUESS_S: Final = 1.5
"""How long asking about one account takes, as long as no run has shown it."""


class RefreshDesk:
    """Changes rows; the work begins within two seconds."""

    def __init__(self, gateway: Gateway, accounts: Accounts) -> None:
        self._gateway = gateway
        self._accounts = accounts
        self._store = gateway.store
        self._runs = gateway.store.refreshes

    async def begin(self, body: RefreshBody, actor: str) -> RunView:
        """A run over accounts. Over all, it is the one that is not over, if there is one, which goes on.

        Raises Refused.
        """
        chosen, scope = self._chosen(body), _scope(body)
        if not chosen:
            raise Refused(409, "no_account", "There is no such account that is enabled.")
        if scope.kind != "all" and await self._open() is not None:
            raise Refused(409, "run_open", "Another run is not over yet. Let it end, or cancel it.")
        run = await self._runs.begin(
            chosen, parallel=body.parallel, parts=body.parts, scope=msgspec.json.encode(scope).decode()
        )
        told = {"accounts": run.total, "parallel": run.parallel, "parts": sorted(run.parts)}
        await self._moved(actor, "refresh.begin", run.id, told)
        return await self._view(run)

    async def all(self) -> RunList:
        """The newest runs."""
        return RunList(refreshes=[await self._view(run) for run in await self._runs.all()])

    def standing(self) -> JobList:
        """What the gateway does again and again."""
        return JobList(
            jobs=[
                JobView(name=one.name, every_s=one.every_s, ran_at=one.ran_at, failures=one.failures)
                for one in self._gateway.housekeeping.jobs()
            ]
        )

    async def one(self, run: str) -> RunDetail:
        """One run with its accounts."""
        told = await self.summary(run)
        return RunDetail(
            refresh=told.refresh, failures=told.failures, accounts=list(await self._runs.items(run))
        )

    async def summary(self, run: str) -> RunDetail:
        """One run with those of its accounts that failed, and why."""
        found = await self._find(run)
        failed = await self._runs.failed(run) if found.failed else ()
        return RunDetail(
            refresh=await self._view(found), failures=self._grouped(failed), accounts=list(failed)
        )

    async def current(self) -> RunView | None:
        """The run that is not over."""
        run = await self._open()
        return None if run is None else await self._view(run)

    async def shown(self) -> RunView | None:
        """The run that is not over; else the last one, for a while after its end."""
        newest = await self._open() or next(iter(await self._runs.all()), None)
        if newest is None or self._gateway.clock.now() - (newest.ended_at or inf) > _SHOWN_S:
            return None
        return await self._view(newest)

    async def items_of(self, run: str, accounts: Sequence[str]) -> dict[str, RefreshItem]:
        """How far a run is with these accounts; those that it is not about are left out."""
        ids = [AccountId(one) for one in accounts]
        return {item.account: item for item in await self._runs.items_of(run, ids)}

    async def steer(self, run: str, state: RunState, actor: str) -> RunView:
        """Pause, cancel or go on."""
        found = await self._runs.steer(run, state)
        if found is None:
            raise _unknown()
        if found.state is not state:
            raise Refused(409, "illegal_move", f"A run that is {found.state} cannot become {state}.")
        await self._moved(actor, f"refresh.{_VERBS[state]}", run)
        return await self._view(found)

    async def retry(self, run: str, body: RetryBody, actor: str) -> RunView:
        """A new run over those that failed in one that is over. Raises Refused."""
        found = await self._find(run)
        failed = await self._runs.failed(run)
        ids = [item.account for item in failed if body.reason in (None, item.reason)]
        if not ids:
            raise Refused(409, "no_account", "Nothing of that has failed.")
        again = RefreshBody(accounts=list(ids), parallel=found.parallel, parts=found.parts)
        return await self.begin(again, actor)

    async def estimate_s(self, accounts: int, parallel: int) -> float:
        """About how long a run takes, as the last one went."""
        each_s = next(
            (
                (run.ended_at - run.created_at) * run.parallel / run.total
                for run in await self._runs.all()
                if run.state is RunState.DONE and run.ended_at is not None and run.total >= run.parallel
            ),
            _GUESS_S,
        )
        return max(1.0, accounts * each_s / parallel)

    def count(self, body: RefreshBody) -> int:
        """How many accounts a run would be about."""
        return len(self._chosen(body))

    def _chosen(self, body: RefreshBody) -> list[AccountStatus]:
        wishes = [one for one in (body.accounts, body.filter, body.older_than_s) if one is not None]
        if len(wishes) > 1:
            raise Refused(400, "invalid_request", "Say in one way which accounts.", where="accounts")
        if body.filter is not None:
            return [status for status in self._accounts.matching(body.filter) if status.enabled]
        everyone = [status for status in self._gateway.pool.snapshot() if status.enabled]
        if body.accounts is not None:
            named = frozenset(body.accounts)
            return [status for status in everyone if status.id in named]
        if body.older_than_s is not None:
            before = self._gateway.clock.now() - body.older_than_s
            return [status for status in everyone if (read_at(status) or 0.0) < before]
        return everyone

    async def _open(self) -> RefreshRun | None:
        return next((run for run in await self._runs.all() if not run.is_over), None)

    async def _find(self, run: str) -> RefreshRun:
        found = await self._runs.find(run)
        if found is None:
            raise _unknown()
        return found

    async def _view(self, run: RefreshRun) -> RunView:
        now = self._gateway.clock.now()
        pace = None if run.is_over else await self._pace(run, now)
        left = run.waiting + run.running
        return RunView(
            id=run.id,
            state=run.state,
            parallel=run.parallel,
            parts=sorted(run.parts),
            scope=_read_scope(run.scope),
            created_at=run.created_at,
            ended_at=run.ended_at,
            stopped=run.stopped,
            attended=run.worker != "" and abs(now - run.beat_at) <= STALE_S,
            per_minute=None if pace is None else pace * 60,
            left_s=left / pace if pace and run.state is RunState.RUNNING else None,
            total=run.total,
            waiting=run.waiting,
            running=run.running,
            done=run.done,
            failed=run.failed,
        )

    async def _pace(self, run: RefreshRun, now: float) -> float | None:
        """Accounts a second, as of late."""
        since = max(run.created_at, now - _PACE_OVER_S)
        settled = await self._runs.settled_since(run.id, since)
        return settled / max(1.0, now - since) if settled else None

    def _grouped(self, failed: Sequence[RefreshItem]) -> list[FailureGroup]:
        """Alike failures together, the most frequent first."""
        alike: dict[str, list[RefreshItem]] = {}
        for item in failed:
            alike.setdefault(item.reason, []).append(item)
        return [
            FailureGroup(
                reason=reason,
                advice="act" if any(self._waits_for_people(item.account) for item in items) else "retry",
                accounts=[item.account for item in items],
                emails=[item.email for item in items],
            )
            for reason, items in sorted(alike.items(), key=lambda pair: -len(pair[1]))
        ]

    def _waits_for_people(self, account: AccountId) -> bool:
        status = self._gateway.pool.status(account)
        return status is not None and status.shown in NEEDS_YOU

    async def _moved(
        self, actor: str, action: str, run: str, detail: dict[str, object] | None = None
    ) -> None:
        self._gateway.news.note("jobs")
        await self._store.audit.note(actor, action, run, detail)


_VERBS: Final = {RunState.PAUSED: "pause", RunState.RUNNING: "resume", RunState.CANCELLED: "cancel"}


def _scope(body: RefreshBody) -> RunScope:
    if body.accounts is not None:
        return RunScope(kind="chosen")
    if body.filter is not None:
        return RunScope(kind="filter", filter=body.filter)
    if body.older_than_s is not None:
        return RunScope(kind="older", older_than_s=body.older_than_s)
    return RunScope()


def _read_scope(text: str) -> RunScope:
    """What stands with a run; one that a command has begun says nothing."""
    try:
        return msgspec.json.decode(text, type=RunScope) if text else RunScope()
    except msgspec.DecodeError:  # another version wrote it
        return RunScope()


def _unknown() -> Refused:
    return Refused(404, "not_found", "There is no run of that id.")
