"""The process over the admin API: how it does, its log, who changed what, its backups."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import structlog

from app.observe.logging import configure_logging
from tests.support.admin import API, PASSWORD, a_signed_in_admin


async def test_the_system_page_tells_how_the_process_does() -> None:
    """Spec: admin-ui.md 2.3, System."""
    async with a_signed_in_admin(max_streams=77) as (world, admin):
        await world.gateway.housekeeping.loop.run_once()
        async with world.client() as client:
            await client.get("/v1/models")
        shown = (await admin.get("/system")).json()

    assert shown["most_streams"] == 77
    assert shown["loop_delay_ms"] >= 0
    assert shown["uptime_s"] >= 0
    assert shown["memory_bytes"] > 1_000_000
    assert shown["database"]["size_bytes"] > 0
    assert {one["name"]: one["used"] for one in shown["stores"]}["keys"] == 1
    assert "spend_guard" in {one["name"] for one in shown["addons"]}


async def test_the_log_is_shown_without_secrets_from_a_line_on() -> None:
    """Spec: admin-ui.md 2.3, System: server log (filter, download). threats.md S14."""
    logs = configure_logging("info", stream=io.StringIO(), secrets=("a-planted-canary",))
    try:
        async with a_signed_in_admin() as (world, admin):
            world.gateway.log_tail = logs.tail
            log = structlog.get_logger("test")
            log.info("first", said="a-planted-canary", token="ya29.planted")
            first = (await admin.get("/log", params={"text": "FIRST"})).json()
            log.warning("second <script>")
            log.info("third")
            since = (await admin.get("/log", params={"after": first["next"], "level": "warning"})).json()
            whole = await admin.get("/log.txt")
    finally:
        logs.close()

    assert [one["level"] for one in first["lines"]] == ["info"]
    assert [one["text"].split()[2] for one in since["lines"]] == ["second"]
    assert "planted" not in whole.text
    assert "third" in whole.text
    assert whole.headers["content-type"].startswith("text/plain")
    assert whole.headers["content-disposition"].startswith("attachment")


async def test_a_backup_is_made_listed_downloaded_and_removed(tmp_path: Path) -> None:
    """Spec: admin-ui.md 2.3, System: backup. Tokens inside stay sealed."""
    async with a_signed_in_admin() as (world, admin):
        made = await admin.post("/backups")
        listed = (await admin.get("/backups")).json()["backups"]
        name = made.json()["name"]
        sent = await admin.get(f"/backups/{name}")
        system = (await admin.get("/system")).json()
        removed = await admin.delete(f"/backups/{name}")
        gone = await admin.get(f"/backups/{name}")
        tokens = [account.refresh_token for account in world.simulator.accounts]
        actions = [one.action for one in (await world.gateway.store.audit.page()).entries]

    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(sent.content)
    with closing(sqlite3.connect(copy)) as database:
        emails = [email for (email,) in database.execute("SELECT email FROM accounts ORDER BY created_at")]
    assert made.status_code == 201
    assert listed == [made.json()]
    assert system["database"]["newest_backup_at"] == made.json()["made_at"]
    assert sorted(emails) == sorted(account.email for account in world.simulator.accounts)
    assert not any(token.encode() in sent.content for token in tokens)
    assert (removed.status_code, gone.status_code) == (204, 404)
    assert actions == ["backup.remove", "backup.download", "backup.create"]


@pytest.mark.parametrize("name", ["database.sqlite", "..%2Fsecrets.json", "%2e%2e%2fdatabase.sqlite", "x"])
async def test_only_backups_can_be_downloaded(name: str) -> None:
    """threats.md A3: no file by a path that somebody made up."""
    async with a_signed_in_admin() as (_, admin):
        await admin.post("/backups")
        reply = await admin.get(f"/backups/{name}")

    assert reply.status_code == 404


async def test_what_was_changed_is_listed_newest_first_by_whom() -> None:
    """Spec: admin-ui.md 2.3, System: audit log."""
    async with a_signed_in_admin() as (_, admin):
        await admin.put("/settings/idle_s", json={"value": 33})
        await admin.post("/keys", json={"name": "a"})
        await admin.delete("/settings/idle_s")
        first = (await admin.get("/audit", params={"limit": 2})).json()
        rest = (await admin.get("/audit", params={"limit": 2, "cursor": first["next"]})).json()

    entries = first["entries"] + rest["entries"]
    assert [(one["action"], one["can_undo"]) for one in entries] == [
        ("setting.reset", True),
        ("key.create", False),
        ("setting.change", True),
    ]
    assert rest["next"] is None
    assert all(one["actor"].startswith("session ") for one in entries)


async def test_signing_out_elsewhere_ends_every_session_but_this_one() -> None:
    """Spec: admin-ui.md 2.3, System: sessions (sign out elsewhere)."""
    async with a_signed_in_admin() as (world, admin):
        async with httpx.AsyncClient(base_url=world.base_url + API, trust_env=False) as other:
            begun = await other.post("/session", json={"password": PASSWORD})
            other.headers["authorization"] = f"Bearer {begun.json()['token']}"
            before = await other.get("/system")
            ended = await admin.delete("/sessions")
            after = await other.get("/system")
        still = await admin.get("/system")

    assert (before.status_code, ended.status_code, after.status_code, still.status_code) == (
        200,
        204,
        401,
        200,
    )


@pytest.mark.parametrize(
    "path",
    ["/audit?cursor=" + "9" * 30, "/audit?limit=0", "/log?level=loud", "/keys?state=lost", "/keys?limit=a"],
)
async def test_a_query_that_does_not_fit_is_told_so(path: str) -> None:
    """architecture.md 14: errors are {code, message, where}."""
    async with a_signed_in_admin() as (_, admin):
        reply = await admin.get(path)

    assert reply.status_code == 400
    assert reply.json().keys() == {"code", "message", "where"}
