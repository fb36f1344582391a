"""Requests and usage over the admin API, of a whole gateway."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.support.admin import a_signed_in_admin
from tests.support.world import World

HOSTILE = "=cmd|'/C calc'!A0 <script>alert(1)</script>"


async def ask(world: World, *, agent: str = "claude-cli/2.0", **more: Any) -> httpx.Response:
    body = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    async with world.client() as client:
        reply = await client.post("/v1/messages", json={**body, **more}, headers={"user-agent": agent})
    assert await world.is_at_rest()
    assert await world.gateway.store.writer.flush()
    return reply


async def test_requests_are_listed_with_names_and_shown_with_their_attempts() -> None:
    """Spec: admin-ui.md 2.3, Requests and Request detail."""
    async with a_signed_in_admin() as (world, admin):
        replies = [await ask(world) for _ in range(3)]
        page = (await admin.get("/requests", params={"limit": 2})).json()
        rest = (await admin.get("/requests", params={"limit": 2, "cursor": page["next"]})).json()
        own = (await admin.get("/requests", params={"client": "claude-code", "result": "ok"})).json()
        none = (await admin.get("/requests", params={"retried": "true"})).json()
        shown = (await admin.get(f"/requests/{page['requests'][0]['id']}")).json()

    listed = [one["id"] for one in (*page["requests"], *rest["requests"])]
    assert listed == [one.headers["request-id"] for one in reversed(replies)]
    assert rest["next"] is None
    assert (len(own["requests"]), none["requests"]) == (3, [])
    line = shown["request"]
    assert (line["result"], line["client"], line["origin"]) == ("ok", "claude-code", "client")
    assert line["key_name"]
    assert line["account_email"] in {one.email for one in world.simulator.accounts}
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["code"], attempt["account"]) == (1, "", line["account"])
    assert 0 <= attempt["offset_ms"] <= line["duration_ms"]
    assert shown["queue_ms"] is not None
    assert shown["tokens_per_s"] is None  # an answer in one piece has no pace


async def test_a_request_that_runs_is_in_the_list() -> None:
    """Spec: faults.md 4: a row exists as soon as the first attempt starts."""
    said = [{"role": "user", "content": "[[sim: text=400]] Hi"}]
    body = {"model": "claude-sonnet-4-5", "max_tokens": 500, "messages": said, "stream": True}
    async with a_signed_in_admin() as (world, admin):
        world.simulator.add_fault("stall", method="streamGenerateContent", after_chunks=2, delay_s=60.0)
        async with world.client() as client, client.stream("POST", "/v1/messages", json=body) as reply:
            assert reply.status_code == 200
            assert await world.gateway.store.writer.flush()
            found = (await admin.get("/requests", params={"result": "running"})).json()["requests"]

    assert [(one["result"], one["account_email"] != "") for one in found] == [("running", True)]


async def test_an_account_that_is_off_is_told_as_passed_over() -> None:
    """Spec: admin-ui.md 2.3, Request detail: not considered."""
    async with a_signed_in_admin() as (world, admin):
        off = (await admin.get("/accounts")).json()["accounts"][0]
        await admin.post(f"/accounts/{off['id']}/disable")
        reply = await ask(world)
        shown = (await admin.get(f"/requests/{reply.headers['request-id']}")).json()

    assert shown["passed"] == [
        {"account": off["id"], "account_email": off["email"], "state": "disabled", "why": "", "until": None}
    ]


async def test_the_text_of_a_request_names_nobody() -> None:
    """Spec: admin-ui.md 2.3: a redacted summary fit for a public issue."""
    async with a_signed_in_admin() as (world, admin):
        reply = await ask(world)
        request = reply.headers["request-id"]
        shown = (await admin.get(f"/requests/{request}")).json()["request"]
        text = await admin.get(f"/requests/{request}/text")

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert request in text.text
    assert "Attempt 1 on account A: served" in text.text
    names = [one.email for one in world.simulator.accounts] + [
        shown["key_name"],
        shown["key"],
        shown["account"],
    ]
    assert not [name for name in names if name in text.text]


@pytest.mark.parametrize(
    ("path", "params", "where"),
    [
        ("/requests", {"cursor": "nonsense"}, "cursor"),
        ("/requests", {"limit": "1000"}, "limit"),
        ("/requests", {"result": "other"}, "result"),
        ("/usage", {"by": "password"}, "by"),
        ("/usage", {"since": "2000", "until": "1000"}, "until"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_place(
    path: str, params: dict[str, str], where: str
) -> None:
    async with a_signed_in_admin() as (_, admin):
        reply = await admin.get(path, params=params)
        gone = await admin.get("/requests/req_nobody")

    assert (reply.status_code, reply.json()["where"]) == (400, where)
    assert gone.status_code == 404


async def test_usage_is_told_by_model_key_account_and_client() -> None:
    """Spec: admin-ui.md 2.3, Usage."""
    async with a_signed_in_admin() as (world, admin):
        for _ in range(2):
            await ask(world)
        await ask(world, agent="curl/8")
        found = {
            by: (await admin.get("/usage", params={"by": by})).json()
            for by in ("all", "model", "key", "account", "client")
        }
        overview = (await admin.get("/usage/overview")).json()

    for view in found.values():
        assert sum(row["sums"]["requests"] for row in view["rows"]) == 3
        assert sum(point["sums"]["requests"] for point in view["total"]["points"]) == 3
        assert view["span"]["grain"] == "hour"
    assert {row["value"]: row["sums"]["requests"] for row in found["client"]["rows"]} == {
        "claude-code": 2,
        "curl": 1,
    }
    assert found["model"]["rows"][0]["first_output_p95_ms"] is not None
    emails = {one.email for one in world.simulator.accounts}
    assert {row["name"] for row in found["account"]["rows"]} <= emails
    assert [overview[span]["sums"]["requests"] for span in ("hour", "day", "week")] == [3, 3, 3]
    assert overview["hour"]["sums"]["output_tokens"] == overview["week"]["sums"]["output_tokens"] > 0


async def test_the_file_of_usage_runs_nothing_in_a_spreadsheet() -> None:
    """Spec: threats.md S36."""
    async with a_signed_in_admin() as (world, admin):
        made = (await admin.post("/keys", json={"name": HOSTILE})).json()
        async with world.client() as client:
            await client.post(
                "/v1/messages",
                json={
                    "model": "claude-sonnet-4-5",
                    "max_tokens": 9,
                    "messages": [{"role": "user", "content": "Hi"}],
                },
                headers={"authorization": f"Bearer {made['secret']}"},
            )
        assert await world.is_at_rest()
        assert await world.gateway.store.writer.flush()
        reply = await admin.get("/usage.csv", params={"by": "key"})

    head, row = csv.reader(io.StringIO(reply.text))
    assert reply.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    assert (row[0], row[1]) == (made["key"]["id"], f"'{HOSTILE}")
    assert row[head.index("requests")] == "1"


async def test_states_and_quotas_of_accounts_are_kept() -> None:
    """Spec: admin-ui.md 2.3, Account detail."""
    async with a_signed_in_admin() as (world, admin):
        account = (await admin.get("/accounts")).json()["accounts"][0]["id"]
        await admin.post(f"/accounts/{account}/disable")
        await admin.post(f"/accounts/{account}/enable")
        await admin.post(f"/accounts/{account}/refresh")
        assert await world.gateway.store.writer.flush()
        events = await world.gateway.store.history.events(account)
        points = await world.gateway.store.history.quota(account)

    assert [one.state for one in events][:2] == ["ready", "disabled"]
    assert points
    assert len({(one.quota_group, one.window) for one in points}) == len(points)


async def test_a_request_can_be_looked_at_before_its_row_is_written() -> None:
    """admin-ui.md 2.1: from a failing client to the reason at once."""
    async with a_signed_in_admin(log_flush_s=60.0) as (world, admin), world.client() as client:
        body = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}]}
        reply = await client.post("/v1/chat/completions", json=body)
        told = await admin.get(f"/requests/{reply.headers['x-request-id']}")

    assert told.status_code == 200
