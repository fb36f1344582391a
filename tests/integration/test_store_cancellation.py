"""Requests that are cancelled at any moment leave the database usable; the library alone does not."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app.ids import KeyId
from app.store.keyring import KeyRing
from app.store.migrate import apps_config
from app.store.models import KnobRow
from app.store.tx import run_in_tx
from tests.support.store import a_flow, a_store, requests_counted

CANCELS = 300


async def storm(once: Any, cancels: int = CANCELS) -> None:
    """Start `once` again and again and cancel it after some turns of the loop."""
    chance = random.Random(7)
    for _ in range(cancels):
        task = asyncio.create_task(once())
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])


async def test_the_stock_library_keeps_its_lock_after_a_cancelled_transaction(tmp_path: Path) -> None:
    """ecosystem.md 0, defect 3: the reason for `run_in_tx`. When this fails, the library was mended."""

    async def stock() -> None:
        async with in_transaction():
            await KnobRow.all()

    async with TortoiseContext() as context:
        config = {"default": f"sqlite://{tmp_path}/stock.sqlite"}
        await context.init(config={"connections": config, "apps": apps_config()})
        await context.generate_schemas()
        task = asyncio.create_task(stock())
        lock = context.db()._lock  # type: ignore[attr-defined]  # the SQLite client's own
        while not lock.locked():
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

        assert lock.locked()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await KnobRow.all()


async def test_after_a_storm_of_cancelled_transactions_the_store_works(tmp_path: Path) -> None:
    """ecosystem.md 0, defect 3; faults.md F107, T14."""
    async with a_store(tmp_path) as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")

        async def once() -> None:
            await store.accounts.set_enabled(account.id, enabled=True)

        await storm(once)

        async def insert(client: Any) -> None:
            rows = [KnobRow(name=str(n), value="1", version=1, updated_at=0.0) for n in range(50)]
            await KnobRow.bulk_create(rows, ignore_conflicts=True)

        await storm(lambda: run_in_tx(store.database, insert), 50)

        assert await store.accounts.find(account.id) == account
        assert len((await store.knobs.read()).values) in (0, 50)
        async with a_store(tmp_path, serving=False) as guest:
            assert await guest.accounts.find(account.id) == account


async def test_requests_that_are_cancelled_while_they_end_lose_no_usage(tmp_path: Path) -> None:
    """faults.md rules 15 and 16: putting a record down needs no await."""
    done = 0

    async with a_store(tmp_path) as store:

        async def once() -> None:
            nonlocal done
            try:
                await asyncio.sleep(0)
                await store.accounts.all()
            finally:
                store.books.finished(a_flow(done))
                done += 1

        await storm(once)
        await store.writer.flush()

        assert await requests_counted(store) == done


async def test_a_storm_on_the_key_ring_ends_with_a_working_ring(tmp_path: Path) -> None:
    """faults.md F107."""
    async with a_store(tmp_path) as store:
        fresh = await store.keys.create("one")

        def who(key: KeyId, name: str, *_: object) -> str:
            return name

        async def once() -> None:
            await KeyRing(store.keys, store.clock, who).find("sk-ag-nobody")

        await storm(once, 100)
        ring = KeyRing(store.keys, store.clock, who)
        assert await ring.find(fresh.secret) == "one"
        await ring.aclose()
