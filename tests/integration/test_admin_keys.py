"""Client keys over the admin API, and what they are refused for."""

from typing import Any

import httpx
import pytest

from tests.support.admin import a_signed_in_admin
from tests.support.world import World


async def asked(world: World, key: str, path: str = "/v1/messages", **more: Any) -> httpx.Response:
    body = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    async with world.client() as client:
        return await client.post(path, json={**body, **more}, headers={"authorization": f"Bearer {key}"})


async def test_a_key_is_told_once_and_works_at_once() -> None:
    """threats.md S12: shown once at creation; only prefix and last 4 later. Spec: admin-ui.md 2.3, Keys."""
    async with a_signed_in_admin() as (world, admin):
        wanted = {"name": "laptop", "note": "Anna's", "limits": {"concurrent": 3, "daily_tokens": 1_000_000}}
        made = (await admin.post("/keys", json=wanted)).json()
        secret, key = made["secret"], made["key"]["id"]
        reply = await asked(world, secret)

        shown = await admin.get(f"/keys/{key}")
        listed = await admin.get("/keys")
        entries = (await world.gateway.store.audit.page()).entries

    assert reply.status_code == 200
    assert shown.json()["shown"] == f"{secret[:9]}…{secret[-4:]}"
    assert (shown.json()["note"], shown.json()["limits"]["concurrent"]) == ("Anna's", 3)
    assert shown.json()["use"]["day_tokens"] > 0
    assert secret not in shown.text + listed.text + repr(entries)
    assert [(entry.action, entry.subject) for entry in entries] == [("key.create", key)]
    assert entries[0].actor.startswith("session ")


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
async def test_a_paused_key_is_told_so_in_either_dialect_until_it_is_resumed(path: str) -> None:
    """Spec: admin-ui.md 2.3, Keys: pause."""
    async with a_signed_in_admin() as (world, admin):
        made = (await admin.post("/keys", json={"name": "laptop"})).json()
        paused = await admin.post(f"/keys/{made['key']['id']}/pause")
        refused = await asked(world, made["secret"], path)
        resumed = await admin.post(f"/keys/{made['key']['id']}/resume")
        served = await asked(world, made["secret"], path)

    assert (paused.json()["state"], resumed.json()["state"]) == ("paused", "active")
    assert refused.status_code == 403
    assert "paused" in refused.json()["error"]["message"]
    assert served.status_code == 200


async def test_a_key_with_addresses_is_refused_from_elsewhere() -> None:
    """Spec: admin-ui.md 2.3, Keys: address list."""
    async with a_signed_in_admin() as (world, admin):
        made = (await admin.post("/keys", json={"name": "ci", "addresses": ["10.0.0.0/8"]})).json()
        refused = await asked(world, made["secret"])
        key = made["key"]["id"]
        await admin.patch(f"/keys/{key}", json={"addresses": ["10.0.0.0/8", "127.0.0.1"]})
        served = await asked(world, made["secret"])
        wrong = await admin.patch(f"/keys/{key}", json={"addresses": ["home"]})

    assert (refused.status_code, served.status_code) == (403, 200)
    assert "address" in refused.json()["error"]["message"]
    assert (wrong.status_code, wrong.json()["where"]) == (400, "addresses")


async def test_rotating_leaves_the_old_key_for_some_hours_or_ends_it_at_once() -> None:
    """Spec: admin-ui.md 2.3, Keys: rotate (old one valid for n hours)."""
    async with a_signed_in_admin() as (world, admin):
        old = (await admin.post("/keys", json={"name": "a", "limits": {"concurrent": 2}})).json()
        new = (await admin.post(f"/keys/{old['key']['id']}/rotate", json={"keep_old_hours": 2})).json()
        kept = (await admin.get(f"/keys/{old['key']['id']}")).json()
        both = [(await asked(world, one["secret"])).status_code for one in (old, new)]
        last = (await admin.post(f"/keys/{new['key']['id']}/rotate", json={"keep_old_hours": 0})).json()
        after = [(await asked(world, one["secret"])).status_code for one in (new, last)]
        again = await admin.post(f"/keys/{new['key']['id']}/rotate", json={})

    assert new["key"]["limits"] == old["key"]["limits"]
    assert kept["expires_at"] - new["key"]["created_at"] == pytest.approx(7200, abs=60)
    assert both == [200, 200]
    assert after == [401, 200]
    assert again.status_code == 409


async def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list() -> None:
    """threats.md S30: disabled at once."""
    async with a_signed_in_admin() as (world, admin):
        made = (await admin.post("/keys", json={"name": "a"})).json()
        gone = await admin.delete(f"/keys/{made['key']['id']}")
        refused = await asked(world, made["secret"])
        listed = (await admin.get("/keys", params={"state": "revoked"})).json()["keys"]
        unknown = await admin.delete("/keys/key_nobody")

    assert (gone.status_code, refused.status_code, unknown.status_code) == (204, 401, 404)
    assert [one["id"] for one in listed] == [made["key"]["id"]]


async def test_only_what_is_sent_of_a_key_is_changed() -> None:
    """A null takes a limit away, what is left out stays. Spec: admin-ui.md 2.3, Keys."""
    async with a_signed_in_admin() as (_, admin):
        made = (
            await admin.post("/keys", json={"name": "a", "note": "n", "models": ["claude-sonnet-4-5"]})
        ).json()
        key = made["key"]["id"]
        named = (await admin.patch(f"/keys/{key}", json={"name": "b"})).json()
        freed = (await admin.patch(f"/keys/{key}", json={"models": None})).json()

    assert (named["name"], named["note"], named["models"]) == ("b", "n", ["claude-sonnet-4-5"])
    assert freed["models"] is None


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"name": "a", "id": "key_mine"}, None),
        ({"name": "a", "state": "active"}, None),
        ({"name": "a", "limits": {"is_admin": True}}, "limits"),
        ({"name": "a", "models": ["no-such-model"]}, "models"),
        ({"name": "a", "expires_at": 5}, "expires_at"),
        ({"name": "a", "limits": {"concurrent": 0}}, "limits.concurrent"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": " "}, "name"),
    ],
)
async def test_fields_that_are_wrong_or_unknown_make_no_key(body: dict[str, Any], where: str | None) -> None:
    """threats.md S16: unknown fields are refused."""
    async with a_signed_in_admin() as (_, admin):
        before = (await admin.get("/keys")).json()["keys"]
        reply = await admin.post("/keys", json=body)
        after = (await admin.get("/keys")).json()["keys"]

    assert (reply.status_code, reply.json()["where"]) == (400, where)
    assert len(before) == len(after)


async def test_keys_are_paged_and_found() -> None:
    """architecture.md 14: lists are paged by cursor."""
    async with a_signed_in_admin() as (_, admin):
        for number in range(5):
            await admin.post("/keys", json={"name": f"key {number}"})
        first = (await admin.get("/keys", params={"limit": 4})).json()
        rest = (await admin.get("/keys", params={"limit": 4, "cursor": first["next"]})).json()
        found = (await admin.get("/keys", params={"text": "KEY 3"})).json()
        presets = (await admin.get("/keys/presets")).json()["presets"]

    assert len(first["keys"]) == 4
    assert rest["next"] is None
    assert len({one["id"] for one in first["keys"] + rest["keys"]}) == 6
    assert [one["name"] for one in found["keys"]] == ["key 3"]
    assert [one["title"] for one in presets] == ["Only me", "A friend", "CI"]
