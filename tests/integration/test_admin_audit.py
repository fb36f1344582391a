"""Whoever changes something over the admin API leaves a line in the audit log.

Spec: admin-ui.md 2.3, Settings and System; threats.md S13.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from app.web.site import build_quart
from tests.support.admin import API, PASSWORD, a_signed_in_admin
from tests.support.world import World

SESSIONS = frozenset({"begin_session", "end_session", "begin_sign_in"})
"""Signing oneself in and out is a row of Sessions; a sign-in that is only begun has changed nothing."""
MODEL = "claude-sonnet-4-5"


class Doer:
    """Makes changes one after the other, and finds out which of them left no line."""

    def __init__(self, world: World, admin: httpx.AsyncClient) -> None:
        self.world = world
        self.done: set[str] = set()
        self.silent: list[str] = []
        self.admin = admin
        self._routes = build_quart(world.gateway).url_map.bind("localhost")

    async def do(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Make a change that has to succeed; gives the answer."""
        before = await self._newest()
        reply = await self.admin.request(method, path, json=body, timeout=60)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        endpoint = self._routes.match(API + path, method=method)[0].removeprefix("admin.")
        self.done.add(endpoint)
        if await self._newest() == before:
            self.silent.append(endpoint)
        is_json = reply.headers.get("content-type", "").startswith("application/json")
        return reply.json() if is_json and reply.content else None

    async def ended(self, run: str) -> None:
        """Wait for the end of a run."""
        async with asyncio.timeout(30):
            while (await self.admin.get(f"/refreshes/{run}")).json()["refresh"]["state"] != "done":
                await asyncio.sleep(0.05)

    @property
    def changing(self) -> set[str]:
        """Every route of the API that is not for reading."""
        return {
            rule.endpoint.removeprefix("admin.")
            for rule in self._routes.map.iter_rules()
            if rule.endpoint.startswith("admin.") and (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        }

    async def _newest(self) -> int:
        entries = (await self.world.gateway.store.audit.page(limit=1)).entries
        return entries[0].id if entries else 0


async def test_every_change_leaves_a_line(tmp_path: Path) -> None:
    """A route that somebody adds is missed here until it is driven."""
    path = tmp_path / "filed.py"
    path.write_text("async def flow_closed(flow): pass\n")
    world_of = a_signed_in_admin(scenario="revoked-account", accounts=4, addons=(str(path),))
    async with world_of as (world, admin):
        doer = Doer(world, admin)
        await change_runs(doer)
        await change_accounts(doer)
        await change_keys_and_models(doer)
        await change_the_rest(doer)

        assert doer.silent == []
        assert doer.changing - SESSIONS - doer.done == set()


async def change_accounts(doer: Doer) -> None:
    known = doer.world.simulator.accounts[1]  # the first one is revoked
    account = doer.world.gateway.pool.snapshot()[1].id
    await doer.do("POST", "/accounts", {"email": known.email, "refresh_token": known.refresh_token})
    await doer.do("PATCH", f"/accounts/{account}", {"note": "Anna's"})
    for verb in ("disable", "enable", "refresh"):
        await doer.do("POST", f"/accounts/{account}/{verb}")
    await doer.do("POST", f"/accounts/{account}/clear", {})
    await doer.do("POST", "/accounts/batch", {"action": "enable", "ids": [account]})
    told = {"password": PASSWORD, "passphrase": None, "ids": [account]}
    file = await doer.admin.post("/accounts/export", json=told)
    await doer.do("POST", "/accounts/export", told)
    await doer.do("DELETE", f"/accounts/{account}")
    await doer.do("POST", "/accounts/import", {"content": file.text, "dry_run": False})
    begun = (await doer.admin.post("/sign-ins")).json()
    async with httpx.AsyncClient(trust_env=False) as browser:
        went = (await browser.get(begun["page"])).headers["location"]
    await doer.do("POST", f"/sign-ins/{begun['id']}", {"pasted": went})


async def change_runs(doer: Doer) -> None:
    whole = await doer.do("POST", "/refreshes", {"parts": ["token"]})
    await doer.ended(whole["id"])
    again = await doer.do("POST", f"/refreshes/{whole['id']}/retry", {})
    await doer.ended(again["id"])
    doer.world.simulator.state.profile = "slow"  # so that a run is still under way when it is steered
    begun = await doer.do("POST", "/refreshes", {"parallel": 1})
    for verb in ("pause", "resume", "cancel"):
        await doer.do("POST", f"/refreshes/{begun['id']}/{verb}")
    doer.world.simulator.state.profile = "instant"


async def change_keys_and_models(doer: Doer) -> None:
    key = (await doer.do("POST", "/keys", {"name": "laptop"}))["key"]["id"]
    await doer.do("PATCH", f"/keys/{key}", {"note": "of Anna"})
    for verb in ("pause", "resume"):
        await doer.do("POST", f"/keys/{key}/{verb}")
    await doer.do("POST", f"/keys/{key}/rotate", {})
    await doer.do("DELETE", f"/keys/{key}")
    await doer.do("PUT", "/models/aliases", {"aliases": [{"name": "mine", "target": MODEL}], "fallbacks": []})
    for verb in ("hide", "list"):
        await doer.do("POST", f"/models/{MODEL}/{verb}")
    body = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}
    await doer.do("POST", "/playground", {"dialect": "anthropic", "body": body})


async def change_the_rest(doer: Doer) -> None:
    await doer.do("PATCH", "/addons/tool_output_limit/options", {"values": {"most_characters": 5000}})
    await doer.do("DELETE", "/addons/tool_output_limit/options/most_characters")
    await doer.do("POST", "/addons/filed/reload")
    for verb in ("disable", "enable"):
        await doer.do("POST", f"/addons/tool_output_limit/{verb}")
    await doer.do("PUT", "/settings/idle_s", {"value": 71.0})
    (entry,) = (await doer.world.gateway.store.audit.page(action="setting.change", limit=1)).entries
    await doer.do("POST", f"/audit/{entry.id}/undo")
    await doer.do("DELETE", "/settings/idle_s")
    backup = (await doer.do("POST", "/backups"))["name"]
    await doer.do("DELETE", f"/backups/{backup}")
    await doer.admin.post("/session", json={"password": PASSWORD})
    sessions = (await doer.admin.get("/sessions")).json()["sessions"]
    other = next(one["id"] for one in sessions if not one["is_yours"])
    await doer.do("DELETE", f"/sessions/{other}")
    await doer.do("DELETE", "/sessions")
