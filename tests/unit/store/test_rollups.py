"""Sums per hour, day and month, as flows are counted."""

from pathlib import Path
from typing import Any

import msgspec

from app.ids import AccountId, KeyId
from app.store import journal_format
from app.store.grains import DAY_S, start_of
from app.store.lifecycle import Store
from app.store.models import LatencyRow, RollupRow
from app.store.pages import FlowFilter
from app.store.tx import run_query
from tests.support.store import A_START, a_flow, a_store


async def rollups(store: Store, **wanted: object) -> list[dict[str, Any]]:
    async def work(_: object) -> list[dict[str, Any]]:
        return await RollupRow.filter(**wanted).order_by("grain", "dimension", "value", "start").values()

    return await run_query(store.database, work)


async def finish(store: Store, *flows: Any) -> None:
    for flow in flows:
        store.books.finished(flow)
    assert await store.writer.flush()


async def test_a_flow_is_in_every_grain_and_every_dimension() -> None:
    """admin-ui.md 2.3, Usage: by model, account, key and client."""
    async with a_store() as store:
        await finish(store, a_flow(client="codex", first_output_ms=800))
        found = await rollups(store)

    places = {(row["grain"], row["dimension"], row["value"], row["requests"]) for row in found}
    values = {
        ("all", ""),
        ("model", "claude-sonnet-4-5"),
        ("account", "acc_a"),
        ("key", "key_a"),
        ("client", "codex"),
    }
    assert places == {
        (grain, dimension, value, 1) for grain in ("hour", "day", "month") for dimension, value in values
    }
    assert {row["start"] for row in found} == {
        start_of("hour", A_START),
        start_of("day", A_START),
        start_of("month", A_START),
    }
    assert {(row["prompt_tokens"], row["output_tokens"], row["failures"]) for row in found} == {(10, 5, 0)}


async def test_flows_are_added_up_and_failures_told_apart() -> None:
    async with a_store() as store:
        await finish(store, *(a_flow(n, outcome="failed" if n % 2 else "ok") for n in range(6)))
        await finish(store, a_flow(9, started_at=A_START + 2 * DAY_S, key=KeyId("key_b")))
        days = await rollups(store, grain="day", dimension="all")
        keys = await rollups(store, grain="month", dimension="key")

    assert [(row["requests"], row["failures"]) for row in days] == [(6, 3), (1, 0)]
    assert [(row["value"], row["requests"]) for row in keys] == [("key_a", 6), ("key_b", 1)]


async def test_a_flow_that_comes_twice_is_added_once(tmp_path: Path) -> None:
    """complaints.md 42; the journal may be replayed any number of times."""
    record = journal_format.record(msgspec.json.encode(a_flow(first_output_ms=300)))
    folder = tmp_path / "usage-journal"
    for number in (1, 2, 3):
        folder.mkdir(exist_ok=True)
        (folder / f"{number:010d}.journal").write_bytes(record * 2)
        async with a_store(tmp_path) as store:
            assert store.books.state.replayed == 2
            found = await rollups(store, grain="day")
            times = await run_query(store.database, _times)

        assert {row["requests"] for row in found} == {1}
        assert times == [1]


async def _times(_: object) -> list[int]:
    return [row.count for row in await LatencyRow.filter(grain="day", dimension="all")]


async def test_a_flow_without_output_leaves_no_time() -> None:
    async with a_store() as store:
        await finish(store, a_flow(outcome="failed", first_output_ms=None))

        assert await run_query(store.database, _times) == []


async def test_a_flow_that_runs_is_not_counted_yet() -> None:
    async with a_store() as store:
        store.books.started(a_flow(outcome="running"))
        assert await store.writer.flush()

        assert await rollups(store) == []
        assert [one.flow.outcome for one in (await store.flows.page(FlowFilter())).flows] == ["running"]


async def test_removed_accounts_stay_in_the_sums() -> None:
    """complaints.md 42."""
    async with a_store() as store:
        await finish(store, a_flow(account=AccountId("acc_gone")))

        assert (await rollups(store, dimension="account", grain="day"))[0]["value"] == "acc_gone"
