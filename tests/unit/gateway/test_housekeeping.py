"""What the gateway does beside answering."""

from pathlib import Path

import structlog.testing

from app.ids import AccountId
from app.pool.memo import PoolMemo, RestMemo
from tests.support.gateways import a_gateway


async def test_what_the_pool_knew_is_known_again_after_a_restart(tmp_path: Path) -> None:
    """architecture.md 12: cool-downs survive a restart."""
    async with a_gateway(tmp_path) as gateway:
        anna = await gateway.pool.add(email="anna@example.test", refresh_token="1//anna", project="p")
        until = gateway.clock.now() + 3600
        rest = RestMemo(AccountId(anna.id), "group", "gemini", until, until, "quota", told=True)
        gateway.pool.recall(PoolMemo((rest,)))

    async with a_gateway(tmp_path) as gateway:
        (status,) = gateway.pool.snapshot()

    assert [each.what for each in status.cooling] == ["gemini"]
    assert abs(status.cooling[0].until_epoch - until) < 5


async def test_knobs_that_were_turned_before_the_start_are_in_force(tmp_path: Path) -> None:
    """architecture.md 13: knobs are stored in the database."""
    async with a_gateway(tmp_path) as gateway:
        await gateway.store.knobs.put("max_concurrent_per_account", "7")
        await gateway.store.knobs.put("no_such_knob", "1")

    with structlog.testing.capture_logs() as logs:
        async with a_gateway(tmp_path) as gateway:
            assert gateway.housekeeping.settings.pool.max_concurrent_per_account == 7

    assert any("no_such_knob" in line.get("knob", "") for line in logs)


async def test_a_removed_account_is_a_reason_and_not_a_crash(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        assert "no account" in await gateway.housekeeping.refresh(AccountId("acc_gone"))


async def test_an_account_added_by_a_command_reaches_a_gateway_that_runs(tmp_path: Path) -> None:
    """amendments.md 1: account add."""
    async with a_gateway(tmp_path) as gateway:
        before = await gateway.store.accounts.version()
        await gateway.store.accounts.add(email="ben@example.test", refresh_token="1//ben", project="p")
        assert await gateway.store.accounts.version() != before

        await gateway.pool.load()

        assert [status.email for status in gateway.pool.snapshot()] == ["ben@example.test"]
