"""Runs over some accounts, for some of what can be asked, over the admin API. Spec: admin-ui.md 2.4."""

import asyncio
from typing import Any

import httpx

from tests.support.admin import a_signed_in_admin


async def ended(admin: httpx.AsyncClient, run: str) -> dict[str, Any]:
    """The run once it is over."""
    async with asyncio.timeout(20):
        while True:
            told: dict[str, Any] = (await admin.get(f"/refreshes/{run}")).json()
            if told["refresh"]["state"] == "done":
                return told
            await asyncio.sleep(0.05)


async def test_a_run_is_about_whom_it_was_begun_for_and_tells_why_some_failed() -> None:
    """2.4.1 which, what, how fast; 2.4.5 grouped by reason, and those can be retried."""
    async with a_signed_in_admin(scenario="revoked-account", accounts=4) as (world, admin):
        gateway = world.gateway
        ids = [one.id for one in gateway.pool.snapshot()]
        body = {"accounts": ids[:3], "parts": ["token"], "parallel": 2}
        begun = (await admin.post("/refreshes", json=body)).json()
        other = await admin.post("/refreshes", json={"filter": {"text": "david"}})
        told = await ended(admin, begun["id"])
        (group,) = told["failures"]
        assert gateway.pool.snapshot()[2].windows == ()

        nothing = await admin.post(f"/refreshes/{begun['id']}/retry", json={"reason": "another"})
        again = (await admin.post(f"/refreshes/{begun['id']}/retry", json={"reason": group["reason"]})).json()
        await ended(admin, again["id"])
        older = (await admin.post("/refreshes", json={"older_than_s": 3600})).json()
        await ended(admin, older["id"])
        fresh = await admin.post("/refreshes", json={"older_than_s": 3600, "parts": ["token"]})
        two = await admin.post("/refreshes", json={"older_than_s": 1, "accounts": ids})
        none = await admin.post("/refreshes", json={"parts": []})
        entries = [one.action for one in (await gateway.store.audit.page()).entries]

    assert (begun["total"], begun["parts"], begun["scope"]) == (3, ["token"], {"kind": "chosen"})
    assert (other.status_code, other.json()["code"]) == (409, "run_open")
    assert (told["refresh"]["done"], told["refresh"]["failed"]) == (2, 1)
    assert (group["advice"], len(group["accounts"])) == ("act", 1)
    assert (nothing.status_code, again["total"], again["parts"]) == (409, 1, ["token"])
    assert older["total"] == 4
    assert older["scope"] == {"kind": "older", "older_than_s": 3600}
    assert fresh.json()["total"] == 1  # the one that could not be asked
    assert (two.status_code, none.status_code) == (400, 400)
    assert entries.count("refresh.begin") == 4


async def test_whoever_watches_is_told_of_every_step() -> None:
    """2.4.3: rows and panel follow; 2.5: the topic moves, the page looks again."""
    async with a_signed_in_admin(accounts=2) as (world, admin):
        before = world.gateway.news.counts["jobs"]
        begun = (await admin.post("/refreshes", json={"parallel": 1})).json()
        told = await ended(admin, begun["id"])
        after = world.gateway.news.counts["jobs"]
        estimate = await admin.get("/refreshes")

    assert after - before >= 5
    assert told["refresh"]["per_minute"] is None
    assert estimate.json()["refreshes"][0]["id"] == begun["id"]
