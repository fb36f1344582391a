"""Accounts over the admin API: found, described, many at once, in a file. Spec: admin-ui.md 2.3, 2.4."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from app.pool.model import AccountState
from app.store.parcel import PackedAccount, pack, unpack
from tests.support.admin import PASSWORD, a_signed_in_admin
from tests.support.world import World

QUESTION = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "[[sim: think=0]] Hi"}]}


async def emails(admin: httpx.AsyncClient, **query: Any) -> list[str]:
    reply = await admin.get("/accounts", params=query)
    assert reply.status_code == 200, reply.text
    return [one["email"].partition("@")[0] for one in reply.json()["accounts"]]


async def mark(world: World, number: int, state: AccountState) -> str:
    account = world.gateway.pool.snapshot()[number].id
    await world.gateway.store.accounts.set_state(account, state)
    await world.gateway.pool.load()
    return account


async def test_accounts_are_found_ordered_and_paged_on_the_server() -> None:
    """Sort default: those that need you, then exhausted, then the rest, then ready."""
    async with a_signed_in_admin(accounts=5) as (world, admin):
        ids = [one.id for one in world.gateway.pool.snapshot()]
        await world.gateway.pool.set_enabled(ids[1], enabled=False)
        await mark(world, 3, AccountState.SUSPENDED)
        await admin.patch(f"/accounts/{ids[4]}", json={"note": "Émile's"})

        assert await emails(admin) == ["david", "ben", "anna", "carla", "elena"]
        assert await emails(admin, sort="name") == ["anna", "ben", "carla", "david", "elena"]
        assert await emails(admin, state="needs_you") == ["david"]
        assert await emails(admin, state="disabled") == ["ben"]
        assert await emails(admin, text="ÉMILE") == ["elena"]
        first = (await admin.get("/accounts", params={"limit": 2})).json()
        assert (first["total"], first["matching"]) == (5, 5)
        assert await emails(admin, limit=2, cursor=first["next"]) == ["anna", "carla"]
        await admin.delete(f"/accounts/{first['accounts'][1]['id']}")
        assert await emails(admin, limit=2, cursor=first["next"]) == ["carla", "elena"]
        assert (await admin.get("/accounts", params={"state": "nonsense"})).status_code == 400


async def test_an_account_carries_as_much_at_once_as_its_own_limit_says() -> None:
    """The limit acts on the very next request, and a note stays when only the limit is said."""
    async with a_signed_in_admin(accounts=1, simulator={"profile": "slow"}, max_concurrent_per_account=5) as (
        world,
        admin,
    ):
        account = world.gateway.pool.snapshot()[0].id
        await admin.patch(f"/accounts/{account}", json={"note": "Anna's"})
        told = await admin.patch(f"/accounts/{account}", json={"concurrent": 1})
        assert (told.json()["note"], told.json()["concurrent"], told.json()["limit"]) == ("Anna's", 1, 1)
        async with world.client() as client:
            asking = [asyncio.ensure_future(client.post("/v1/chat/completions", json=QUESTION)) for _ in "12"]
            async with asyncio.timeout(10):
                while not world.gateway.pool.waiting():
                    await asyncio.sleep(0.01)
            assert world.gateway.pool.snapshot()[0].in_flight == 1
            none = await admin.patch(f"/accounts/{account}", json={"concurrent": None})
            assert (none.json()["concurrent"], none.json()["limit"]) == (None, 5)
            replies = await asyncio.gather(*asking)
        refused = await admin.patch(f"/accounts/{account}", json={"concurrent": 0})
        await world.gateway.pool.load()

    assert [reply.status_code for reply in replies] == [200, 200]
    assert (refused.status_code, refused.json()["where"]) == (400, "concurrent")
    assert world.gateway.pool.snapshot()[0].note == "Anna's"


async def test_a_rest_is_cleared_and_the_history_tells_what_became_of_an_account() -> None:
    """Account detail: timeline with cause, attempts, quota, the token's age and never the token."""
    async with a_signed_in_admin(scenario="one-exhausted", accounts=2) as (world, admin):
        async with world.client() as client:
            for _ in range(2):
                await client.post("/v1/chat/completions", json=QUESTION)
        (resting,) = [one for one in world.gateway.pool.snapshot() if one.cooling]
        await admin.post(f"/accounts/{resting.id}/refresh")
        await world.gateway.store.writer.flush()
        told = (await admin.get(f"/accounts/{resting.id}/history")).json()
        what = resting.cooling[0].what
        nothing = await admin.post(f"/accounts/{resting.id}/clear", json={"what": "another"})
        cleared = await admin.post(f"/accounts/{resting.id}/clear", json={"what": what})
        entries = [one.action for one in (await world.gateway.store.audit.page()).entries]

    assert "exhausted" in [one["state"] for one in told["events"]]
    assert (told["tries"], told["failed_tries"]) == (1, 1)
    assert told["attempts"][0]["code"]
    assert told["token"]["had_at"] < told["token"]["ends_at"]
    assert told["quota"]
    assert nothing.json()["cooling"] != []
    assert (cleared.json()["cooling"], cleared.json()["shown"]) == ([], "ready")
    assert entries == ["account.clear", "account.clear", "account.refresh"]


