"""The running whole, as a value made of its parts. Nothing of a gateway is global."""

from collections.abc import Callable

from app.catalog.catalog import Catalog
from app.clock import Clock
from app.dialects.base import Dialect
from app.flow import Caller
from app.gateway.addons import AddonLife
from app.gateway.housekeeping import Housekeeping
from app.gateway.links import SignInLinks
from app.gateway.metering import meter, meter_retries, meter_store
from app.gateway.news import News
from app.gateway.signins import SignIns
from app.hooks.roster import Roster
from app.ids import Ids
from app.observe.metrics import Metrics
from app.observe.tail import LogTail
from app.pipeline.breaker import Breakers
from app.pipeline.budget import RetryBudget
from app.pipeline.closer import Closer
from app.pipeline.plan import Plan
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Floor
from app.pool.model import AccountState
from app.pool.pool import Pool
from app.settings.schema import Settings
from app.signatures import SignatureMemory
from app.store.keyring import KeyRing
from app.store.lifecycle import Store
from app.upstreams.antigravity.oauth import AntigravityOAuth

_HOPEFUL = (AccountState.READY, AccountState.ONBOARDING)
"""An account whose project is being looked up will be of use in a moment."""


class Gateway:
    """What a process serves with. Made by `build.open_gateway`, which also ends it."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        store: Store,
        pool: Pool,
        closer: Closer,
        runner: Runner,
        floor: Floor,
        budget: RetryBudget,
        breakers: Breakers,
        metrics: Metrics,
        roster: Roster,
        addons: AddonLife,
        housekeeping: Housekeeping,
        oauth: AntigravityOAuth,
        news: News,
        keys: KeyRing[Caller],
        memory: SignatureMemory,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.store = store
        self.pool = pool
        self.closer = closer
        self.runner = runner
        self.floor = floor
        self.breakers = breakers
        self.metrics = metrics
        self.roster = roster
        self.addons = addons
        self.housekeeping = housekeeping
        self.oauth = oauth
        self.news = news
        self.keys = keys
        self.memory = memory
        self.log_tail = LogTail()
        self.log_dropped: Callable[[], int] = lambda: 0
        self.started_at = clock.now()
        self.sign_ins = SignIns(oauth, clock)
        self.sign_in_links = SignInLinks(clock)
        meter(metrics, runner=runner, floor=floor, pool=pool)
        meter_retries(metrics, budget, breakers)
        meter_store(metrics, store)

    @property
    def plan(self) -> Plan:
        """What flows that begin now run through."""
        return self.runner.plan

    @property
    def catalog(self) -> Catalog:
        """The models that are offered now; addons may bring some."""
        return self.addons.catalog

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The client APIs that are spoken now; addons may bring some."""
        return self.addons.dialects

    @property
    def is_ready(self) -> bool:
        """Whether new requests are welcome."""
        return not self.floor.draining

    def troubles(self) -> list[str]:
        """What keeps the gateway from working as it should, in words that name nobody."""
        found = []
        if self.floor.draining:
            found.append("draining")
        if not any(status.enabled and status.state in _HOPEFUL for status in self.pool.snapshot()):
            found.append("no usable account")
        if self.breakers.are_open:
            found.append("way to the upstream")
        found.extend(self.pool.alarms())
        if self.store.writer.state.failing_since is not None:
            found.append("database")
        return found

    def begin_drain(self) -> None:
        """Take no new requests from now on; those that run go on."""
        self.floor.draining = True
