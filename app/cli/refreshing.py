"""`account refresh --all`: asks the upstream about every account, as a run that outlives the command.

A gateway that is there does the work and this command watches; else the command works itself.
"""

import asyncio
import os
import sys

import click

from app.cli.examine import kept, message
from app.cli.opening import Setup, account_named, finish, open_store, show_json
from app.clock import SystemClock
from app.ids import AccountId, random_token
from app.jobs.refreshing import LOOK_EVERY_S, RefreshWorker
from app.pool.model import Account
from app.pool.refreshing import ALL_PARTS, ItemState, Part, RefreshItem, RefreshRun, RunState
from app.settings.places import database_url
from app.store.lifecycle import Store, is_served

_LOOK_S = 0.2
_GATEWAY_HAS_S = 3 * LOOK_EVERY_S
"""How long a gateway has to begin with a run before the command does."""


def refresh_many(
    setup: Setup,
    *,
    parallel: int,
    parts: frozenset[Part] = ALL_PARTS,
    who: tuple[str, ...] = (),
    as_json: bool,
) -> None:
    """Begin a run over `who`, all that are enabled by default, and show how far it is until it ends.

    The one that is not over, if there is one, is gone on with instead.
    """
    run, items = finish(_followed(setup, parallel, parts, who, as_json=as_json))
    failed = [item for item in items if item.state is ItemState.FAILED]
    if as_json:
        show_json({"run": run, "total": run.total, "accounts": items})
    else:
        for item in failed:
            click.echo(f"{item.email}: {item.reason}")
        click.echo(_sentence(run))
    if failed:
        raise click.exceptions.Exit(1)


def steer(setup: Setup, state: RunState, *, as_json: bool) -> None:
    """Pause or cancel the run that is not over."""

    async def work() -> RefreshRun:
        async with open_store(setup.settings()) as store:
            open_runs = [run for run in await store.refreshes.all() if not run.is_over]
            steered = await store.refreshes.steer(open_runs[0].id, state) if open_runs else None
            if steered is None:
                raise click.ClickException("No run is under way.")
            return steered

    run = finish(work())
    if as_json:
        show_json(run)
    else:
        click.echo(_sentence(run))


async def _followed(
    setup: Setup, parallel: int, parts: frozenset[Part], who: tuple[str, ...], *, as_json: bool
) -> tuple[RefreshRun, tuple[RefreshItem, ...]]:
    settings = setup.settings()
    async with open_store(settings) as store:
        run = await store.refreshes.begin(await _chosen(store, who), parallel=parallel, parts=parts)
        if run.done or run.failed:
            click.echo(f"Going on: {run.done + run.failed} of {run.total} were asked before.", err=True)
        gateway_has_s = _GATEWAY_HAS_S if await is_served(database_url(settings)) else 0.0
        run = await _Following(setup, store, run, gateway_has_s).to_the_end(is_hidden=as_json)
        return run, await store.refreshes.items(run.id)


async def _chosen(store: Store, who: tuple[str, ...]) -> list[Account]:
    if who:
        named = [await account_named(store, name) for name in who]
        return list({account.id: account for account in named}.values())
    accounts = [account for account in await store.accounts.all() if account.enabled]
    if not accounts:
        raise click.ClickException("There is no account that is enabled.")
    return accounts


class _Following:
    """Watches a run, and works on it when nobody else does."""

    def __init__(self, setup: Setup, store: Store, run: RefreshRun, gateway_has_s: float) -> None:
        self._setup = setup
        self._store = store
        self._run = run
        self._clock = SystemClock()
        self._our_turn_at = self._clock.monotonic() + gateway_has_s

    async def to_the_end(self, *, is_hidden: bool) -> RefreshRun:
        """The run when it is over, or paused."""
        with click.progressbar(
            length=self._run.total, label="Accounts", file=sys.stderr, hidden=is_hidden
        ) as bar:
            async with asyncio.TaskGroup() as group:
                working: asyncio.Task[None] | None = None
                while True:
                    self._run = await self._store.refreshes.find(self._run.id) or self._run
                    bar.update(self._run.done + self._run.failed - bar.pos)
                    if self._run.is_over or self._run.state is RunState.PAUSED:
                        break
                    if (working is None or working.done()) and await self._is_our_turn():
                        working = group.create_task(self._work(), name="refresh-run")
                    await self._clock.sleep(_LOOK_S)
        return self._run

    async def _is_our_turn(self) -> bool:
        if self._clock.monotonic() < self._our_turn_at:
            return False
        unattended = await self._store.refreshes.unattended()
        return unattended is not None and unattended.id == self._run.id

    async def _work(self) -> None:
        async with self._setup.examiner(self._setup.settings()) as examine:

            async def refresh(account_id: AccountId, parts: frozenset[Part]) -> str:
                account = await self._store.accounts.find(account_id)
                if account is None:
                    return "It was removed meanwhile."
                examined = await examine(account, discovers=parts != {Part.TOKEN})
                keeps_models = Part.MODELS not in parts
                await kept(self._store, account, examined, keep=True, keeps_models=keeps_models)
                return message(examined) or ""

            name = f"command-{os.getpid()}-{random_token(8)}"
            worker = RefreshWorker(self._store.refreshes, refresh, self._clock, name)
            await worker.work(self._run.id, parallel=self._run.parallel)


def _sentence(run: RefreshRun) -> str:
    asked = f"{run.done} fresh, {run.failed} failed"
    match run.state:
        case RunState.DONE:
            return f"Done: {asked}."
        case RunState.CANCELLED:
            return f"Cancelled: {asked}, {run.waiting} not asked."
        case RunState.PAUSED:
            left = run.waiting + run.running
            why = f"Stopped at {run.done + run.failed}, since {run.stopped} " if run.stopped else "Paused: "
            return f"{why}{asked}, {left} left. `account refresh --all` goes on."
        case RunState.RUNNING:
            return f"Under way: {asked}, {run.waiting + run.running} left."
