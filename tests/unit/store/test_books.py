"""Flows on their way into the database, with a journal and a database that come and go."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.clock import SystemClock
from app.ids import FlowId
from app.store import books, journal_format, segments
from app.store.books import DAMAGED_FILE, FlowShelf
from app.store.lifecycle import Store
from app.store.logs import FlowQuery
from app.store.tx import run_query
from tests.support.store import a_flow, a_store, requests_counted


def journal_files(folder: Path) -> list[Path]:
    return sorted((folder / "usage-journal").glob("*.journal"))


def a_leftover(folder: Path, data: bytes, number: int = 1) -> Path:
    """A segment that a killed process left."""
    path = folder / "usage-journal" / f"{number:010d}.journal"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def as_records(*numbers: int) -> bytes:
    return b"".join(journal_format.record(msgspec.json.encode(a_flow(n))) for n in numbers)


async def locked_out(store: Store) -> None:
    """Take every page away from the database: whatever is written finds it full."""

    async def work(client: Any) -> None:
        await client.execute_query("PRAGMA max_page_count=1")

    await run_query(store.database, work)


async def let_in(store: Store) -> None:
    async def work(client: Any) -> None:
        await client.execute_query("PRAGMA max_page_count=1000000")

    await run_query(store.database, work)


@contextmanager
def a_full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The journal's disk takes half of what it is given and then nothing."""

    def refuse(handle: int, data: bytes) -> None:
        os.write(handle, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(segments, "_write_all", refuse)
        yield


async def test_a_finished_flow_is_a_row_and_is_counted(tmp_path: Path) -> None:
    """faults.md 4."""
    async with a_store(tmp_path) as store:
        store.books.started(a_flow(1, outcome="running", prompt_tokens=0, output_tokens=0))
        store.books.finished(a_flow(1))
        store.books.started(a_flow(2, outcome="running"))
        await store.writer.flush()

        rows = await store.flows.recent(FlowQuery())
        assert {flow.id: flow.outcome for flow in rows} == {"req_1": "ok", "req_2": "running"}
        assert await requests_counted(store) == 1


async def test_who_is_told_of_a_row_can_read_it(tmp_path: Path) -> None:
    """admin-ui.md 2.5: a page that hears of a change and looks at once must see it."""
    async with a_store(tmp_path) as store:
        told: list[bool] = []
        store.books.on_written(lambda: told.append(store.writer.state.written > 0))
        store.books.finished(a_flow(1))
        before = list(told)
        await store.writer.flush()

    assert (before, told[0]) == ([], True)


async def test_after_an_orderly_end_the_journal_is_empty(tmp_path: Path) -> None:
    """faults.md F135: emptied only after the database has the rows."""
    async with a_store(tmp_path) as store:
        for n in range(20):
            store.books.finished(a_flow(n))

    assert journal_files(tmp_path) == []


async def test_what_a_killed_process_left_is_replayed_and_counted_once(tmp_path: Path) -> None:
    """faults.md F125, F135."""
    async with a_store(tmp_path) as store:
        store.books.finished(a_flow(1))
        store.books.started(a_flow(9, outcome="running"))
        await store.writer.flush()
    a_leftover(tmp_path, as_records(1, 2))
    a_leftover(tmp_path, as_records(2, 3), number=2)

    async with a_store(tmp_path) as store:
        assert await requests_counted(store) == 3
        interrupted = await store.flows.find(FlowId("req_9"))
        assert interrupted is not None
        assert interrupted.outcome == "interrupted"
        assert (await store.flows.find(FlowId("req_3"))) == a_flow(3)
        assert store.books.state.replayed == 4

    assert journal_files(tmp_path) == []


async def test_damaged_records_are_set_aside_counted_and_the_start_goes_on(tmp_path: Path) -> None:
    """faults.md F135."""
    middle = journal_format.record(b'{"id":"a record of another version"}')
    broken = as_records(4).replace(b"acc_a", b"acc_X")
    a_leftover(tmp_path, as_records(1) + middle + broken + as_records(5) + as_records(6)[:-9])

    async with a_store(tmp_path) as store:
        assert await requests_counted(store) == 2
        assert store.books.state.damaged == 3

    aside = (tmp_path / "usage-journal" / DAMAGED_FILE).read_bytes()
    assert b"another version" in aside
    assert b"acc_X" in aside


async def test_a_process_that_dies_while_replaying_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """faults.md F135: kill -9 during replay, twice."""
    leftover = a_leftover(tmp_path, as_records(1, 2, 3))
    data = leftover.read_bytes()
    for _ in range(2):
        async with a_store(tmp_path):
            pass
        a_leftover(tmp_path, data)  # as if it had died just before it threw the segment away

    async with a_store(tmp_path) as store:
        assert await requests_counted(store) == 3


async def test_the_journal_keeps_what_a_full_database_does_not_take(tmp_path: Path) -> None:
    """faults.md F102."""
    async with a_store(tmp_path) as store:
        await locked_out(store)
        for n in range(300):
            store.books.finished(a_flow(n, notes=("x" * 200,)))
        assert not await store.writer.flush()
        assert set(store.writer.state.failures) == {"full"}
        assert await requests_counted(store) == 0

        await let_in(store)
        assert await store.writer.flush()

        assert await requests_counted(store) == 300


async def test_flows_over_the_shelf_wait_on_the_disk_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 3: journal on disk, 100,000 rows; 10,000 in memory."""
    monkeypatch.setattr(FlowShelf, "max_waiting", 50)
    async with a_store(tmp_path) as store:
        await locked_out(store)
        for n in range(300):
            store.books.finished(a_flow(n, notes=("x" * 200,)))
        had_backlog = store.books.has_backlog
        assert not await store.writer.flush()

        await let_in(store)
        assert await store.writer.flush()

        assert await requests_counted(store) == 300
        assert len(await store.flows.recent(FlowQuery(limit=1000))) == 300
        assert (had_backlog, store.books.has_backlog) == (True, False)
        assert store.books.state.rows_dropped == 0
    assert journal_files(tmp_path) == []


async def test_of_a_long_backlog_the_oldest_lose_their_rows_and_none_its_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """amendments.md 4: then it drops the oldest and says so; usage is never dropped."""
    monkeypatch.setattr(books, "_MOST_ROWS", 4)
    a_leftover(tmp_path, as_records(1, 2, 3))
    a_leftover(tmp_path, as_records(4, 5, 6), number=2)

    async with a_store(tmp_path) as store:
        rows = await store.flows.recent(FlowQuery())

        assert sorted(flow.id for flow in rows) == ["req_3", "req_4", "req_5", "req_6"]
        assert await requests_counted(store) == 6
        assert store.books.state.rows_dropped == 2


async def test_when_the_journals_disk_is_full_too_usage_is_kept_in_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md F102: such rows are counted, and their usage is folded into sums per hour."""
    monkeypatch.setattr(FlowShelf, "max_waiting", 50)
    async with a_store(tmp_path) as store:
        await locked_out(store)
        with a_full_disk(monkeypatch):
            for n in range(100):
                store.books.finished(a_flow(n, notes=("x" * 2000,)))
                if n == 10:
                    assert not await store.books.journal_written()
            assert store.books.state.rows_dropped == 50
            assert not await store.writer.flush()

            await let_in(store)
            assert await store.writer.flush()

            assert await requests_counted(store) == 100
            assert len(await store.flows.recent(FlowQuery(limit=1000))) == 50

    async with a_store(tmp_path) as store:
        assert await requests_counted(store) == 100


async def test_a_store_in_memory_has_no_journal_and_loses_nothing_while_it_lives() -> None:
    """For demos and tests."""
    async with a_store() as store:
        store.books.finished(a_flow(1))
        await store.writer.flush()

        assert await requests_counted(store) == 1


async def test_a_flow_that_is_finished_twice_is_one_flow(tmp_path: Path) -> None:
    """faults.md F135: idempotent by request id."""
    async with a_store(tmp_path) as store:
        store.books.finished(a_flow(1))
        store.books.finished(a_flow(1, outcome="failed"))
        await store.writer.flush()

        assert await requests_counted(store) == 1
    assert journal_files(tmp_path) == []


async def test_pruning_keeps_what_is_young(tmp_path: Path) -> None:
    """architecture.md 16: prune logs."""
    now = SystemClock().now()
    async with a_store(tmp_path) as store:
        store.books.finished(a_flow(1, started_at=now - 40 * 86_400))
        store.books.finished(a_flow(2, started_at=now))
        await store.writer.flush()

        await store.prune(log_days=30, usage_days=0)

        assert [flow.id for flow in await store.flows.recent(FlowQuery())] == ["req_2"]
        assert await requests_counted(store) == 2
        await store.prune(log_days=0, usage_days=30)
        assert await requests_counted(store) == 1
