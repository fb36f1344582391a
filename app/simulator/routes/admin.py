"""The simulator's own API under `/__sim/`.

State, clock, faults, scripts, scenario, log, counters, bench, reset, health.

Bodies and answers are JSON. A mistake in a body is answered with 400 and a sentence.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from app.simulator.accounts import SimAccount
from app.simulator.bench import BenchKnobs
from app.simulator.catalog import load_catalog
from app.simulator.faults import Fault
from app.simulator.inbound import Inbound
from app.simulator.options import Profile
from app.simulator.quota import CapacityRule, RateLimiter
from app.simulator.scenarios import SCENARIOS, apply_scenario
from app.simulator.state import Knobs, Script, World

_DEFAULT_LIMIT = 1000

Answer = object
Route = Callable[[World, Any, Mapping[str, str]], Answer]


def admin(inbound: Inbound) -> None:
    """Answer one call of the admin API."""
    name = inbound.request.path.rpartition("/__sim/")[2].strip("/")
    route = ROUTES.get((inbound.request.method, name))
    if route is None:
        known = sorted(f"{method} /__sim/{path}" for method, path in ROUTES)
        _answer(
            inbound, 404, {"error": f"There is no {inbound.request.method} /__sim/{name}.", "routes": known}
        )
        return
    try:
        body = msgspec.json.decode(inbound.request.body or b"{}")
        answer = route(inbound.world, body, inbound.query)
    except (msgspec.MsgspecError, ValueError, KeyError, AttributeError, FileNotFoundError) as error:
        _answer(inbound, 400, {"error": f"{type(error).__name__}: {error}"})
        return
    _answer(inbound, 200, answer)


def reset_world(world: World) -> None:
    """Back to the start, the scenario of the options included."""
    world.reset()
    apply_scenario(world, world.options.scenario)


def _health(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return {"status": "ok", "scenario": world.scenario, "profile": world.profile}


def _get_state(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return {
        "seed": world.seed,
        "scenario": world.scenario,
        "profile": world.profile,
        "directives": world.directives,
        "catalog": world.catalog.name,
        "now": world.clock.now(),
        "knobs": world.knobs,
        "accounts": world.directory.accounts,
        "limiter": {"per_second": world.limiter.per_second, "burst": world.limiter.burst},
        "capacity": world.capacity,
        "quota": {"capacity": world.quota.capacity, "publication_delay_s": world.quota.publication_delay_s},
        "live_tokens": len(world.directory.tokens),
    }


def _put_state(world: World, body: Any, query: Mapping[str, str]) -> Answer:
    """Replace the members that are given; knobs are merged, accounts changed by id, unknown ids are added."""
    if "profile" in body:
        world.profile = msgspec.convert(body["profile"], Profile)
    if "directives" in body:
        world.directives = bool(body["directives"])
    if "catalog" in body:
        world.catalog = load_catalog(body["catalog"])
    if "knobs" in body:
        merged = msgspec.to_builtins(world.knobs) | body["knobs"]
        world.knobs = msgspec.convert(merged, Knobs)
    if "limiter" in body:
        world.limiter = msgspec.convert(body["limiter"], RateLimiter)
    if "capacity" in body:
        world.capacity = msgspec.convert(body["capacity"], list[CapacityRule])
    if "quota" in body:
        for name, value in body["quota"].items():
            setattr(world.quota, name, value)
    for change in body.get("accounts", ()):
        _change_account(world, change)
    if body.get("expire_tokens"):
        world.directory.expire_tokens()
    return _get_state(world, body, query)


def _change_account(world: World, change: dict[str, Any]) -> None:
    known = world.directory.by_id(change.get("id", ""))
    if known is None:
        world.add_account(**change)
        return
    checked = msgspec.convert(msgspec.to_builtins(known) | change, SimAccount)
    for name in change:
        setattr(known, name, getattr(checked, name))
    if known.state == "ok":
        world.watch.forgive(known.id)


def _post_accounts(world: World, body: Any, _query: Mapping[str, str]) -> Answer:
    return [world.add_account() for _ in range(int(body.get("count", 1)))]


def _get_clock(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return {"now": world.clock.now(), "mode": world.clock.mode, "factor": world.clock.factor}


def _post_clock(world: World, body: Any, query: Mapping[str, str]) -> Answer:
    if "mode" in body:
        world.clock.set(body["mode"], start=body.get("now"), factor=float(body.get("factor", 1)))
    if "advance" in body:
        world.clock.advance(float(body["advance"]))
    return _get_clock(world, body, query)


def _get_faults(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return [
        {"id": number, "hits": world.faults.hits(number), "rule": rule}
        for number, rule in world.faults.rules().items()
    ]


def _post_faults(world: World, body: Any, _query: Mapping[str, str]) -> Answer:
    rules = body if isinstance(body, list) else [body]
    return [world.faults.add(msgspec.convert(rule, Fault)) for rule in rules]


def _delete_faults(world: World, _body: Any, query: Mapping[str, str]) -> Answer:
    if "id" in query:
        return {"removed": world.faults.remove(int(query["id"]))}
    world.faults.clear()
    return {"removed": True}


def _post_scripts(world: World, body: Any, _query: Mapping[str, str]) -> Answer:
    added = msgspec.convert(body if isinstance(body, list) else [body], list[Script])
    world.scripts.scripts.extend(added)
    return {"scripts": len(world.scripts.scripts)}


def _delete_scripts(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    world.scripts = type(world.scripts)()
    return {"scripts": 0}


def _get_scenario(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return {"scenario": world.scenario, "known": sorted(SCENARIOS)}


def _post_scenario(world: World, body: Any, query: Mapping[str, str]) -> Answer:
    name = body["name"]
    if name not in SCENARIOS:
        raise ValueError(f"There is no scenario `{name}`; there are: {', '.join(sorted(SCENARIOS))}")
    world.reset()
    apply_scenario(world, name)
    return _get_scenario(world, body, query)


def _get_requests(world: World, _body: Any, query: Mapping[str, str]) -> Answer:
    since, limit = int(query.get("since", 0)), int(query.get("limit", _DEFAULT_LIMIT))
    return [entry.shown() for entry in world.journal.entries if entry.number > since][:limit]


def _get_counters(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    journal = world.journal
    return {
        "counters": journal.counters,
        "open_streams": journal.open_streams,
        "max_open_streams": journal.max_open_streams,
        "aborted_streams": journal.aborted_streams,
        "misbehaviour": journal.misbehaviour,
    }


def _post_reset(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    reset_world(world)
    return {"status": "ok"}


def _post_bench(world: World, body: Any, _query: Mapping[str, str]) -> Answer:
    world.bench = msgspec.convert(msgspec.to_builtins(world.bench) | body, BenchKnobs)
    return world.bench


def _get_bench(world: World, _body: Any, _query: Mapping[str, str]) -> Answer:
    return world.bench


def _answer(inbound: Inbound, status: int, body: object) -> None:
    builtins = msgspec.to_builtins(body)
    text = json.dumps(builtins, indent=2, ensure_ascii=False, default=str)
    inbound.exchange.respond(status, [("Content-Type", "application/json")], text.encode() + b"\n")


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "health"): _health,
    ("GET", "state"): _get_state,
    ("PUT", "state"): _put_state,
    ("POST", "accounts"): _post_accounts,
    ("GET", "clock"): _get_clock,
    ("POST", "clock"): _post_clock,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _post_faults,
    ("DELETE", "faults"): _delete_faults,
    ("POST", "scripts"): _post_scripts,
    ("DELETE", "scripts"): _delete_scripts,
    ("GET", "scenario"): _get_scenario,
    ("POST", "scenario"): _post_scenario,
    ("GET", "requests"): _get_requests,
    ("GET", "counters"): _get_counters,
    ("POST", "reset"): _post_reset,
    ("GET", "bench"): _get_bench,
    ("POST", "bench"): _post_bench,
}
