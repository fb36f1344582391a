"""Addons over the admin API, and their own views for a signed-in browser.

Spec: admin-ui.md 2.3, 3.4; architecture.md 8; threats.md S06, S07, S08, S33.
"""

import re
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from app.addon import Addon, AdminCall, Flow, Loader, Secret
from tests.support.admin import API, PASSWORD, a_signed_in_admin
from tests.support.world import World, a_world

MARKUP = "<script>alert(1)</script>"


class Options(Struct, frozen=True):
    words: str = "hello"
    times: int = 1
    password: Secret = ""


class Greeter(Addon):
    """Greets people."""

    name = "greeter"
    options = Options

    def __init__(self) -> None:
        self.now = Options()
        self.posted = 0

    def configure(self, options: Options) -> None:
        self.now = options

    def load(self, loader: Loader) -> None:
        loader.add_admin_view("state", self.state)
        loader.add_admin_view("do", self.do, method="POST")

    async def state(self, call: AdminCall) -> str:
        return MARKUP

    async def do(self, call: AdminCall) -> object:
        self.posted += 1
        return {"said": MARKUP}

    async def caller_known(self, flow: Flow) -> None:
        pass


async def noted(world: World) -> list[tuple[str, str]]:
    """What the audit log has, oldest first."""
    entries = (await world.gateway.store.audit.page()).entries
    return [(one.action, one.subject) for one in reversed(entries)]


async def test_an_addon_is_configured_switched_and_put_back_and_all_of_it_is_noted() -> None:
    addon = Greeter()
    async with a_signed_in_admin(with_addons=[addon]) as (world, admin):
        listed = (await admin.get("/addons")).json()["addons"]
        sent = {"values": {"words": "good day", "times": 3}}
        shown = (await admin.patch("/addons/greeter/options", json=sent)).json()
        assert addon.now == Options("good day", 3)
        off = (await admin.post("/addons/greeter/disable")).json()
        on = (await admin.post("/addons/greeter/enable")).json()
        back = (await admin.delete("/addons/greeter/options/words")).json()
        assert addon.now == Options("hello", 3)
        same = (await admin.get("/addons/greeter")).json()
        actions = await noted(world)
        entries = (await world.gateway.store.audit.page(action="addon.configure")).entries

    assert [one["name"] for one in listed][-1] == "greeter"
    assert {one["name"]: one["value"] for one in shown["options"]}["words"] == "good day"
    assert (off["enabled"], on["enabled"]) == (False, True)
    assert back == same
    assert actions == [(f"addon.{verb}", "greeter") for verb in ("configure", "disable", "enable", "reset")]
    assert entries[0].detail == {
        "old": {"words": "hello", "times": 1},
        "new": {"words": "good day", "times": 3},
    }
    assert entries[0].actor.startswith("session ")


async def test_what_is_refused_names_the_option_and_is_not_noted() -> None:
    async with a_signed_in_admin(with_addons=[Greeter()]) as (world, admin):

        async def refused(method: str, path: str, **sent: Any) -> tuple[int, str, str | None]:
            reply = await admin.request(method, f"/addons/{path}", **sent)
            return reply.status_code, reply.json()["code"], reply.json()["where"]

        def values(**said: object) -> dict[str, Any]:
            return {"json": {"values": said}}

        assert await refused("PATCH", "greeter/options", **values(times="x")) == (
            400,
            "invalid_option",
            "times",
        )
        assert await refused("PATCH", "greeter/options", **values(password="p")) == (409, "fixed", "password")
        assert await refused("PATCH", "nobody/options", **values()) == (404, "not_found", None)
        assert await refused("DELETE", "greeter/options/nothing") == (404, "not_found", None)
        assert await refused("POST", "spend_guard/disable") == (409, "always_on", None)
        assert await refused("POST", "greeter/reload") == (409, "addon_refused", None)
        assert await refused("GET", "nobody") == (404, "not_found", None)
        assert await noted(world) == []


async def test_a_file_is_loaded_anew(tmp_path: Path) -> None:
    path = tmp_path / "filed.py"
    source = "__version__ = '1'\nasync def flow_closed(flow): pass\n"
    path.write_text(source)
    async with a_signed_in_admin(addons=(str(path),)) as (world, admin):
        before = (await admin.get("/addons/filed")).json()
        path.write_text(source.replace("1", "2"))
        after = (await admin.post("/addons/filed/reload")).json()
        actions = await noted(world)

    assert (before["version"], after["version"]) == ("1", "2")
    assert actions == [("addon.reload", "filed")]


async def test_views_of_an_addon_open_in_a_browser_that_is_signed_in_and_do_nothing_there() -> None:
    """threats.md S06, S07, S08: the same guard; text stays text, whatever it looks like."""
    addon = Greeter()
    async with (
        a_world(admin_password=PASSWORD, with_addons=[addon]) as world,
        httpx.AsyncClient(base_url=world.base_url, trust_env=False) as browser,
    ):
        stranger = await browser.get("/admin/addons/greeter/state")
        await browser.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        page = await browser.get("/admin/addons/greeter")
        shown = await browser.get("/admin/addons/greeter/state")
        rebound = await browser.get("/admin/addons/greeter/state", headers={"host": "evil.test"})
        foreign = {"origin": "https://evil.test"}
        forged = await browser.post("/admin/addons/greeter/do", headers=foreign)
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert token is not None
        own = {"origin": world.base_url, "x-csrf-token": token[1]}
        done = await browser.post("/admin/addons/greeter/do", headers=own)

    assert stranger.status_code == 401
    assert (shown.status_code, shown.text) == (200, MARKUP)
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (rebound.status_code, forged.status_code, done.status_code) == (403, 403, 200)
    assert done.headers["content-type"] == "application/json"
    assert addon.posted == 1
    assert "/admin/addons/greeter/state" in page.text
    assert MARKUP not in page.text


async def test_it_is_told_when_the_password_itself_was_sent() -> None:
    """threats.md S03: whether the password is taken as a bearer token, and when it last was."""
    async with a_signed_in_admin() as (world, admin):
        before = (await admin.get("/sessions")).json()["password"]
        async with httpx.AsyncClient(base_url=world.base_url + API, trust_env=False) as other:
            for password in ("wrong", PASSWORD):
                await other.get("/system", headers={"authorization": f"Bearer {password}"})
        after = (await admin.get("/sessions")).json()["password"]

    assert before == {"is_taken": True, "last_used_at": None, "last_used_from": ""}
    assert after["last_used_at"] is not None
    assert after["last_used_from"] == "127.0.0.1"


async def test_the_end_of_a_session_is_noted_without_its_id() -> None:
    async with a_signed_in_admin() as (world, admin):
        await admin.post("/session", json={"password": PASSWORD})
        sessions = (await admin.get("/sessions")).json()["sessions"]
        other = next(one["id"] for one in sessions if not one["is_yours"])
        ended = await admin.delete(f"/sessions/{other}")
        again = await admin.delete(f"/sessions/{other}")
        entries = (await world.gateway.store.audit.page()).entries

    assert (ended.status_code, again.status_code) == (204, 404)
    assert [(one.action, one.subject) for one in entries] == [("session.end", other[:6])]
