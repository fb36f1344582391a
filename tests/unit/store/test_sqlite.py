"""The SQLite client lets go of what fails."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from app.store.models import KnobRow
from app.store.tx import run_in_tx, run_query
from tests.support.store import a_store


async def a_knob(name: str) -> None:
    await KnobRow.create(name=name, value="1", version=1, updated_at=0.0)


async def test_a_transaction_that_was_left_open_is_taken_back_first() -> None:
    """threats.md 5.6: after each batch nothing may be open."""

    async def poison(client: Any) -> None:
        await client.execute_query("BEGIN")

    async def work(client: Any) -> None:
        await a_knob("after")

    async with a_store() as store:
        await run_query(store.database, poison)
        await run_in_tx(store.database, work)

        assert (await store.knobs.read()).values == {"after": "1"}


async def test_a_commit_that_fails_leaves_the_connection_usable() -> None:
    """faults.md F102."""

    async def full(client: Any) -> None:
        await client.execute_query("PRAGMA max_page_count=1")

    async def room(client: Any) -> None:
        await client.execute_query("PRAGMA max_page_count=1000000")

    async def large(client: Any) -> None:
        await KnobRow.create(name="large", value="x" * 1_000_000, version=1, updated_at=0.0)

    async with a_store() as store:
        await run_query(store.database, full)
        with pytest.raises(OperationalError, match="full"):
            await run_in_tx(store.database, large)
        await run_query(store.database, room)
        await run_in_tx(store.database, large)

        assert set((await store.knobs.read()).values) == {"large"}


async def test_a_transaction_that_cannot_begin_leaves_the_connection_usable(tmp_path: Path) -> None:
    """faults.md F101: the stock client keeps the connection's lock for ever."""

    async def impatient(client: Any) -> None:
        await client.execute_query("PRAGMA busy_timeout=1")

    async with a_store(tmp_path) as store:
        await run_query(store.database, impatient)
        with closing(sqlite3.connect(tmp_path / "database.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="locked"):
                await run_in_tx(store.database, lambda client: a_knob("never"))
            other.execute("COMMIT")
        await run_in_tx(store.database, lambda client: a_knob("after"))

        assert set((await store.knobs.read()).values) == {"after"}


async def test_a_script_inside_a_transaction_is_part_of_it() -> None:
    """sqlite3's own executescript commits first."""

    async def work(client: Any) -> None:
        await client.execute_script("CREATE TABLE one (a); CREATE TABLE two (b);\n;")
        raise RuntimeError("on the way")

    async def tables(client: Any) -> list[Any]:
        _, rows = await client.execute_query("SELECT name FROM sqlite_master WHERE name IN ('one', 'two')")
        return list(rows)

    async with a_store() as store:
        with pytest.raises(RuntimeError):
            await run_in_tx(store.database, work)

        assert await run_query(store.database, tables) == []
