"""Models over the admin API: who serves them, other names, who steps in."""

from typing import Any

import pytest

from tests.support.admin import a_signed_in_admin

ASKED = {"max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
SONNET = "claude-sonnet-4-5"


async def test_a_model_shows_who_can_serve_it_and_never_a_quota_that_nobody_knows() -> None:
    """Spec: admin-ui.md 2.3, Models; 2.1: how much is left, per model."""
    async with a_signed_in_admin() as (world, admin):
        unread = (await admin.get(f"/models/{SONNET}")).json()
        async with world.client() as client:
            assert (await client.post("/v1/messages", json={**ASKED, "model": SONNET})).status_code == 200
        first = world.gateway.pool.snapshot()[0]
        await world.gateway.pool.renew(first.id)
        await world.gateway.pool.set_enabled(world.gateway.pool.snapshot()[1].id, enabled=False)
        await world.gateway.store.writer.flush()
        listed = {one["id"]: one for one in (await admin.get("/models")).json()["models"]}

    assert (unread["able"], unread["total"], unread["lowest"], unread["unknown"]) == (3, 3, None, 3)
    shown = listed[SONNET]
    assert (shown["able"], shown["total"], shown["unknown"], shown["requests"]) == (2, 3, 2, 1)
    assert 0 <= shown["lowest"]["left"] <= 1
    assert shown["lowest"]["email"] == first.email
    assert [one["able"] for one in shown["squares"]].count(True) == 2
    assert all(one["words"] for one in shown["squares"])


async def test_other_names_and_fallbacks_count_at_once_and_are_tried_out() -> None:
    """Spec: admin-ui.md 2.3, Models, tab Aliases and fallbacks."""
    rules = {
        "aliases": [{"name": "mine", "target": SONNET}],
        "fallbacks": [{"model": SONNET, "then": ["gemini-2.5-pro", "gemini-2.5-flash"]}],
    }
    async with a_signed_in_admin() as (world, admin):
        reply = await admin.put("/models/aliases", json=rules)
        key = (await admin.post("/keys", json={"name": "k", "models": ["gemini-2.5-pro"]})).json()["key"][
            "id"
        ]
        resolved = (await admin.get("/models/resolve", params={"model": SONNET, "key": key})).json()
        listed = {one["id"]: one for one in (await admin.get("/models")).json()["models"]}
        async with world.client() as client:
            served = await client.post("/v1/messages", json={**ASKED, "model": "mine"})
        entries = (await world.gateway.store.audit.page()).entries

    assert reply.status_code == 200
    assert (reply.json()["aliases"], reply.json()["fallbacks"]) == (rules["aliases"], rules["fallbacks"])
    assert [(one["name"], one["allowed"]) for one in resolved["chain"]] == [
        (SONNET, False),
        ("gemini-2.5-pro", True),
        ("gemini-2.5-flash", False),
    ]
    assert listed["mine"]["target"] == SONNET
    assert served.status_code == 200
    assert {"setting.change", "addon.configure"} <= {entry.action for entry in entries}


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ({"aliases": [{"name": "a", "target": "no-such-model"}]}, "aliases[0].target"),
        ({"aliases": [{"name": "a", "target": SONNET}] * 2}, "aliases[1]"),
        ({"fallbacks": [{"model": SONNET, "then": [SONNET]}]}, "fallbacks[0].then"),
        ({"fallbacks": [{"model": SONNET, "then": []}]}, "fallbacks[0].then"),
    ],
)
async def test_rules_that_lead_nowhere_change_nothing(rules: dict[str, Any], where: str | None) -> None:
    """Spec: admin-ui.md 2.3, Models, tab Aliases and fallbacks."""
    async with a_signed_in_admin() as (_, admin):
        reply = await admin.put("/models/aliases", json=rules)
        after = (await admin.get("/models/aliases")).json()

    assert (reply.status_code, reply.json()["where"]) == (400, where)
    assert (after["aliases"], after["fallbacks"]) == ([], [])


async def test_a_hidden_model_is_in_no_list_and_still_answers() -> None:
    """Spec: admin-ui.md 2.3, Models: hide."""
    async with a_signed_in_admin() as (world, admin), world.client() as client:
        hidden = (await admin.post(f"/models/{SONNET}/hide")).json()
        without = {one["id"] for one in (await client.get("/v1/models")).json()["data"]}
        served = await client.post("/v1/messages", json={**ASKED, "model": SONNET})
        await admin.post(f"/models/{SONNET}/list")
        again = {one["id"] for one in (await client.get("/v1/models")).json()["data"]}

    assert hidden["is_hidden"]
    assert SONNET not in without
    assert served.status_code == 200
    assert SONNET in again
