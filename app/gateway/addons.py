"""The addons of a gateway: the built-in ones, those of the settings, and what happens when they change."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from app.addons.metrics import MetricsAddon
from app.addons.model_alias import ModelAlias
from app.addons.recorder import Recorder
from app.addons.request_log import RequestLog
from app.addons.spend_guard import History, SpendGuard
from app.addons.tool_output_limit import ToolOutputLimit
from app.catalog.catalog import Catalog
from app.clock import Clock
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import StoreUnavailable
from app.gateway.planning import Planner
from app.gateway.reach import MakeReach
from app.gateway.turns import StoredTurns
from app.hooks.errors import AddonRefused, BadOption
from app.hooks.loader import is_file
from app.hooks.roster import Roster, RosterOptions
from app.hooks.turned import Turned
from app.hooks.watching import WatchFiles
from app.jobs.scheduler import Scheduler
from app.observe.metrics import Metrics
from app.observe.redaction import Redactor
from app.pipeline.plan import Plan, UnknownStage
from app.pipeline.runner import Runner
from app.registry import NameTaken, dialects_with
from app.settings.fields import secrets_of
from app.settings.schema import Settings

log = structlog.get_logger("app.gateway")

_TURNS_EVERY_S: Final = 10.0


def loaded_roster(
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    history: History,
    given: Sequence[object],
    turns: StoredTurns,
) -> Roster:
    """All addons, loaded and configured; `given` ones behind the built-in ones. Raises AddonRefused."""
    addons = settings.addons
    roster = Roster(
        RosterOptions(addons.addons, addons.entry_point_addons, settings.addon_values, turns.of), clock
    )
    roster.load(
        [
            ModelAlias(),
            ToolOutputLimit(),
            SpendGuard(history, clock),
            MetricsAddon(metrics),
            RequestLog(),
            Recorder(clock, Redactor(secrets_of(settings))),
            *given,
        ]
    )
    return roster


def plan_of(planner: Planner, roster: Roster) -> Plan:
    """The plan with the addons as they are now. Raises AddonRefused."""
    try:
        return planner.plan(roster.table(), roster.additions.stages)
    except UnknownStage as exc:
        raise AddonRefused(f"An addon's stage has no place: {exc}.") from exc


class AddonLife:
    """The addons while the gateway runs: told of its begin and its end, turned, replaced when they change."""

    every_s = _TURNS_EVERY_S
    """How often it is looked whether another process turned something."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        roster: Roster,
        planner: Planner,
        runner: Runner,
        make_reach: MakeReach,
        turns: StoredTurns,
    ) -> None:
        """Raises AddonRefused for dialects that cannot be told apart."""
        self._settings = settings
        self._roster = roster
        self._planner = planner
        self._runner = runner
        self._make_reach = make_reach
        self._turns = turns
        self._turning = asyncio.Lock()
        self._jobs = Scheduler(clock)
        self._in_force = roster.additions
        self._dialects = _dialects(self._in_force.dialects)
        self._on_dialects: Callable[[Sequence[Dialect]], None] = lambda _: None
        roster.on_change(self._apply, runner.settled)

    @property
    def catalog(self) -> Catalog:
        """The models that are offered now."""
        return self._planner.reach.catalog

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The client APIs that are spoken now."""
        return self._dialects

    @property
    def spend_guard(self) -> SpendGuard:
        """The built-in addon that knows what each key has used."""
        guard = self._roster.find(SpendGuard.name).member.addon
        assert isinstance(guard, SpendGuard), "names are taken once, and this one by the first addon"
        return guard

    def on_dialects(self, use: Callable[[Sequence[Dialect]], None]) -> None:
        """Who is told when other client APIs are spoken."""
        self._on_dialects = use

    async def begin(self) -> None:
        """Tell the addons that serving begins, and start their jobs. Raises AddonRefused."""
        await self._roster.running()
        for job in (*self._in_force.jobs, self):
            self._jobs.add(job)
        if self._settings.addons.watch_addons:
            self._jobs.add(WatchFiles(self._roster, self._settings.addons.addons))

    async def end(self) -> None:
        """Stop the jobs, then tell the addons."""
        await self._jobs.stop()
        await self._roster.done()
        await self._planner.aclose()

    def use(self, settings: Settings) -> None:
        """Go by these settings for flows that begin from now on."""
        self._planner.settings = settings
        self._planner.reach = self._make_reach(self._in_force.upstreams)
        self._runner.plan = plan_of(self._planner, self._roster)

    async def configure(self, name: str, changes: Mapping[str, Any]) -> None:
        """Change options of an addon, for this gateway and those after it.

        Raises KeyError, BadOption, AddonRefused, and StoreUnavailable; then nothing has changed.
        """
        async with self._turning:
            before = self._roster.turned_of(name)
            await self._roster.configure(name, changes)
            await self._keep(name, before)

    async def turn(self, name: str, change: Callable[[Turned], Turned]) -> None:
        """Change what was turned of an addon, for this gateway and those after it. Raises as `configure`."""
        async with self._turning:
            before = self._roster.turned_of(name)
            await self._roster.turn(name, change(before))
            await self._keep(name, before)

    async def reload(self, name: str) -> None:
        """Load the file of an addon anew. Raises KeyError and AddonRefused; then nothing has changed."""
        source = self._roster.find(name).member.source
        if not is_file(source):
            raise AddonRefused(f"`{name}` ({source}) is not a file; a new version needs a restart.")
        await self._roster.reload(source)

    async def run_once(self) -> None:
        """Put in force what another process turned."""
        async with self._turning:
            if not await self._turns.read():
                return
            for name in [one.name for one in self._roster.members]:
                await self._take(name, self._turns.of(name))

    async def _keep(self, name: str, before: Turned) -> None:
        try:
            await self._turns.keep(name, self._roster.turned_of(name))
        except asyncio.CancelledError:  # stored or not: `run_once` finds what was
            await self._roster.turn(name, before)
            raise
        except Exception as exc:  # whatever the database has, what is in force must be what is stored
            await self._roster.turn(name, before)
            raise StoreUnavailable("The database did not take the change; nothing has changed.") from exc

    async def _take(self, name: str, turned: Turned) -> None:
        try:
            if turned != self._roster.turned_of(name):
                await self._roster.turn(name, turned)
        except KeyError:
            return  # its file was loaded anew meanwhile, and has no such addon any more
        except (BadOption, AddonRefused) as exc:
            log.warning("a change of an addon cannot be put in force", addon=name, why=str(exc))

    def _apply(self, roster: Roster) -> None:
        """Put a changed roster in force for flows that begin now. Raises AddonRefused; nothing is changed."""
        added, before = roster.additions, self._in_force
        dialects, reach = _dialects(added.dialects), self._planner.reach
        if not _are_same(added.upstreams, before.upstreams):
            self._planner.reach = self._make_reach(added.upstreams)
        try:
            self._runner.plan = plan_of(self._planner, roster)
        except AddonRefused:
            self._planner.reach = reach
            raise
        self._in_force = added
        if not _are_same(added.dialects, before.dialects):
            self._dialects = dialects
            self._on_dialects(dialects)
        for job in before.jobs:
            if not any(job is other for other in added.jobs):
                self._jobs.drop(job)
        for job in added.jobs:
            if not any(job is other for other in before.jobs):
                self._jobs.add(job)


def _dialects(added: Sequence[Dialect]) -> tuple[Dialect, ...]:
    try:
        return dialects_with((AnthropicDialect(), OpenAIChat()), added)
    except NameTaken as exc:
        raise AddonRefused(f"An addon's dialect cannot be used: {exc}.") from exc


def _are_same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))
