"""The admin API over HTTP, on a whole gateway with a simulated backend."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
API = "/admin/api"


@asynccontextmanager
async def an_admin(
    scenario: str = "happy", *, accounts: int = 3, **values: Any
) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world and a client that is signed in."""
    async with (
        a_world(scenario=scenario, accounts=accounts, admin_password=PASSWORD, **values) as world,
        stranger(world) as client,
    ):
        begun = await client.post(f"{API}/session", json={"password": PASSWORD})
        client.headers["authorization"] = f"Bearer {begun.json()['token']}"
        yield world, client


def stranger(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30)


async def test_accounts_are_listed_without_their_tokens() -> None:
    """threats.md S13."""
    async with an_admin() as (world, admin):
        reply = await admin.get(f"{API}/accounts")

    accounts = reply.json()["accounts"]
    assert [one["email"] for one in accounts] == [one.email for one in world.simulator.accounts]
    assert {one["state"] for one in accounts} == {"ready"}
    assert not any(one.refresh_token in reply.text for one in world.simulator.accounts)


async def test_an_account_is_switched_refreshed_and_removed_at_once() -> None:
    """Every change answers with the account as it stands then."""
    async with an_admin() as (world, admin):
        first = (await admin.get(f"{API}/accounts")).json()["accounts"][0]["id"]

        disabled = await admin.post(f"{API}/accounts/{first}/disable")
        enabled = await admin.post(f"{API}/accounts/{first}/enable")
        fresh = await admin.post(f"{API}/accounts/{first}/refresh")
        removed = await admin.delete(f"{API}/accounts/{first}")

        assert (disabled.json()["enabled"], enabled.json()["enabled"]) == (False, True)
        assert fresh.json()["tier"]
        assert fresh.json()["windows"]
        assert removed.status_code == 204
        assert (await admin.get(f"{API}/accounts/{first}")).status_code == 404
        assert len(world.gateway.pool.snapshot()) == 2


async def test_an_account_by_hand_has_to_be_what_it_says() -> None:
    """faults.md F075."""
    async with an_admin() as (world, admin):
        known = world.simulator.accounts[0]
        good = {"email": known.email, "refresh_token": known.refresh_token}

        added = await admin.post(f"{API}/accounts", json=good)
        other = await admin.post(f"{API}/accounts", json={**good, "email": "somebody@example.test"})
        dead = await admin.post(f"{API}/accounts", json={**good, "refresh_token": "1//dead"})

    assert (added.status_code, added.json()["email"]) == (201, known.email)
    assert (other.status_code, other.json()["where"]) == (400, "email")
    assert (dead.status_code, dead.json()["where"]) == (400, "refresh_token")


async def test_signing_in_again_keeps_the_account() -> None:
    """upstream.md 1.5; threats.md S31."""
    async with an_admin() as (world, admin):
        before = {one.email: one.id for one in world.gateway.pool.snapshot()}
        begun = (await admin.post(f"{API}/sign-ins")).json()
        async with httpx.AsyncClient(trust_env=False) as browser:
            went = (await browser.get(begun["page"])).headers["location"]

        finished = await admin.post(f"{API}/sign-ins/{begun['id']}", json={"pasted": went})
        again = await admin.post(f"{API}/sign-ins/{begun['id']}", json={"pasted": went})

    assert finished.status_code == 201
    assert finished.json()["id"] == before[finished.json()["email"]]
    assert again.status_code == 404


async def test_a_sign_in_belongs_to_the_session_that_began_it() -> None:
    """threats.md S31: bound to the admin session."""
    async with an_admin() as (world, admin), stranger(world) as other:
        other.headers["authorization"] = f"Bearer {PASSWORD}"
        begun = (await admin.post(f"{API}/sign-ins")).json()

        stolen = await other.post(f"{API}/sign-ins/{begun['id']}", json={"pasted": "4/0A-code"})
        wrong = await admin.post(
            f"{API}/sign-ins/{begun['id']}",
            json={"pasted": "http://localhost:51121/oauth-callback?state=foreign&code=4/0A-code"},
        )

    assert stolen.status_code == 404
    assert (wrong.status_code, "another sign-in" in wrong.json()["message"]) == (400, True)


async def test_a_run_over_all_accounts_is_worked_off_by_the_gateway() -> None:
    async with an_admin("revoked-account") as (_, admin):
        begun = await admin.post(f"{API}/refreshes", json={"parallel": 2})
        where = f"{API}/refreshes/{begun.json()['id']}"
        async with asyncio.timeout(20):
            while (told := (await admin.get(where)).json())["refresh"]["state"] != "done":
                await asyncio.sleep(0.05)

        over = await admin.post(f"{where}/cancel")
        listed = await admin.get(f"{API}/refreshes")
        states = {
            one["email"]: one["state"] for one in (await admin.get(f"{API}/accounts")).json()["accounts"]
        }

    assert begun.status_code == 201
    assert (told["refresh"]["done"], told["refresh"]["failed"]) == (2, 1)
    assert next(one["reason"] for one in told["accounts"] if one["state"] == "failed")
    assert (over.status_code, over.json()["code"]) == (409, "illegal_move")
    assert len(listed.json()["refreshes"]) == 1
    assert sorted(states.values()) == ["needs_sign_in", "ready", "ready"]


