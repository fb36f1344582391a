"""Processes that share a database, and processes that are killed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.ids import KeyId
from app.store.models import KnobRow
from app.store.tx import run_in_tx
from tests.support.store import a_store, requests_counted

ROOT = Path(__file__).parents[2]

_FINISHING = """
import asyncio, sys
from pathlib import Path
from app.observe.logging import configure_logging
from tests.support.store import a_flow, a_store

async def main():
    async with a_store(Path(sys.argv[1])) as store:
        number = 0
        while True:
            store.books.finished(a_flow(number))
            if await store.books.journal_written():
                print(number, flush=True)
            number += 1

configure_logging("error")
asyncio.run(main())
"""

_TURNING = """
import asyncio, sys
from pathlib import Path
from app.ids import KeyId
from app.store.models import KnobRow
from app.store.tx import run_in_tx
from tests.support.store import a_store

async def add(client):
    row = await KnobRow.get_or_none(name="sum")
    await asyncio.sleep(0)
    value = int(row.value) + 1 if row else 1
    await KnobRow.update_or_create(defaults={"value": str(value), "version": 1, "updated_at": 0}, name="sum")

async def main():
    async with a_store(Path(sys.argv[1]), serving=False) as store:
        for _ in range(100):
            await run_in_tx(store.database, add)

asyncio.run(main())
"""

_DYING = """
import asyncio, os, sys
from pathlib import Path
from app.store import upkeep
from tortoise.backends.sqlite.client import SqliteClient
from tests.support.store import url_in

left = int(sys.argv[2])
query = SqliteClient.execute_query

async def counting(self, text, values=None):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
    return await query(self, text, values)

SqliteClient.execute_query = counting
asyncio.run(upkeep.upgrade(url_in(Path(sys.argv[1]))))
"""


def a_process(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, cwd=ROOT)


@pytest.mark.parametrize("after", [1, 40, 150])
async def test_of_flows_that_were_journalled_a_kill_loses_none_and_doubles_none(
    tmp_path: Path, after: int
) -> None:
    """faults.md F125; threats.md N7."""
    with a_process(_FINISHING, tmp_path) as process:
        assert process.stdout is not None
        last = -1
        while last < after:
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split(b"\n")
    journalled = max([last, *(int(line) for line in rest[:-1] if line)])

    async with a_store(tmp_path) as store:
        counted = await requests_counted(store)

    # The one after the last line may have been journalled just before the kill.
    assert counted in (journalled + 1, journalled + 2)
    async with a_store(tmp_path) as store:
        assert await requests_counted(store) == counted


async def test_two_processes_that_write_at_once_lose_no_update_and_see_no_lock(tmp_path: Path) -> None:
    """ecosystem.md 2.3: BEGIN IMMEDIATE."""
    async with a_store(tmp_path) as store:

        async def add(client: object) -> None:
            row = await KnobRow.get_or_none(name="sum")
            value = int(row.value) + 1 if row else 1
            changed = {"value": str(value), "version": 1, "updated_at": 0}
            await KnobRow.update_or_create(defaults=changed, name="sum")

        with a_process(_TURNING, tmp_path) as process:
            for _ in range(100):
                await run_in_tx(store.database, add)
            assert await asyncio.to_thread(process.wait) == 0

        assert (await store.knobs.read()).values == {"sum": "200"}


async def test_a_lock_of_another_program_delays_rows_and_loses_none(tmp_path: Path) -> None:
    """faults.md F101: rows written later."""
    async with a_store(tmp_path) as store:
        with closing(sqlite3.connect(tmp_path / "database.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            store.key_uses.note(KeyId("key_a"), 1.0)
            assert not await store.writer.flush()
            assert set(store.writer.state.failures) == {"locked"}
            other.execute("COMMIT")

        assert await store.writer.flush()


@pytest.mark.parametrize("statement", [2, 5, 9, 14])
async def test_a_process_killed_in_a_migration_leaves_a_database_that_the_next_one_finishes(
    tmp_path: Path, statement: int
) -> None:
    """faults.md F108: kill -9 at each step."""
    with a_process(_DYING, tmp_path, statement) as process:
        assert process.wait() == -signal.SIGKILL

    async with a_store(tmp_path) as store:
        await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        assert len(await store.accounts.all()) == 1


async def test_a_killed_gateway_lets_its_file_go(tmp_path: Path) -> None:
    """ecosystem.md 2.3: the lock ends with its process."""
    with a_process(_FINISHING, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()

    async with a_store(tmp_path) as store:
        assert store.database.is_sqlite
