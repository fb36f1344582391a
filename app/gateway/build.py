"""The composition root: settings to a running gateway, and back to nothing.

The only place that knows every part. Order matters at both ends: what is opened first is closed last.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from app.addons.records import record_of
from app.clock import Clock, SystemClock
from app.flow import Caller, Flow
from app.gateway.addons import AddonLife, loaded_roster, plan_of
from app.gateway.housekeeping import Housekeeping
from app.gateway.limits import pool_limits
from app.gateway.news import News
from app.gateway.parts import Gateway
from app.gateway.planning import Planner
from app.gateway.reach import reach_over
from app.gateway.turns import StoredTurns
from app.gateway.upstream import Way, open_way
from app.ids import Ids
from app.observe.metrics import Metrics
from app.pipeline.closer import Closer
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Floor
from app.pool.memory import MemoryLedger
from app.pool.model import PoolChange
from app.pool.pool import Pool
from app.pool.tokens import TokenKeeper
from app.settings.places import data_folder, database_url
from app.settings.schema import Settings
from app.signatures import SignatureMemory
from app.store.keyring import KeyRing
from app.store.lifecycle import Store, StoreOptions, opened
from app.store.seal import Seal

_SIGNATURES_KEPT_S = 24 * 3600.0


@asynccontextmanager
async def open_gateway(
    settings: Settings, clock: Clock | None = None, addons: Sequence[object] = ()
) -> AsyncIterator[Gateway]:
    """A gateway that is ready to serve, ended in order at the end of the block.

    `settings` must have every secret in place. `addons` are loaded behind the built-in ones. Raises
    StoreError when the database cannot be used, and AddonRefused when an addon cannot.
    """
    clock = clock or SystemClock()
    seal = Seal(settings.admin.encryption_key)
    async with (
        opened(
            database_url(settings), seal, serving=True, clock=clock, options=_store_options(settings)
        ) as store,
        open_way(settings, clock) as way,
    ):
        stored = StoredTurns(store.knobs, await store.knobs.read())
        gateway = _assemble(settings, clock, store, way, addons, stored)
        await gateway.keys.load()
        async for page in store.signatures.saved_since(clock.now() - _SIGNATURES_KEPT_S):
            gateway.memory.restore(page)
        await gateway.pool.load()
        gateway.closer.start()
        try:
            await gateway.housekeeping.begin()
            await gateway.addons.begin()
            yield gateway
        finally:
            gateway.begin_drain()
            gateway.runner.interrupt_all()
            await gateway.runner.ended()
            await gateway.closer.stop()
            await gateway.addons.end()
            await gateway.housekeeping.end()
            await gateway.pool.aclose()
            await gateway.keys.aclose()


def _assemble(
    settings: Settings, clock: Clock, store: Store, way: Way, addons: Sequence[object], turns: StoredTurns
) -> Gateway:
    """All parts, joined; nothing has started yet. Raises AddonRefused."""
    ids = Ids()
    metrics = Metrics()
    roster = loaded_roster(settings, clock, metrics, store.usage, addons, turns)
    memory = SignatureMemory(ttl_s=_SIGNATURES_KEPT_S, now=clock.now, sink=store.signatures)
    keys = KeyRing(store.keys, clock, Caller, api_key=settings.admin.api_key, note_use=store.key_uses.note)
    closer = Closer(metrics.addon_errors.inc)

    news = News()

    def tell(change: PoolChange) -> None:
        news.note("accounts")
        housekeeping.told(change)
        closer.tell(change, runner.plan.hooks)

    pool = _pool(settings, clock, store, way, tell)
    housekeeping = _housekeeping(settings, clock, store, pool, way, news)
    make_reach = reach_over(way.upstream, pool, lambda: housekeeping.settings.models)
    floor = Floor(settings.server.max_streams)
    # Told when they can be read: whoever is told looks at once.
    store.books.on_written(lambda: news.note("requests"))
    books = _Books(store, pool, clock)
    planner = Planner(
        settings,
        clock,
        ids,
        reach=make_reach(roster.additions.upstreams),
        memory=memory,
        keys=keys,
        floor=floor,
        begun=books.begin,
    )
    runner = Runner(plan_of(planner, roster), closer, books, clock, settings.limits.lifetime_s)
    gateway = Gateway(
        settings=settings,
        clock=clock,
        ids=ids,
        store=store,
        pool=pool,
        closer=closer,
        runner=runner,
        floor=floor,
        budget=planner.budget,
        breakers=planner.breakers,
        metrics=metrics,
        roster=roster,
        addons=AddonLife(settings, clock, roster, planner, runner, make_reach, turns),
        housekeeping=housekeeping,
        oauth=way.oauth,
        news=news,
        keys=keys,
        memory=memory,
    )
    housekeeping.on_turn(gateway.addons.use)
    return gateway


def _pool(
    settings: Settings, clock: Clock, store: Store, way: Way, tell: Callable[[PoolChange], None]
) -> Pool:
    limits = pool_limits(settings)
    return Pool(
        MemoryLedger(clock, limits, listener=tell),
        TokenKeeper(way.oauth, store.accounts, clock, lead_s=settings.pool.token_lead_s),
        store.accounts,
        clock,
        limits,
        tell,
        discover=way.upstream.discover,
    )


def _housekeeping(
    settings: Settings, clock: Clock, store: Store, pool: Pool, way: Way, news: News
) -> Housekeeping:
    return Housekeeping(
        settings,
        clock,
        store,
        pool,
        way,
        signatures_kept_s=_SIGNATURES_KEPT_S,
        run_moved=lambda: news.note("jobs"),
    )


def _store_options(settings: Settings) -> StoreOptions:
    database = settings.database
    return StoreOptions(
        flush_s=database.log_flush_s, batch_rows=database.log_batch_rows, folder=data_folder(settings)
    )


class _Books:
    """Enters flows that a key or an attempt belongs to; strangers' noise is only logged."""

    def __init__(self, store: Store, pool: Pool, clock: Clock) -> None:
        self._books = store.books
        self._pool = pool
        self._clock = clock

    def begin(self, flow: Flow) -> None:
        """Write down that the flow runs, so that a crash leaves a trace of it."""
        taken, model = flow.attempts[0].lease.account.id, flow.model
        flow.passed = self._pool.passed_over(taken, model.group, model.wire_id)
        self._books.started(record_of(flow, self._clock))

    def enter(self, flow: Flow) -> None:
        """Journal the flow's row and usage."""
        if flow.caller is not None and flow.endpoint.operation == "generate":
            self._books.finished(record_of(flow, self._clock))
