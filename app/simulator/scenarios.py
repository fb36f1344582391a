"""Prepared worlds by name; tests and the demo start from them.

A scenario changes a fresh `World` and nothing else. Source: upstream.md 9.9.
"""

from collections.abc import Callable

import msgspec

from app.simulator.catalog import load_catalog
from app.simulator.faults import Fault
from app.simulator.quota import HOUR, CapacityRule, QuotaBook
from app.simulator.state import World

HOSTS = ("daily", "prod")
GROUPS = ("gemini", "3p")

_LONG_RESET_S = 256527.791609974
_SMALL_CONTEXT = 8_192
_DEMO_QUOTA = {"5h": 1_500.0, "weekly": 15_000.0}


def apply_scenario(world: World, name: str) -> None:
    """Change a fresh world into the named one. Raises KeyError for an unknown name."""
    SCENARIOS[name](world)
    world.scenario = name


def exhaust(world: World, account_id: str, *, resets_in: float, hosts: tuple[str, ...] = HOSTS) -> None:
    """Use up the weekly window of an account in every group."""
    now = world.clock.now()
    for host in hosts:
        for group in GROUPS if hosts == HOSTS else ("gemini",):
            world.quota.of(account_id, host, group)["weekly"].exhaust(now, resets_in=resets_in)


def _nothing(_world: World) -> None:
    """What makes these scenarios is the request; the strict backend is all they need."""


def _one_exhausted(world: World) -> None:
    exhaust(world, "acc-1", resets_in=_LONG_RESET_S)


def _all_exhausted(world: World) -> None:
    for index, account in enumerate(world.directory.accounts):
        hours = 1 if index == 1 else 3 + index
        exhaust(world, account.id, resets_in=hours * HOUR)


def _quota_per_host(world: World) -> None:
    for account in world.directory.accounts:
        exhaust(world, account.id, resets_in=2 * HOUR, hosts=("daily",))


def _demo(world: World) -> None:
    if world.options.profile == "instant":
        world.profile = "realistic"
    world.quota = QuotaBook(capacity=dict(_DEMO_QUOTA))
    world.faults.add(Fault(effect="503_capacity", probability=0.02))
    _mixed_tiers(world, hide_models=False)


def _mixed_tiers(world: World, *, hide_models: bool = True) -> None:
    plans = (("g1-pro-tier", 2.0), (None, 1.0), ("g1-ultra-tier", 5.0))
    for index, account in enumerate(world.directory.accounts):
        account.paid_tier, account.quota_scale = plans[index % len(plans)]
        if account.paid_tier is not None:
            account.credits = 25_000
        elif hide_models:
            account.models = [model.id for model in world.catalog.models if model.family == "gemini"]


def _long_context(world: World) -> None:
    models = [msgspec.structs.replace(model, context=_SMALL_CONTEXT) for model in world.catalog.models]
    world.catalog = msgspec.structs.replace(world.catalog, models=tuple(models))


def _slow_onboarding(world: World) -> None:
    for account in world.directory.accounts[:1]:
        account.has_project = False
        account.onboard_polls_left = 3


def _version_gate(world: World) -> None:
    world.knobs.min_version = "99.0.0"


def _version_gate_in_candidate(world: World) -> None:
    _version_gate(world)
    world.knobs.version_rendering = "candidate"


def _signature_lost(world: World) -> None:
    world.knobs.signatures_of_every_group = True
    world.knobs.standing_directives = "[[sim: tools=1]]"


def _big_signature(world: World) -> None:
    world.smith.length = 100_000


def _model_retired(world: World) -> None:
    # The test retires the models itself, by `world.catalog = load_catalog("catalog-2026-08")` or the admin
    # API.
    world.catalog = load_catalog("catalog-2026-01")


def _state(name: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        for account in world.directory.accounts[:1]:
            account.state = name  # type: ignore[assignment]  # the names below are the states' own

    return change


def _fault(fault: Fault, *, text_tokens: int | None = None) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.faults.add(fault)
        world.knobs.text_tokens = text_tokens

    return change


def _full(rule: CapacityRule) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.capacity.append(rule)

    return change


def _knobs(**changes: object) -> Callable[[World], None]:
    def change(world: World) -> None:
        for name, value in changes.items():
            setattr(world.knobs, name, value)

    return change


SCENARIOS: dict[str, Callable[[World], None]] = {
    "happy": _nothing,
    "one-exhausted": _one_exhausted,
    "all-exhausted": _all_exhausted,
    "rate-burst": _fault(Fault(effect="429_rate", delay_s=0.4, times=2)),
    "plain-429-storm": _fault(Fault(effect="429_plain", text="storm")),
    "capacity-flap": _full(CapacityRule(host="daily", probability=1.0)),
    "capacity-global": _full(CapacityRule(probability=1.0, retry_delay_s=9.0)),
    "token-expiry": _knobs(token_life_s=5),
    "revoked-account": _state("revoked"),
    "client-mismatch": _state("client_mismatch"),
    "validation-required": _state("validation_required"),
    "tos-ban": _state("tos"),
    "no-project": _state("no_project"),
    "slow-onboarding": _slow_onboarding,
    "wrong-project": _state("service_disabled"),
    "version-too-old": _version_gate,
    "version-too-old-candidate": _version_gate_in_candidate,
    "model-retired": _model_retired,
    "stream-cut-early": _fault(Fault(effect="cut", after_chunks=0, times=1)),
    "stream-cut-late": _fault(Fault(effect="cut", after_chunks=2), text_tokens=400),
    "stream-error-early": _fault(Fault(effect="stream_error", after_chunks=0, times=1)),
    "stream-error-late": _fault(Fault(effect="stream_error", after_chunks=2), text_tokens=400),
    "empty-200": _fault(Fault(effect="empty", times=1)),
    "no-finish": _fault(Fault(effect="no_finish")),
    "late-usage": _fault(Fault(effect="late_usage")),
    "claude-thinking-tools": _knobs(standing_directives="[[sim: tools=1 rounds=2]]"),
    "gemini-parallel-tools": _knobs(standing_directives="[[sim: tools=2 parallel]]"),
    "signature-lost": _signature_lost,
    "cross-model-switch": _knobs(standing_directives="[[sim: tools=1]]"),
    "prefill": _nothing,
    "schema-hostile": _nothing,
    "image": _knobs(image_bytes=2_000_000),
    "search": _knobs(standing_directives="[[sim: ground=3]]"),
    "long-context": _long_context,
    "big-signature": _big_signature,
    "mixed-tiers": _mixed_tiers,
    "quota-per-host": _quota_per_host,
    "demo": _demo,
}
