"""Usage sums."""

from typing import Any

from app.ids import AccountId, KeyId
from app.store import usage
from app.store.lifecycle import Store
from app.store.records import FlowRecord, usage_of
from app.store.tx import run_in_tx
from app.store.usage import UsageSum, summed
from tests.support.store import A_MINUTE, A_START, a_flow, a_store


async def counted(store: Store, *flows: FlowRecord) -> None:
    async def work(client: Any) -> None:
        await usage.count(client, [usage_of(flow) for flow in flows], now=A_START)

    await run_in_tx(store.database, work)


async def test_flows_are_added_up_per_minute_key_model_and_account() -> None:
    """ecosystem.md 2.3: integer minute buckets."""
    async with a_store() as store:
        await counted(store, a_flow(1), a_flow(2), a_flow(3, key=KeyId("key_b")))
        await counted(store, a_flow(4, started_at=A_START + 60, outcome="failed", usage_source="none"))

        by_key = await store.usage.between(A_MINUTE, A_MINUTE + 2, by=("key",))
        by_minute = await store.usage.between(A_MINUTE, A_MINUTE + 2, by=("minute",))
        first_minute = await store.usage.between(A_MINUTE, A_MINUTE + 1)

    assert [(one.key, one.requests, one.failures) for one in by_key] == [("key_a", 3, 1), ("key_b", 1, 0)]
    assert [(one.minute, one.prompt_tokens) for one in by_minute] == [(A_MINUTE, 30), (A_MINUTE + 1, 10)]
    assert first_minute == (UsageSum(requests=3, prompt_tokens=30, output_tokens=15),)


async def test_a_flow_is_counted_once_however_often_it_comes() -> None:
    """faults.md F135: idempotent by request id."""
    async with a_store() as store:
        await counted(store, a_flow(1), a_flow(1))
        await counted(store, a_flow(1), a_flow(2))

        (total,) = await store.usage.between(0, 10**9)

    assert total.requests == 2


async def test_an_empty_time_has_no_sums() -> None:
    async with a_store() as store:
        assert await store.usage.between(0, 10**9) == ()
        assert await store.usage.between(0, 10**9, by=("model",)) == ()


async def test_estimates_are_told_apart() -> None:
    """faults.md rule 16: usage that was estimated or cut short says so."""
    flows = [a_flow(n, usage_source=source) for n, source in enumerate(("upstream", "partial", "estimated"))]
    async with a_store() as store:
        await counted(store, *flows)

        (total,) = await store.usage.between(0, 10**9)

    assert (total.requests, total.estimated) == (3, 2)


def test_hours_are_sums_over_their_minutes() -> None:
    """faults.md F102: folded into sums per key, model, account and hour."""
    flows = [a_flow(n, started_at=A_START + n * 1200) for n in range(4)]

    sums = summed(map(usage_of, flows), minutes=60)

    assert [(one.minute % 60, one.requests) for one in sums] == [(0, 3), (0, 1)]


async def test_what_is_too_old_is_forgotten_and_the_rest_stays() -> None:
    """faults.md F109."""
    async with a_store() as store:
        await counted(store, *(a_flow(n, account=AccountId(f"acc_{n}")) for n in range(2500)))
        await counted(store, a_flow(3000, started_at=A_START + 60))

        assert await store.usage.prune(A_MINUTE + 1) == 2500

        (total,) = await store.usage.between(0, 10**9)
        assert total.requests == 1


async def test_ids_of_counted_flows_are_forgotten_when_no_journal_can_hold_them() -> None:
    async with a_store() as store:
        await counted(store, a_flow(1))

        assert await store.usage.forget_counted(A_MINUTE) == 0
        assert await store.usage.forget_counted(A_MINUTE + 1) == 1
