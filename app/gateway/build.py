"""The composition root: settings to a running gateway, and back to nothing.

The only place that knows every part. Order matters at both ends: what is opened first is closed last.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from app.addons.metrics import MetricsAddon
from app.addons.records import record_of
from app.addons.request_log import RequestLog
from app.catalog.catalog import Catalog
from app.clock import Clock, SystemClock
from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.openai_chat.dialect import OpenAIChat
from app.flow import Caller, Flow
from app.gateway.parts import Gateway
from app.gateway.stages import shipped_plan
from app.gateway.upstream import Way, open_way
from app.hooks.table import HookTable
from app.ids import Ids, KeyId
from app.images import ImageDesk, ImageLimits
from app.observe.metrics import Metrics
from app.pipeline.closer import Closer
from app.pipeline.plan import Plan
from app.pipeline.runner import Runner
from app.pipeline.stages.admit import Admit, Floor
from app.pipeline.stages.authenticate import Authenticate
from app.pipeline.stages.convert import Convert
from app.pipeline.stages.count import Count
from app.pipeline.stages.lease import Borrow
from app.pipeline.stages.models import ListModels, ShowModel
from app.pipeline.stages.normalize_images import LINK_POLICY, LinkPolicy, NormalizeImages
from app.pipeline.stages.read import Read
from app.pipeline.stages.relay import Relay, Silence
from app.pipeline.stages.sanitize_thinking import SanitizeThinking
from app.pipeline.tries import TryLimits
from app.pool.memory import MemoryLedger
from app.pool.model import PoolChange, PoolLimits
from app.pool.pool import Pool
from app.pool.tokens import TokenKeeper
from app.settings.places import database_url
from app.settings.schema import Settings
from app.signatures import SignatureMemory
from app.store.keyring import KeyRing
from app.store.lifecycle import Store, opened
from app.store.seal import Seal
from app.upstreams.fetch import SafeFetcher

log = structlog.get_logger("app.gateway")

_SIGNATURES_KEPT_S = 24 * 3600.0


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """A gateway that is ready to serve, ended in order at the end of the block.

    `settings` must have every secret in place. Raises StoreError when the database cannot be used.
    """
    clock, ids = SystemClock(), Ids()
    seal = Seal(settings.admin.encryption_key)
    async with (
        opened(database_url(settings), seal, serving=True, clock=clock) as store,
        open_way(settings, clock) as way,
    ):
        gateway, memory, keys = _assemble(settings, clock, ids, store, way)
        await keys.load()
        async for page in store.signatures.saved_since(clock.now() - _SIGNATURES_KEPT_S):
            memory.restore(page)
        await gateway.pool.load()
        gateway.closer.start()
        try:
            yield gateway
        finally:
            gateway.begin_drain()
            gateway.runner.interrupt_all()
            await gateway.runner.ended()
            await gateway.closer.stop()
            await gateway.pool.aclose()
            await keys.aclose()


def _assemble(
    settings: Settings, clock: Clock, ids: Ids, store: Store, way: Way
) -> tuple[Gateway, SignatureMemory, KeyRing[Caller]]:
    """All parts, joined; nothing has started yet."""
    metrics = Metrics()
    catalog = Catalog(operator_aliases=settings.models.model_aliases)
    memory = SignatureMemory(ttl_s=_SIGNATURES_KEPT_S, now=clock.now, sink=store.signatures)
    keys = KeyRing(store.keys, clock, _caller, api_key=settings.admin.api_key, note_use=store.key_uses.note)
    pool = _pool(settings, clock, store, way)
    hooks = _hooks(metrics)
    floor = Floor(settings.server.max_streams)
    plan = _plan(settings, clock, ids, catalog, memory, keys, pool, way, hooks, floor)
    closer = Closer(hooks)
    runner = Runner(plan, closer, _Books(store, clock), clock, settings.limits.lifetime_s)
    gateway = Gateway(
        settings=settings,
        clock=clock,
        ids=ids,
        store=store,
        dialects=(AnthropicDialect(), OpenAIChat()),
        catalog=catalog,
        pool=pool,
        plan=plan,
        closer=closer,
        runner=runner,
        floor=floor,
        metrics=metrics,
    )
    return gateway, memory, keys


def _plan(
    settings: Settings,
    clock: Clock,
    ids: Ids,
    catalog: Catalog,
    memory: SignatureMemory,
    keys: KeyRing[Caller],
    pool: Pool,
    way: Way,
    hooks: HookTable,
    floor: Floor,
) -> Plan:
    limits, images = settings.limits, settings.images
    desk = ImageDesk(ImageLimits(max_bytes=images.image_max_bytes, max_pixels=images.image_max_pixels))
    fetcher = SafeFetcher(allow_hosts=frozenset(images.fetch_allow_hosts))
    tries = TryLimits(
        unclear=settings.pool.max_unclear_attempts,
        before_output_s=limits.before_output_s,
        waiting_s=settings.pool.retry_wait_s,
    )
    silence = Silence(first_event_s=limits.before_output_s, idle_s=limits.idle_s)
    return shipped_plan(
        authenticate=Authenticate(keys, hooks),
        read=Read(clock, hooks),
        admit=Admit(catalog, floor),
        sanitize_thinking=SanitizeThinking(memory),
        normalize_images=NormalizeImages(
            desk, fetcher, links=_link_policy(settings), fetch_s=images.fetch_timeout_s
        ),
        convert=Convert(lambda _: way.upstream),
        lease=Borrow(pool, clock, tries, settings.pool.lease_wait_s, hooks),
        relay=Relay(way.upstream, clock, ids, silence, hooks),
        count=Count(),
        list_models=ListModels(catalog),
        show_model=ShowModel(catalog),
    )


def _pool(settings: Settings, clock: Clock, store: Store, way: Way) -> Pool:
    limits = PoolLimits(
        per_account=settings.pool.max_concurrent_per_account,
        per_model=settings.pool.max_concurrent_per_model,
        line=settings.pool.waiting_line,
        probe_s=settings.pool.cooldown_max_s,
    )
    return Pool(
        MemoryLedger(clock, limits, listener=_tell),
        TokenKeeper(way.oauth, store.accounts, clock),
        store.accounts,
        clock,
        limits,
        _tell,
        discover=way.upstream.discover,
    )


def _hooks(metrics: Metrics) -> HookTable:
    request_log, counting = RequestLog(), MetricsAddon(metrics)
    return HookTable(
        attempt_ended=(counting.attempt_ended,),
        flow_closed=(request_log.flow_closed, counting.flow_closed),
    )


class _Books:
    """Enters finished flows that a key or an attempt belongs to; strangers' noise is only logged."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._books = store.books
        self._clock = clock

    def enter(self, flow: Flow) -> None:
        """Journal the flow's row and usage."""
        if flow.caller is not None and flow.endpoint.operation == "generate":
            self._books.finished(record_of(flow, self._clock))


def _caller(key_id: KeyId, name: str, models: frozenset[str] | None) -> Caller:
    return Caller(key_id, name, models)


def _link_policy(settings: Settings) -> dict[str, LinkPolicy]:
    """What becomes of addresses in prompts, where the operator decided against each API's own way."""
    policies: dict[str, LinkPolicy | None] = {"on": "fetch", "off": "refuse", "auto": None}
    policy = policies[settings.images.fetch_image_urls]
    return {} if policy is None else dict.fromkeys(LINK_POLICY, policy)


def _tell(change: PoolChange) -> None:
    log.info("pool", change=change.kind, account=change.account, what=change.what, why=change.why)
