"""What the gateway does beside answering: its own jobs, and what the pool still knows from the last time.

Never: anything that a request waits for.
"""

from collections.abc import Mapping

import structlog

from app.clock import Clock
from app.errors import GatewayError
from app.gateway.limits import pool_limits
from app.gateway.upstream import Way, antigravity_options
from app.ids import AccountId
from app.jobs.accounts import ReloadAccounts, RenewTokens, SyncAccounts
from app.jobs.clock_jumps import NoticeClockJumps
from app.jobs.keeping import Prune, ReadKnobs, SavePoolState
from app.jobs.refreshing import RefreshWorker, TakeUpRuns
from app.jobs.scheduler import Job, Scheduler
from app.pool.model import PoolChange
from app.pool.pool import Pool
from app.settings.knobs import in_force
from app.settings.schema import Settings
from app.store.lifecycle import Store

log = structlog.get_logger("app.gateway")


class Housekeeping:
    """Begun when the accounts are loaded, ended when nothing runs any more."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        pool: Pool,
        way: Way,
        *,
        signatures_kept_s: float,
    ) -> None:
        self.settings = settings
        """The settings in force: those of the start with the knobs over them."""
        self._at_start = settings
        self._clock = clock
        self._store = store
        self._pool = pool
        self._way = way
        self._signatures_kept_s = signatures_kept_s
        self._scheduler = Scheduler(clock)
        self._knobs = ReadKnobs(self._stored_knobs, self._turn)
        self._state = SavePoolState(store.pool_state, pool.memo, pool.alarms, clock)

    async def begin(self) -> None:
        """Know again what was known when the gateway last ended, and start the jobs."""
        self._pool.recall(await self._store.pool_state.recall())
        await self._knobs.run_once()
        for job in self._jobs():
            self._scheduler.add(job)

    async def end(self) -> None:
        """Stop the jobs, and save the last state."""
        await self._scheduler.stop()
        try:
            await self._state.save()
        except Exception:  # whatever the database has, the rest of the gateway must still be ended
            log.exception("the pool's state could not be saved")

    def told(self, change: PoolChange) -> None:
        """Take note of what happens in the pool; at once and without waiting."""
        self._state.told(change)

    async def refresh(self, account: AccountId) -> str:
        """A fresh token and all news of one account; gives why it failed, "" when it went well."""
        try:
            await self._pool.renew(account)
        except GatewayError as error:
            return error.message
        return ""

    def _jobs(self) -> tuple[Job, ...]:
        store, pool = self._store, self._pool
        worker = RefreshWorker(
            store.refreshes, self.refresh, self._clock, f"gateway-{store.options.instance}"
        )
        return (
            ReloadAccounts(pool, store.accounts.version),
            self._knobs,
            self._state,
            RenewTokens(pool),
            *self._looks(),
            Prune(self._prune_rows, self._prune_signatures),
            TakeUpRuns(store.refreshes, worker),
            NoticeClockJumps(self._clock, pool.distrust_tokens),
        )

    def _looks(self) -> tuple[Job, ...]:
        every_s = self._at_start.pool.quota_sync_s
        return (SyncAccounts(self._pool, self._clock, every_s),) if every_s else ()

    async def _prune_rows(self) -> int:
        kept = self.settings.database
        return await self._store.prune(log_days=kept.log_retention_days, usage_days=kept.usage_retention_days)

    async def _prune_signatures(self) -> int:
        return await self._store.signatures.prune(self._clock.now() - self._signatures_kept_s)

    async def _stored_knobs(self) -> tuple[int, Mapping[str, str]]:
        knobs = await self._store.knobs.read()
        return knobs.version, knobs.values

    def _turn(self, stored: Mapping[str, str]) -> None:
        """Put the stored knobs in force."""
        before = self.settings
        self.settings, unusable = in_force(self._at_start, stored)
        for each in unusable:
            log.warning("a stored knob cannot be used", knob=each)
        if self.settings.pool != before.pool:
            self._pool.limit(pool_limits(self.settings))
        if self.settings.upstream != before.upstream:
            options = antigravity_options(self.settings)
            self._way.upstream.reconfigure(options)
            self._way.oauth.options = options
