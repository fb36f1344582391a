"""`account explain MODEL`. Source: complaints.md 5."""

import asyncio
import json
from pathlib import Path

import pytest

from app.cli import accounts
from app.cli.opening import open_store
from app.clock import SystemClock
from app.ids import AccountId
from app.pool.memo import PoolMemo, RestMemo
from app.pool.model import AccountState
from tests.support.commands import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(accounts.group, tmp_path)


def with_accounts(desk: Desk) -> None:
    """Anna is out of quota for Claude, Ben waits to be verified, Carla is fine."""

    async def fill() -> None:
        async with open_store(desk.settings()) as store:
            book, now = store.accounts, SystemClock().now()
            names = ("anna", "ben", "carla")
            added = [await book.add(email=f"{name}@example.test", refresh_token="1//t") for name in names]
            await book.set_state(
                added[1].id,
                AccountState.NEEDS_VERIFICATION,
                reason="Verify your account.",
                link="https://accounts.google.com/x",
            )
            rest = RestMemo(
                AccountId(added[0].id), "group", "3p", now + 7_230, now + 3_600, "quota", told=True
            )
            await store.pool_state.save(PoolMemo((rest,)), {})

    asyncio.run(fill())


def test_it_tells_who_would_be_taken_and_why_the_others_are_out(desk: Desk) -> None:
    with_accounts(desk)

    said = desk.run("explain", "claude-sonnet-4-6")

    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert lines[0].startswith("carla@example.test would be taken now")
    assert "->" in lines[2]
    assert "quota used up, back in 2 h" in said.stdout
    assert "needs_verification" in said.stdout
    assert "https://accounts.google.com/x" in said.stdout


def test_another_quota_group_is_another_story(desk: Desk) -> None:
    with_accounts(desk)

    story = json.loads(desk.run("explain", "gemini-3-flash", "--json").stdout)

    states = {lane["email"].partition("@")[0]: lane["state"] for lane in story["lanes"]}
    assert states == {"anna": "ready", "ben": "needs_verification", "carla": "ready"}
    assert [lane["place"] for lane in story["lanes"]] == [1, 2, None]


def test_the_json_holds_no_token(desk: Desk) -> None:
    with_accounts(desk)

    assert "1//t" not in desk.run("explain", "claude-sonnet-4-6", "--json").output


def test_a_model_that_is_not_offered_is_a_wrong_use(desk: Desk) -> None:
    assert desk.run("explain", "no-such-model").exit_code == 2


def test_without_accounts_it_says_so(desk: Desk) -> None:
    assert desk.run("explain", "gemini-3-flash").stdout == "There is no account.\n"
