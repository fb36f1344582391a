"""Usage of earlier releases, brought into the rollups once."""

from pathlib import Path
from typing import Any

import pytest

from app.store import logs, usage
from app.store.backfill import Backfill
from app.store.lifecycle import Store
from app.store.models import ErrandRow, FlowRow
from app.store.records import FlowRecord, usage_of
from app.store.tx import run_in_tx
from tests.support.store import A_START, a_flow, a_store

STEP = 5


async def as_before(store: Store, *flows: FlowRecord) -> None:
    """What a release without rollups left: rows and sums per minute."""

    async def work(client: Any) -> None:
        await logs.write(client, flows, "main")
        await usage.count(client, [usage_of(flow) for flow in flows], A_START)
        await ErrandRow.all().delete()
        await FlowRow.all().update(client="")

    await run_in_tx(store.database, work)


def past(count: int = 23) -> list[FlowRecord]:
    return [a_flow(n, started_at=A_START + 60 * n, first_output_ms=100 * (n + 1)) for n in range(count)]


async def total(store: Store) -> int:
    return (await store.usage_reader.total(A_START - 86_400, A_START + 86_400, "month")).sums.requests


async def test_all_that_was_is_brought_in_in_steps() -> None:
    async with a_store() as store:
        await as_before(store, *past())
        backfill = Backfill(store.database, step_rows=STEP)
        assert await total(store) == 0

        steps = 0
        while not backfill.is_done:
            await backfill.step()
            steps += 1
        line = await store.usage_reader.total(A_START - 86_400, A_START + 86_400, "month")

    assert steps > 4
    assert line.sums.requests == 23
    assert line.first_output_p50_ms == pytest.approx(1200, rel=0.05)


async def test_a_second_time_changes_nothing() -> None:
    async with a_store() as store:
        await as_before(store, *past())

        await Backfill(store.database).run()
        await Backfill(store.database).run()

        assert await total(store) == 23


async def test_what_ends_while_it_goes_on_is_in_once(tmp_path: Path) -> None:
    """Rows before the mark are added to by the writer, rows behind it by the backfill."""
    async with a_store(tmp_path) as store:
        await as_before(store, *past())
    async with a_store(tmp_path) as store:
        assert await total(store) == 23  # at the start, since there is little

    async with a_store() as store:
        await as_before(store, *past())
        store.books._flows._rollups._is_filled = False
        backfill = Backfill(store.database, step_rows=STEP)
        late = 100
        while not backfill.is_done:
            for minute in (0, 30):
                store.books.finished(a_flow(late, started_at=A_START + 60 * minute, client="codex"))
                late += 1
            assert await store.writer.flush()
            await backfill.step()

        assert await total(store) == 23 + late - 100
