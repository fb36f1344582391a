"""A database in which somebody has written by hand. Source: threats.md S40."""

import math
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.ids import AccountId
from app.pool.refreshing import RunState
from app.store.lifecycle import Store
from app.store.sessions import Session
from app.store.tx import run_query
from tests.support.store import A_START, a_store

LATER = 10.0**11


async def poison(store: Store, table: str, column: str, value: object, where: str, key: str) -> None:
    """Write what no code of ours would write."""
    statement = f"UPDATE {table} SET {column} = ? WHERE {where} = ?"

    async def work(client: Any) -> None:
        await client.execute_query(statement, [value, key])

    await run_query(store.database, work)


def told(logs: list[Any], table: str) -> list[str]:
    return [one["row"] for one in logs if one["log_level"] == "error" and one.get("table") == table]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("email", "evil\x1b[2J@example.test"),
        ("email", "an\u202ena@example.test"),
        ("email", "no address"),
        ("email", "x" * 5000 + "@example.test"),
        ("email", b"\xff"),
        ("refresh_token", b"\xff\x00"),
        ("project", b"\xff"),
        ("models", "not json"),
        ("models", "[1]"),
        ("models", "{}"),
        ("state_reason", b"\xff"),
        ("state_link", b"\xff"),
        ("version", "many"),
    ],
)
async def test_a_poisoned_account_is_left_out_and_the_others_are_not(column: str, value: object) -> None:
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        ben = await store.accounts.add(email="ben@example.test", refresh_token="1//b")
        await poison(store, "accounts", column, value, "id", anna.id)

        with capture_logs() as logs:
            assert await store.accounts.all() == (ben,)
            assert await store.accounts.find(anna.id) is None
            assert await store.accounts.find(ben.id) == ben

        assert told(logs, "accounts") == [anna.id, anna.id]
        assert await store.accounts.remove(anna.id)


async def test_what_the_upstream_can_tell_again_is_forgotten_where_it_is_not_plain() -> None:
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a", project="p-1")
        await poison(store, "accounts", "project", "p\r\nx-evil: 1", "id", anna.id)
        await poison(store, "accounts", "tier", "\x9b31m", "id", anna.id)

        (found,) = await store.accounts.all()

    assert (found.id, found.project, found.tier) == (anna.id, None, None)


async def test_an_address_that_could_not_be_read_back_is_not_stored() -> None:
    async with a_store() as store:
        with pytest.raises(ValueError, match="email"):
            await store.accounts.add(email="an\x1bna@example.test", refresh_token="1//a")
        assert await store.accounts.all() == ()


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://evil.test/", "https://accounts.google.com@evil.test/"]
)
async def test_a_link_of_an_account_that_leads_elsewhere_is_left_out(link: str) -> None:
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        await poison(store, "accounts", "state_link", link, "id", anna.id)
        assert await store.accounts.all() == (anna,)

        page = "https://accounts.google.com/verify"
        await poison(store, "accounts", "state_link", page, "id", anna.id)
        assert (await store.accounts.all())[0].state_link == page


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("expires_at", "never"),
        ("revoked_at", "no"),
        ("models", "*"),
        ("models", "[1]"),
        ("models", b"\xff"),
        ("daily_tokens", "many"),
        ("requests_per_minute", 1.5),
        ("name", b"\xff"),
    ],
)
async def test_a_poisoned_key_is_not_valid_and_the_others_are(column: str, value: object) -> None:
    """A limit that cannot be read is not taken for none."""
    async with a_store() as store:
        bad, good = [(await store.keys.create(name)) for name in ("bad", "good")]
        await poison(store, "keys", column, value, "id", bad.record.id)

        with capture_logs() as logs:
            assert await store.keys.all() == (good.record,)
            assert await store.keys.find_digest(bad.record.digest) is None
            assert await store.keys.find_digest(good.record.digest) == good.record

        assert told(logs, "keys") == [bad.record.id] * 2


@pytest.mark.parametrize(("column", "value"), [("created_at", "x"), ("peer", b"\xff"), ("last_seen_at", "y")])
async def test_a_poisoned_session_lets_nobody_in(column: str, value: object) -> None:
    async with a_store() as store:
        for name in ("good", "bad"):
            await store.sessions.begin(
                Session(id=name, created_at=A_START, expires_at=LATER, last_seen_at=A_START)
            )
        await poison(store, "admin_sessions", column, value, "id", "bad")

        assert await store.sessions.find("bad") is None
        assert [one.id for one in await store.sessions.all()] == ["good"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("parallel", 10**9), ("parallel", "all"), ("beat_at", "x"), ("created_at", "x"), ("worker", b"\xff")],
)
async def test_a_poisoned_run_is_worked_on_by_nobody(column: str, value: object) -> None:
    async with a_store() as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        bad = await store.refreshes.begin([account], parallel=4)
        await poison(store, "refresh_runs", column, value, "id", bad.id)

        assert await store.refreshes.all() == ()
        assert await store.refreshes.find(bad.id) is None
        assert await store.refreshes.unattended() is None
        assert not await store.refreshes.claim(bad.id, "somebody")
        fresh = await store.refreshes.begin([account], parallel=4)
        assert (fresh.state, fresh.id == bad.id) == (RunState.RUNNING, False)
        assert await store.refreshes.all() == (fresh,)


async def test_a_poisoned_item_of_a_run_is_left_out() -> None:
    async with a_store() as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        run = await store.refreshes.begin([account], parallel=4)
        await poison(store, "refresh_items", "state", "levitating", "run", run.id)

        assert await store.refreshes.items(run.id) == ()
        assert await store.refreshes.all() != ()


@pytest.mark.parametrize("value", [7, "text", b"\xff", b"{}", math.pi])
async def test_what_is_no_memory_of_the_pool_is_forgotten(value: object) -> None:
    async with a_store() as store:
        await store.pool_state.save(await store.pool_state.recall(), {"oauth_client": "It is wrong."})
        for name in ("rest/a/account/x", "windows/a", "alarm/oauth_client"):
            await poison(store, "pool_state", "id", name, "id", "alarm/oauth_client")
            await poison(store, "pool_state", "payload", value, "id", name)

            memo = await store.pool_state.recall()
            assert (memo.rests, memo.windows) == ((), ())
            assert all(
                said.isascii() or "\ufffd" in said for said in (await store.pool_state.alarms()).values()
            )
            await poison(store, "pool_state", "id", "alarm/oauth_client", "id", name)


async def test_an_account_of_another_time_is_nobody() -> None:
    async with a_store() as store:
        assert await store.accounts.find(AccountId("acc_none")) is None
