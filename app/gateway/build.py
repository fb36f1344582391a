"""The composition root: settings to a running gateway, and back to nothing.

The only place that knows every part. Order matters at both ends: what is opened first is closed last.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from app.addons.records import record_of
from app.catalog.builtin import PROFILES
from app.catalog.catalog import Catalog
from app.clock import Clock, SystemClock
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Dialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.flow import Caller, Flow
from app.gateway.addons import AddonLife, loaded_roster, plan_of
from app.gateway.housekeeping import Housekeeping
from app.gateway.limits import pool_limits
from app.gateway.parts import Gateway
from app.gateway.planning import Planner
from app.gateway.upstream import Way, open_way
from app.hooks.additions import Additions
from app.hooks.errors import AddonRefused
from app.ids import Ids
from app.observe.metrics import Metrics
from app.pipeline.closer import Closer
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Floor
from app.pool.memory import MemoryLedger
from app.pool.model import PoolChange
from app.pool.pool import Pool
from app.pool.tokens import TokenKeeper
from app.registry import NameTaken, Upstreams, dialects_with
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
    clock, ids = clock or SystemClock(), Ids()
    seal = Seal(settings.admin.encryption_key)
    async with (
        opened(
            database_url(settings), seal, serving=True, clock=clock, options=_store_options(settings)
        ) as store,
        open_way(settings, clock) as way,
    ):
        gateway, memory, keys = _assemble(settings, clock, ids, store, way, addons)
        await keys.load()
        async for page in store.signatures.saved_since(clock.now() - _SIGNATURES_KEPT_S):
            memory.restore(page)
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
            await keys.aclose()


def _assemble(
    settings: Settings, clock: Clock, ids: Ids, store: Store, way: Way, addons: Sequence[object]
) -> tuple[Gateway, SignatureMemory, KeyRing[Caller]]:
    """All parts, joined; nothing has started yet. Raises AddonRefused."""
    metrics = Metrics()
    roster = loaded_roster(settings, clock, metrics, store.usage, addons)
    added = roster.additions
    upstreams = _upstreams(way, added)
    catalog = Catalog((*PROFILES, *upstreams.models), operator_aliases=settings.models.model_aliases)
    memory = SignatureMemory(ttl_s=_SIGNATURES_KEPT_S, now=clock.now, sink=store.signatures)
    keys = KeyRing(store.keys, clock, Caller, api_key=settings.admin.api_key, note_use=store.key_uses.note)
    closer = Closer(metrics.addon_errors.inc)

    def tell(change: PoolChange) -> None:
        housekeeping.told(change)
        closer.tell(change, runner.plan.hooks)

    pool = _pool(settings, clock, store, way, tell)
    housekeeping = Housekeeping(settings, clock, store, pool, way, signatures_kept_s=_SIGNATURES_KEPT_S)
    floor = Floor(settings.server.max_streams)
    books = _Books(store, clock)
    planner = Planner(
        settings,
        clock,
        ids,
        catalog=catalog,
        memory=memory,
        keys=keys,
        lender=upstreams.lender(pool),
        upstream=upstreams.whole(),
        floor=floor,
        begun=books.begin,
    )
    runner = Runner(plan_of(planner, roster), closer, books, clock, settings.limits.lifetime_s)
    gateway = Gateway(
        settings=settings,
        clock=clock,
        ids=ids,
        store=store,
        dialects=_dialects(added),
        catalog=catalog,
        pool=pool,
        closer=closer,
        runner=runner,
        floor=floor,
        budget=planner.budget,
        breakers=planner.breakers,
        metrics=metrics,
        roster=roster,
        addons=AddonLife(settings, clock, roster, planner, runner),
        housekeeping=housekeeping,
        oauth=way.oauth,
    )
    return gateway, memory, keys


def _upstreams(way: Way, added: Additions) -> Upstreams:
    try:
        return Upstreams(way.upstream, [(one.upstream, one.models) for one in added.upstreams])
    except NameTaken as exc:
        raise AddonRefused(f"An addon's upstream cannot be used: {exc}.") from exc


def _dialects(added: Additions) -> tuple[Dialect, ...]:
    try:
        return dialects_with((AnthropicDialect(), OpenAIChat()), added.dialects)
    except NameTaken as exc:
        raise AddonRefused(f"An addon's dialect cannot be used: {exc}.") from exc


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


def _store_options(settings: Settings) -> StoreOptions:
    database = settings.database
    return StoreOptions(
        flush_s=database.log_flush_s, batch_rows=database.log_batch_rows, folder=data_folder(settings)
    )


class _Books:
    """Enters flows that a key or an attempt belongs to; strangers' noise is only logged."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._books = store.books
        self._clock = clock

    def begin(self, flow: Flow) -> None:
        """Write down that the flow runs, so that a crash leaves a trace of it."""
        self._books.started(record_of(flow, self._clock))

    def enter(self, flow: Flow) -> None:
        """Journal the flow's row and usage."""
        if flow.caller is not None and flow.endpoint.operation == "generate":
            self._books.finished(record_of(flow, self._clock))