async def test_many_are_acted_on_by_name_or_by_what_matches_then() -> None:
    """The filter is resolved when it is done; one that is gone does not keep the others from it."""
    async with a_signed_in_admin(accounts=4) as (world, admin):
        ids = [one.id for one in world.gateway.pool.snapshot()]
        by_name = await admin.post("/accounts/batch", json={"action": "disable", "ids": [*ids[:2], "gone"]})
        by_filter = await admin.post(
            "/accounts/batch", json={"action": "remove", "filter": {"state": "disabled"}}
        )
        nobody = await admin.post(
            "/accounts/batch", json={"action": "enable", "filter": {"state": "disabled"}}
        )
        both = await admin.post("/accounts/batch", json={"action": "enable", "filter": {}, "ids": ids})
        refresh = await admin.post("/accounts/batch", json={"action": "refresh", "filter": {"text": "carla"}})
        entries = (await world.gateway.store.audit.page()).entries

    assert (by_name.json()["done"], [one["id"] for one in by_name.json()["failed"]]) == (2, ["gone"])
    assert by_filter.json()["done"] == 2
    assert [one.id for one in world.gateway.pool.snapshot()] == ids[2:]
    assert (nobody.status_code, nobody.json()["code"]) == (409, "no_account")
    assert both.status_code == 400
    assert (refresh.json()["done"], bool(refresh.json()["refresh"])) == (1, True)
    assert [one.action for one in entries] == ["refresh.begin", "accounts.remove", "accounts.disable"]


async def test_an_import_tells_first_what_it_means_and_is_one_transaction() -> None:
    """n new, n known, n broken with line and reason."""
    async with a_signed_in_admin(accounts=2) as (world, admin):
        known = world.simulator.accounts[0]
        brought = [
            {"email": "new@example.test", "refresh_token": "1//new"},
            {"email": known.email.upper(), "refresh_token": "1//other"},
            {
                "email": world.simulator.accounts[1].email,
                "refresh_token": world.simulator.accounts[1].refresh_token,
            },
            {"email": "new@example.test", "refresh_token": "1//again"},
            {"email": "nobody"},
        ]
        content = json.dumps(brought, indent=0)
        told = (await admin.post("/accounts/import", json={"content": content})).json()
        refused = await admin.post("/accounts/import", json={"content": content, "dry_run": False})
        assert len(world.gateway.pool.snapshot()) == 2
        done = await admin.post(
            "/accounts/import", json={"content": content, "dry_run": False, "skip_broken": True}
        )
        sealed = pack([PackedAccount(email="sealed@example.test", refresh_token="1//s")], "a long passphrase")
        wrong = await admin.post("/accounts/import", json={"content": sealed.decode(), "passphrase": "other"})
        right = await admin.post(
            "/accounts/import", json={"content": sealed.decode(), "passphrase": "a long passphrase"}
        )

    assert [one["effect"] for one in told["accounts"]] == ["new", "new token", "as it is"]
    assert [(one["number"], one["line"]) for one in told["broken"]] == [(4, 14), (5, 18)]
    assert "twice" in told["broken"][0]["reason"]
    assert (refused.status_code, refused.json()["where"]) == (400, "content")
    assert done.status_code == 200
    assert len(world.gateway.pool.snapshot()) == 3
    assert (wrong.status_code, wrong.json()["where"]) == (400, "passphrase")
    assert [one["effect"] for one in right.json()["accounts"]] == ["new"]
    assert "1//" not in json.dumps(told) + done.text + right.text


async def test_an_export_wants_the_password_again_and_is_sealed() -> None:
    """threats.md S13: audited, and never without the password."""
    async with a_signed_in_admin(accounts=3) as (world, admin):
        first = world.gateway.pool.snapshot()[0]
        wrong = await admin.post("/accounts/export", json={"password": "no", "passphrase": None})
        short = await admin.post("/accounts/export", json={"password": PASSWORD, "passphrase": "short"})
        body = {"password": PASSWORD, "passphrase": "a long passphrase", "ids": [first.id]}
        sealed = await admin.post("/accounts/export", json=body)
        plain = await admin.post("/accounts/export", json={"password": PASSWORD, "passphrase": None})
        entries = (await world.gateway.store.audit.page()).entries

    assert (wrong.status_code, wrong.json()["code"], wrong.json()["where"]) == (
        403,
        "wrong_password",
        "password",
    )
    assert (short.status_code, short.json()["where"]) == (400, "passphrase")
    assert sealed.headers["cache-control"] == "no-store"
    assert [one.email for one in unpack(sealed.content, "a long passphrase")] == [first.email]
    assert len(unpack(plain.content, None)) == 3
    assert [(one.action, one.detail["sealed"]) for one in entries] == [
        ("accounts.export", False),
        ("accounts.export", True),
    ]


@pytest.mark.parametrize("pasted", ["", "https://example.test/", "1//refresh", "ya29.access", "two words"])
async def test_a_sign_in_survives_a_wrong_paste_and_is_shown_to_its_own_session_alone(pasted: str) -> None:
    """threats.md S31; upstream.md 1.5."""
    async with a_signed_in_admin(accounts=1) as (world, admin):
        begun = (await admin.post("/sign-ins")).json()
        wrong = await admin.post(f"/sign-ins/{begun['id']}", json={"pasted": pasted})
        shown = await admin.get(f"/sign-ins/{begun['id']}")
        async with httpx.AsyncClient(base_url=world.base_url, trust_env=False) as other:
            other.headers["authorization"] = f"Bearer {PASSWORD}"
            theirs = await other.get(f"/admin/api/sign-ins/{begun['id']}")

    assert wrong.status_code == 400
    assert wrong.json()["message"]
    assert shown.json() == begun
    assert theirs.status_code == 404