async def test_the_choice_for_a_model_is_explained() -> None:
    async with an_admin() as (_, admin):
        told = await admin.get(f"{API}/explain", params={"model": "gemini-3-flash"})
        unknown = await admin.get(f"{API}/explain", params={"model": "no-such-model"})

        nothing = await admin.get(f"{API}/explain")

    assert told.status_code == 200
    assert len(told.json()["lanes"]) == 3
    assert (nothing.status_code, nothing.json()["code"]) == (400, "invalid_request")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"email": "anna@example.test"}, None),
        ({"email": 7, "refresh_token": "1//x"}, "email"),
        ({"email": "anna@example.test", "refresh_token": "1//x", "state": "ready"}, None),
        ({"email": "anna", "refresh_token": "1//x"}, "email"),
    ],
)
async def test_a_body_that_does_not_fit_is_told_in_one_shape(body: dict[str, Any], where: str | None) -> None:
    """architecture.md 14: errors are {code, message, where}; threats.md S16."""
    async with an_admin() as (_, admin):
        reply = await admin.post(f"{API}/accounts", json=body)

    assert reply.status_code == 400
    assert set(reply.json()) == {"code", "message", "where"}
    assert (reply.json()["code"], reply.json()["where"]) == ("invalid_request", where)


async def test_what_is_no_json_is_refused() -> None:
    """threats.md S06: a form of another page cannot act."""
    async with an_admin() as (_, admin):
        form = await admin.post(f"{API}/refreshes", data={"parallel": "2"})
        text = await admin.post(
            f"{API}/refreshes", content=b'{"parallel": 2}', headers={"content-type": "text/plain"}
        )
        broken = await admin.post(
            f"{API}/refreshes", content=b"{", headers={"content-type": "application/json"}
        )

    assert [reply.status_code for reply in (form, text, broken)] == [400, 400, 400]
    assert all(set(reply.json()) == {"code", "message", "where"} for reply in (form, text, broken))


async def test_every_route_is_closed_to_strangers() -> None:
    """threats.md S15: the routes themselves are enumerated."""
    async with an_admin() as (world, admin), stranger(world) as nobody:
        document = (await admin.get(f"{API}/openapi.json")).json()
        nobody.headers["authorization"] = f"Bearer {world.key}"
        refused = {}
        for path, operations in document["paths"].items():
            for method in operations:
                reply = await nobody.request(method, re.sub(r"\{\w+\}", "1", path), json={})
                refused[method, path] = reply.status_code

    assert refused.pop(("post", f"{API}/session")) == 400
    assert len(refused) >= 17
    assert set(refused.values()) <= {401, 429}


async def test_the_document_of_the_api_points_nowhere() -> None:
    """ecosystem.md 2.11."""
    async with an_admin() as (_, admin):
        document = (await admin.get(f"{API}/openapi.json")).json()

    schemas = document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")
    assert {"AccountView", "Window", "RefreshItem", "Problem", "LaneStory"} <= set(schemas)
    assert {ref.removeprefix("#/components/schemas/") for ref in _refs(document)} <= set(schemas)
    assert "requestBody" in document["paths"][f"{API}/accounts"]["post"]
    assert document["paths"][f"{API}/explain"]["get"]["parameters"][0]["required"] is True
    assert document["paths"][f"{API}/session"]["post"]["security"] == []


def _refs(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for child in value.values() for ref in _refs(child)]
    return [ref for child in value for ref in _refs(child)] if isinstance(value, list) else []


async def test_a_foreign_host_name_is_refused() -> None:
    """threats.md S07: DNS rebinding."""
    async with an_admin(allowed_hosts=("gateway.example",)) as (_, admin):
        foreign = await admin.get(f"{API}/accounts", headers={"host": "evil.test"})
        own = await admin.get(f"{API}/accounts", headers={"host": "gateway.example:3000"})

    assert (foreign.status_code, foreign.json()["code"]) == (403, "host_not_allowed")
    assert own.status_code == 200


async def test_signing_out_and_revoking_end_a_session() -> None:
    """threats.md S05."""
    async with an_admin() as (world, admin), stranger(world) as other:
        begun = await other.post(f"{API}/session", json={"password": PASSWORD})
        other.headers["authorization"] = f"Bearer {begun.json()['token']}"
        sessions = (await admin.get(f"{API}/sessions")).json()["sessions"]
        (theirs,) = [one["id"] for one in sessions if not one["is_yours"]]

        assert (await admin.delete(f"{API}/sessions/{theirs}")).status_code == 204
        assert (await other.get(f"{API}/accounts")).status_code == 401
        assert (await admin.delete(f"{API}/session")).status_code == 204
        assert (await admin.get(f"{API}/accounts")).status_code == 401


async def test_numbers_are_for_administrators_while_they_are_off() -> None:
    """amendments.md 1: `/metrics` is off unless METRICS=on, or with an admin token."""
    async with an_admin() as (world, admin), stranger(world) as nobody:
        assert (await nobody.get("/metrics")).status_code == 404
        shown = await admin.get("/metrics")

    assert "gateway_log_queue_depth" in shown.text
