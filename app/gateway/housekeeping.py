"""What the gateway does beside answering: its own jobs, and what the pool still knows from the last time.

Never: anything that a request waits for.
"""

from collections.abc import Callable, Mapping

import structlog

from app.clock import Clock, SystemClock
from app.errors import GatewayError
from app.gateway.limits import pool_limits
from app.gateway.upstream import Way, antigravity_options
from app.ids import AccountId
from app.jobs.accounts import ReloadAccounts, RenewTokens, SyncAccounts
from app.jobs.clock_jumps import NoticeClockJumps, seconds_asleep
from app.jobs.keeping import BringIn, Prune, ReadKnobs, SavePoolState
from app.jobs.loop_delay import WatchLoop
from app.jobs.refreshing import RefreshWorker, TakeUpRuns
from app.jobs.scheduler import Job, JobReport, Scheduler
from app.pool.model import PoolChange
from app.pool.pool import Pool
from app.pool.refreshing import ALL_PARTS, Part
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
        run_moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        """The settings in force: those of the start with the knobs over them."""
        self._at_start = settings
        self._clock = clock
        self._store = store
        self._pool = pool
        self._way = way
        self._signatures_kept_s = signatures_kept_s
        self._run_moved = run_moved
        self._scheduler = Scheduler(clock)
        self.loop = WatchLoop()
        self._users: list[Callable[[Settings], None]] = []
        self._knobs = ReadKnobs(self._stored_knobs, self._turn)
        self._state = SavePoolState(store.pool_state, pool.memo, pool.alarms, clock)

    async def begin(self) -> None:
        """Know again what was known when the gateway last ended, and start the jobs."""
        self._pool.recall(await self._store.pool_state.recall())
        await self._knobs.run_once()
        for job in self._jobs():
            self._scheduler.add(job)

    def on_turn(self, use: Callable[[Settings], None]) -> None:
        """Have `use` called with the settings in force whenever a knob has changed them."""
        self._users.append(use)

    async def read_knobs(self) -> None:
        """Put in force now what is stored."""
        await self._knobs.run_once()

    async def end(self) -> None:
        """Stop the jobs, and save the last state."""
        await self._scheduler.stop()
        try:
            await self._state.save()
        except Exception:  # whatever the database has, the rest of the gateway must still be ended
            log.exception("the pool's state could not be saved")

    def jobs(self) -> tuple[JobReport, ...]:
        """What the gateway does again and again, and how that goes."""
        return self._scheduler.reports()

    def told(self, change: PoolChange) -> None:
        """Take note of what happens in the pool; at once and without waiting."""
        self._state.told(change)
        self._store.history.told(change)
        if change.account is not None and change.kind in ("changed", "refreshed"):
            windows = self._pool.windows(change.account)
            self._store.history.read(change.account, ((w.group, w.name, w.left) for w in windows))

    async def refresh(self, account: AccountId, parts: frozenset[Part] = ALL_PARTS) -> str:
        """A fresh token and all news of one account; gives why it failed, "" when it went well."""
        try:
            await self._pool.renew(account, parts)
        except GatewayError as error:
            return error.message
        return ""

    def _jobs(self) -> tuple[Job, ...]:
        store, pool = self._store, self._pool
        name = f"gateway-{store.options.instance}"
        worker = RefreshWorker(store.refreshes, self.refresh, self._clock, name, self._run_moved)
        return (
            ReloadAccounts(pool, store.accounts.version),
            self._knobs,
            self._state,
            RenewTokens(pool),
            *self._looks(),
            Prune(self._prune_rows, self._prune_signatures),
            *self._errands(),
            TakeUpRuns(store.refreshes, worker),
            NoticeClockJumps(self._clock, self._slept, asleep=self._asleep()),
            self.loop,
        )

    def _errands(self) -> tuple[Job, ...]:
        """What is left to do of an upgrade."""
        backfill = self._store.backfill
        return () if backfill.is_done else (BringIn(backfill.run),)

    def _looks(self) -> tuple[Job, ...]:
        every_s = self._at_start.pool.quota_sync_s
        return (SyncAccounts(self._pool, self._clock, every_s),) if every_s else ()

    def _asleep(self) -> Callable[[], float] | None:
        """The machine's own word on its sleep, which another clock than the machine's knows nothing of."""
        return seconds_asleep() if isinstance(self._clock, SystemClock) else None

    async def _slept(self, seconds: float) -> None:
        self._pool.after_sleep(seconds)
        await self._way.http.drop_idle()

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
        options = antigravity_options(self.settings)
        if options != antigravity_options(before):
            self._way.upstream.reconfigure(options)
            self._way.oauth.options = options
        if self.settings != before:
            for use in self._users:
                use(self.settings)
