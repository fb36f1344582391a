"""The addons of a gateway: the built-in ones, those of the settings, and what happens when they change."""

from collections.abc import Sequence

from app.addons.metrics import MetricsAddon
from app.addons.model_alias import ModelAlias
from app.addons.recorder import Recorder
from app.addons.request_log import RequestLog
from app.addons.spend_guard import History, SpendGuard
from app.addons.tool_output_limit import ToolOutputLimit
from app.clock import Clock
from app.gateway.planning import Planner
from app.hooks.errors import AddonRefused
from app.hooks.roster import Roster, RosterOptions
from app.hooks.watching import WatchFiles
from app.jobs.scheduler import Scheduler
from app.observe.metrics import Metrics
from app.observe.redaction import Redactor
from app.pipeline.plan import Plan, UnknownStage
from app.pipeline.runner import Runner
from app.settings.fields import secrets_of
from app.settings.schema import Settings


def loaded_roster(
    settings: Settings, clock: Clock, metrics: Metrics, history: History, given: Sequence[object]
) -> Roster:
    """All addons, loaded and configured; `given` ones behind the built-in ones. Raises AddonRefused."""
    addons = settings.addons
    roster = Roster(RosterOptions(addons.addons, addons.entry_point_addons, settings.addon_values))
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
    """The addons while the gateway runs: told of its begin and its end, replaced when they change."""

    def __init__(
        self, settings: Settings, clock: Clock, roster: Roster, planner: Planner, runner: Runner
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._roster = roster
        self._planner = planner
        self._runner = runner
        self._jobs = Scheduler(clock)
        self._running_jobs = roster.additions.jobs
        roster.on_change(self._apply, runner.settled)

    async def begin(self) -> None:
        """Tell the addons that serving begins, and start their jobs. Raises AddonRefused."""
        await self._roster.running()
        for job in self._running_jobs:
            self._jobs.add(job)
        if self._settings.addons.watch_addons:
            self._jobs.add(WatchFiles(self._roster, self._settings.addons.addons))

    async def end(self) -> None:
        """Stop the jobs, then tell the addons."""
        await self._jobs.stop()
        await self._roster.done()

    def _apply(self, roster: Roster) -> None:
        """Put a changed roster in force for flows that begin now. Dialects, upstreams and views stay."""
        self._runner.plan = plan_of(self._planner, roster)
        jobs = roster.additions.jobs
        for job in self._running_jobs:
            if not any(job is other for other in jobs):
                self._jobs.drop(job)
        for job in jobs:
            if not any(job is other for other in self._running_jobs):
                self._jobs.add(job)
        self._running_jobs = jobs
