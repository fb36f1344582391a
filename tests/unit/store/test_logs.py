"""Request rows and attempt rows."""

from typing import Any

from app.ids import AccountId, FlowId
from app.store import logs
from app.store.lifecycle import Store
from app.store.logs import FlowQuery
from app.store.records import AttemptRecord, FlowRecord
from app.store.tx import run_in_tx
from tests.support.store import A_MINUTE, A_START, a_flow, a_store


async def written(store: Store, *flows: FlowRecord, instance: str = "main") -> None:
    async def work(client: Any) -> None:
        await logs.write(client, flows, instance)

    await run_in_tx(store.database, work)


async def test_a_row_comes_back_as_it_was_written() -> None:
    """faults.md 4, "What is written down"."""
    flow = a_flow(
        streamed=True,
        code="upstream_timeout",
        phase="output",
        first_output_ms=120,
        duration_ms=900,
        bytes_out=4096,
        cached_tokens=3,
        thought_tokens=2,
        client_gone=True,
        notes=("thinking-downgraded", "dropped: cache_control"),
        attempts=(
            AttemptRecord(number=1, account=AccountId("acc_a"), started_at=A_START, code="x", kind="connect"),
            AttemptRecord(number=2, account=AccountId("acc_b"), started_at=A_START, status=429, wait_s=1.5),
        ),
    )
    async with a_store() as store:
        await written(store, flow)

        assert await store.flows.find(flow.id) == flow
        assert await store.flows.find(FlowId("req_nobody")) is None


async def test_the_end_of_a_flow_replaces_its_beginning_in_whatever_order_they_come() -> None:
    """faults.md 4: a row exists as soon as the first attempt starts."""
    async with a_store() as store:
        await written(store, a_flow(1, outcome="running"))
        await written(store, a_flow(1, outcome="ok"))
        await written(store, a_flow(1, outcome="running"))

        found = await store.flows.find(FlowId("req_1"))

    assert found is not None
    assert found.outcome == "ok"


async def test_rows_are_found_newest_first_by_what_one_asks_for() -> None:
    async with a_store() as store:
        for n in range(5):
            await written(store, a_flow(n, started_at=A_START + n, outcome="failed" if n % 2 else "ok"))

        newest = await store.flows.recent(FlowQuery(limit=2))
        failed = await store.flows.recent(FlowQuery(outcome="failed", account="acc_a"))
        older = await store.flows.recent(FlowQuery(before=A_START + 2))

    assert [flow.id for flow in newest] == ["req_4", "req_3"]
    assert [flow.id for flow in failed] == ["req_3", "req_1"]
    assert [flow.id for flow in older] == ["req_1", "req_0"]


async def test_what_one_looks_for_is_a_value_and_never_part_of_a_statement() -> None:
    """threats.md S10."""
    async with a_store() as store:
        await written(store, a_flow(1))

        assert await store.flows.recent(FlowQuery(key="' OR 1=1 --")) == ()


async def test_what_ran_when_the_process_ended_is_interrupted() -> None:
    """faults.md F125: running ones are marked."""
    async with a_store() as store:
        await written(store, a_flow(1, outcome="running"), a_flow(2))
        await written(store, a_flow(3, outcome="running"), instance="another")

        assert await store.flows.interrupt("main") == 1

        outcomes = {flow.id: flow.outcome for flow in await store.flows.recent(FlowQuery())}
    assert outcomes == {"req_1": "interrupted", "req_2": "ok", "req_3": "running"}


async def test_old_rows_go_with_their_attempts_in_short_transactions() -> None:
    """faults.md F109: batches of at most 1,000."""
    async with a_store() as store:
        await written(store, *(a_flow(n) for n in range(1200)), a_flow(2000, started_at=A_START + 60))

        assert await store.flows.prune(A_MINUTE + 1) == 1200

        assert [flow.id for flow in await store.flows.recent(FlowQuery())] == ["req_2000"]
        assert await store.flows.find(FlowId("req_7")) is None
