"""The task that writes behind."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from app.store.models import KnobRow
from app.store.tx import run_query
from app.store.writer import Writer
from tests.support.clock import HastyClock
from tests.support.store import a_store


class AShelf:
    """Writes names of knobs; fails as often as it is told to."""

    name = "a shelf"
    max_waiting = 5

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gone: list[str] = []
        self.error: Exception | None = None
        self.refuses = ""

    async def write(self, client: Any, rows: Sequence[str]) -> None:
        if self.error is not None:
            raise self.error
        for row in rows:
            await KnobRow.create(name=row, value="1", version=1, updated_at=0.0)
        if self.refuses in rows:
            raise ValueError("a value that no column takes")
        self.batches.append(list(rows))

    def left(self, rows: Sequence[str]) -> None:
        self.gone.extend(rows)


async def test_what_waits_is_written_in_one_transaction() -> None:
    """threats.md 5.6."""
    shelf = AShelf()
    async with a_store() as store:
        for name in ("a", "b", "c"):
            assert store.writer.put(shelf, name, name)

        assert await store.writer.flush()

        assert shelf.batches == [["a", "b", "c"]]
        assert shelf.gone == ["a", "b", "c"]
        assert set((await store.knobs.read()).values) == {"a", "b", "c"}


async def test_a_row_of_the_same_name_takes_the_place_of_the_one_that_waits() -> None:
    """A finished flow makes the row that says `running` needless."""
    shelf = AShelf()
    async with a_store() as store:
        store.writer.put(shelf, "flow", "first")
        store.writer.put(shelf, "flow", "second")
        await store.writer.flush()

    assert shelf.batches == [["second"]]


async def test_a_full_shelf_says_so_and_keeps_what_it_has() -> None:
    """faults.md rule 13: nothing grows without limit; rule 16: what is turned away is counted."""
    shelf = AShelf()
    async with a_store() as store:
        kept = [store.writer.put(shelf, str(n), str(n)) for n in range(7)]

        assert kept == [True] * 5 + [False] * 2
        assert store.writer.state.turned_away == 2
        assert store.writer.put(shelf, "0", "another row of that name")
        assert not store.writer.has_room(shelf, "new")
        await store.writer.flush()
        assert store.writer.has_room(shelf, "new")


async def test_rows_wait_while_the_database_does_not_answer_and_are_written_afterwards() -> None:
    """faults.md F101, F102: rows written later, none lost."""
    shelf = AShelf()
    shelf.error = OSError("the disk is away")
    async with a_store() as store:
        store.writer.put(shelf, "a", "a")
        assert not await store.writer.flush()
        failing = msgspec.structs.replace(store.writer.state)

        shelf.error = None
        assert await store.writer.flush()

        assert failing.failing_since is not None
        assert failing.failures == {"other": 1}
        assert store.writer.state.failing_since is None
        assert shelf.gone == ["a"]


async def test_a_row_that_is_refused_for_good_does_not_hold_up_the_others() -> None:
    """faults.md rule 16."""
    shelf = AShelf()
    shelf.refuses = "bad"
    async with a_store() as store:
        for name in ("a", "bad", "c"):
            store.writer.put(shelf, name, name)

        assert await store.writer.flush()

        assert set((await store.knobs.read()).values) == {"a", "c"}
        assert store.writer.state.refused == 1
        assert sorted(shelf.gone) == ["a", "bad", "c"]


async def test_closing_writes_what_waits() -> None:
    """faults.md 4: SIGTERM loses nothing."""
    shelf = AShelf()
    async with a_store() as store:
        store.writer.put(shelf, "a", "a")

    assert shelf.batches == [["a"]]


async def test_closing_gives_up_on_a_database_that_does_not_answer_within_the_grace_time() -> None:
    """faults.md rule 14: nothing waits without limit."""
    shelf = AShelf()
    shelf.error = OSError("the disk is away")
    async with a_store() as store:
        writer = Writer(store.database, HastyClock(), flush_s=0.001)
        writer.start()
        writer.put(shelf, "a", "a")

        assert not await writer.close(grace_s=0.0)

        assert shelf.gone == []


async def test_a_row_that_comes_while_its_forerunner_is_written_is_written_too() -> None:
    """threats.md 5.6."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Slow(AShelf):
        async def write(self, client: Any, rows: Sequence[str]) -> None:
            reached.set()
            await go_on.wait()
            await super().write(client, rows)

    shelf = Slow()
    async with a_store() as store:
        store.writer.put(shelf, "flow", "first")
        flushed = asyncio.create_task(store.writer.flush())
        await reached.wait()
        store.writer.put(shelf, "flow", "second")
        go_on.set()
        await flushed

        assert shelf.batches == [["first"], ["second"]]


async def test_a_batch_is_of_bounded_size() -> None:
    """threats.md 5.6."""

    class Wide(AShelf):
        max_waiting = 10_000

    shelf = Wide()
    async with a_store() as store:
        for n in range(1200):
            store.writer.put(shelf, str(n), f"{n:04}")
        await store.writer.flush()
        rows = await run_query(store.database, lambda client: KnobRow.all().count())

    assert max(map(len, shelf.batches)) <= 500
    assert rows == 1200
