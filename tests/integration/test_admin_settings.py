"""Settings over the admin API: what they are, where they come from, and that a turned knob counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.admin.api.settings import SettingsDesk
from app.admin.refusals import Refused
from app.gateway.parts import Gateway
from app.gateway.upstream import antigravity_options
from app.settings.fields import all_fields
from app.settings.load import load
from app.settings.sources import Sources
from app.web.scope import Front
from tests.support.admin import a_signed_in_admin
from tests.support.gateways import a_gateway, client_of


def pool(gateway: Gateway, name: str) -> Any:
    return getattr(vars(gateway.pool)["_limits"], name)


def stage(gateway: Gateway, name: str) -> dict[str, Any]:
    return next(vars(one) for one in gateway.plan.stages_of("generate") if one.name == name)


def upstream(gateway: Gateway, name: str) -> Any:
    """What the way out goes by, which both its halves must."""
    way = vars(gateway.housekeeping)["_way"]
    assert way.upstream.options == gateway.oauth.options == antigravity_options(gateway.housekeeping.settings)
    return getattr(way.upstream.options, name)


def hidden(gateway: Gateway) -> list[str]:
    """What is left out of the lists that clients get."""
    offered = stage_of_lists(gateway).offered()
    return sorted({one.id for one in gateway.catalog.listed()} - {one.id for one in offered})


def stage_of_lists(gateway: Gateway) -> Any:
    return next(vars(one) for one in gateway.plan.stages_of("list_models") if one.name == "list_models")[
        "_catalog"
    ]


# A value for each knob, and how the part of the running gateway that goes by it is seen to do so.
POOL_AND_PLAN: dict[str, tuple[Any, Callable[[Gateway], Any]]] = {
    "max_concurrent_per_account": (7, lambda g: pool(g, "per_account")),
    "max_concurrent_per_model": (8, lambda g: pool(g, "per_model")),
    "pool_strategy": ("round_robin", lambda g: pool(g, "strategy")),
    "waiting_line": (9, lambda g: pool(g, "line")),
    "cooldown_max_s": (99.0, lambda g: pool(g, "probe_s")),
    "lease_wait_s": (3.0, lambda g: stage(g, "lease")["_wait_s"]),
    "max_unclear_attempts": (5, lambda g: stage(g, "lease")["_limits"].unclear),
    "retry_wait_s": (4.0, lambda g: stage(g, "lease")["_limits"].waiting_s),
    "before_output_s": (70.0, lambda g: stage(g, "relay")["_silence"].first_event_s),
    "idle_s": (71.0, lambda g: stage(g, "relay")["_silence"].idle_s),
    "fetch_image_urls": (
        "off",
        lambda g: {"refuse": "off"}[stage(g, "normalize_images")["_links"]["anthropic"]],
    ),
    "fetch_timeout_s": (2.0, lambda g: stage(g, "normalize_images")["_fetch_s"]),
    "upstream_user_agent": ("antigravity/9", lambda g: upstream(g, "user_agent")),
    "identity_preamble": ("You are.", lambda g: upstream(g, "preamble")),
    "header_s": (6.0, lambda g: upstream(g, "header_wait_s")),
    "header_thinking_s": (7.0, lambda g: upstream(g, "thinking_header_wait_s")),
    "model_aliases": (
        {"mine": "claude-sonnet-4-5"},
        lambda g: {"mine": stage_of_lists(g).resolve("mine").id},
    ),
    "hidden_models": (["claude-sonnet-4-5"], hidden),
    "log_retention_days": (3, lambda g: g.housekeeping.settings.database.log_retention_days),
    "usage_retention_days": (4, lambda g: g.housekeeping.settings.database.usage_retention_days),
}
FRONT: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "heartbeat_s": (1.5, lambda options: options.beat_s),
    "early_headers_after_s": (1.25, lambda options: options.commit_wait_s),
    "stall_buffer_bytes": (70_000, lambda options: options.buffer_bytes),
    "body_max_bytes": (80_000, lambda options: options.body.size),
    "body_timeout_s": (8.0, lambda options: options.body.time_s),
    "cors_origins": (["https://a.example"], lambda options: list(options.cors_origins)),
}


async def turn(gateway: Gateway, name: str, value: Any) -> None:
    await gateway.store.knobs.put(name, msgspec.json.encode(value).decode())
    await gateway.housekeeping.read_knobs()


def test_for_each_knob_it_is_seen_that_it_counts() -> None:
    """architecture.md 13: knobs are what one changes while running."""
    assert {field.name for field in all_fields() if field.is_knob} == {*POOL_AND_PLAN, *FRONT}


@pytest.mark.parametrize("name", POOL_AND_PLAN)
async def test_a_knob_counts_without_a_restart(name: str, tmp_path: Path) -> None:
    """architecture.md 13."""
    value, seen = POOL_AND_PLAN[name]
    base_urls = ("https://daily-cloudcode-pa.googleapis.com",)
    async with a_gateway(tmp_path, upstream_base_urls=base_urls) as gateway:
        await turn(gateway, name, value)

        assert seen(gateway) == value


async def test_knobs_of_the_front_count_without_a_restart_and_after_one(tmp_path: Path) -> None:
    """architecture.md 13: stored in the database."""
    wanted = {name: value for name, (value, _) in FRONT.items()}
    for is_first in (True, False):
        async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
            front = vars(client)["_transport"].app
            assert isinstance(front, Front)
            for name, value in wanted.items() if is_first else ():
                await turn(gateway, name, value)

            assert {name: seen(vars(front)["_options"]) for name, (_, seen) in FRONT.items()} == wanted
            preflight = await client.options("/v1/messages", headers={"origin": "https://a.example"})
            assert preflight.headers["access-control-allow-origin"] == "https://a.example"


async def test_a_setting_says_what_it_is_and_where_it_comes_from() -> None:
    """Spec: admin-ui.md 2.3, Settings: effective value, and where it comes from."""
    async with a_signed_in_admin(oauth_client_secret="GOCSPX-planted-canary") as (world, admin):
        groups = await admin.get("/settings")
        await admin.put("/settings/idle_s", json={"value": 33})
        turned = (await admin.get("/settings/idle_s")).json()

    settings = {one["name"]: one for group in groups.json()["groups"] for one in group["settings"]}
    assert len(settings) == len(all_fields())
    assert all(one["description"].endswith(".") for one in settings.values())
    assert settings["idle_s"]["source"] == "default"
    assert (turned["source"], turned["value"], turned["default"], turned["unit"]) == (
        "panel",
        33,
        120,
        "seconds",
    )
    assert settings["jwt_secret"]["source"] == "generated"
    assert (
        settings["oauth_client_secret"] | {"value": None, "is_set": True} == settings["oauth_client_secret"]
    )
    assert "planted-canary" not in groups.text
    assert world.gateway.settings.admin.jwt_secret not in (None, "")
    assert str(world.gateway.settings.admin.jwt_secret) not in groups.text


async def test_a_change_is_noted_with_what_it_replaced_and_can_be_undone() -> None:
    """Spec: admin-ui.md 2.3, Settings: every change lands in the audit log and can be undone from there."""
    async with a_signed_in_admin() as (world, admin):
        await admin.put("/settings/idle_s", json={"value": 33})
        await admin.put("/settings/idle_s", json={"value": 44})
        second, first = (await world.gateway.store.audit.page()).entries
        undone = (await admin.post(f"/audit/{second.id}/undo")).json()
        whole = (await admin.post(f"/audit/{first.id}/undo")).json()
        unknown = [await admin.post(f"/audit/{entry}/undo") for entry in ("99999", "9" * 40, "x", "-1")]

    assert (first.detail["old"], first.detail["new"]) == (120.0, 33.0)
    assert (second.detail["old"], second.detail["new"]) == (33.0, 44.0)
    assert (undone["value"], undone["source"]) == (33, "panel")
    assert (whole["value"], whole["source"]) == (120, "default")
    assert {one.status_code for one in unknown} == {404}


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        ("idle_s", -1, 400, "invalid_value"),
        ("idle_s", "long", 400, "invalid_value"),
        ("pool_strategy", "best", 400, "invalid_value"),
        ("upstream_user_agent", "one\ntwo", 400, "invalid_value"),
        ("upstream_base_urls", ["http://127.0.0.1"], 409, "needs_restart"),
        ("port", 1, 409, "needs_restart"),
        ("admin_password", "a longer password", 409, "needs_restart"),
        ("no_such_setting", 1, 404, "not_found"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    name: str, value: Any, status: int, code: str
) -> None:
    """Spec: admin-ui.md 2.3, Settings: change is validated on the server."""
    async with a_signed_in_admin() as (world, admin):
        reply = await admin.put(f"/settings/{name}", json={"value": value})
        stored = await world.gateway.store.knobs.read()

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.json()["message"].endswith(".")
    assert stored.values == {}


async def test_what_the_environment_sets_is_read_only_and_holds_over_what_was_stored(tmp_path: Path) -> None:
    """Spec: admin-ui.md 2.3, Settings: fixed by environment is read-only with the variable's name."""
    async with a_signed_in_admin() as (world, admin):
        await admin.put("/settings/idle_s", json={"value": 33})
        fixed = msgspec.structs.replace(
            world.gateway.settings, sources=Sources(load({"IDLE_S": "120"}).sources)
        )
        world.gateway.settings = vars(world.gateway.housekeeping)["_at_start"] = fixed
        await world.gateway.store.knobs.put("waiting_line", "5")
        await world.gateway.housekeeping.read_knobs()

        shown = (await admin.get("/settings/idle_s")).json()
        refused = await admin.put("/settings/idle_s", json={"value": 44})

    assert (shown["value"], shown["source"], shown["fixed_by"]) == (120, "environment", "IDLE_S")
    assert (refused.status_code, refused.json()["code"]) == (409, "fixed")
    assert "`IDLE_S`" in refused.json()["message"]


async def test_a_form_sends_what_one_would_write_into_the_environment(tmp_path: Path) -> None:
    """Spec: admin-ui.md 2.3, Settings: the control."""
    async with a_gateway(tmp_path) as gateway:
        desk = SettingsDesk(gateway)
        listed = await desk.change_text("hidden_models", " gemini-2.5-pro , gemini-2.5-flash ", "test")
        with pytest.raises(Refused) as refused:
            await desk.change_text("idle_s", "long", "test")

    assert list(listed.value) == ["gemini-2.5-pro", "gemini-2.5-flash"]
    assert (refused.value.status, refused.value.where) == (400, "idle_s")
