"""The list of requests: filters and pages."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.ids import AccountId, FlowId, KeyId
from app.pool.passed import PassedOver
from app.store import logs, pages
from app.store.lifecycle import Store
from app.store.pages import BadCursor, FlowFilter, FlowPage
from app.store.records import AttemptRecord, FlowRecord
from app.store.tx import run_in_tx
from tests.support.store import A_START, a_flow, a_store


async def written(store: Store, flows: Sequence[FlowRecord]) -> None:
    async def work(client: Any) -> None:
        await logs.write(client, flows, "main")

    await run_in_tx(store.database, work)


def ids(page: FlowPage) -> list[str]:
    return [one.flow.id for one in page.flows]


async def all_of(store: Store, wanted: FlowFilter, limit: int = 2) -> list[str]:
    """Every page, one after the other."""
    page = await store.flows.page(wanted, "", limit)
    found = ids(page)
    while page.next is not None:
        page = await store.flows.page(wanted, page.next, limit)
        found += ids(page)
    return found


async def test_pages_follow_each_other_newest_first_and_leave_nothing_out() -> None:
    """admin-ui.md 2.3, Requests: keyset paging. Some began at the very same instant."""
    flows = [a_flow(n, started_at=A_START + n // 3) for n in range(11)]
    async with a_store() as store:
        await written(store, flows)
        found = await all_of(store, FlowFilter())

    assert found == [one.id for one in sorted(flows, key=lambda one: (one.started_at, one.id), reverse=True)]


async def test_rows_that_arrive_meanwhile_move_no_page() -> None:
    async with a_store() as store:
        await written(store, [a_flow(n, started_at=A_START + n) for n in range(4)])
        first = await store.flows.page(FlowFilter(), "", 2)
        await written(store, [a_flow(9, started_at=A_START + 99)])
        assert first.next is not None
        second = await store.flows.page(FlowFilter(), first.next, 2)

    assert (ids(first), ids(second), second.next) == (["req_3", "req_2"], ["req_1", "req_0"], None)


TWO_TRIES = tuple(AttemptRecord(number=n, account=AccountId("acc_a"), started_at=A_START) for n in (1, 2))
VARIED: dict[str, dict[str, Any]] = {
    "req_key": {"key": KeyId("key_b")},
    "req_account": {"account": AccountId("acc_b")},
    "req_model": {"model": "gemini-3-pro"},
    "req_dialect": {"dialect": "openai_chat"},
    "req_client": {"client": "codex"},
    "req_failed": {"outcome": "truncated"},
    "req_running": {"outcome": "running"},
    "req_gone": {"outcome": "client_closed"},
    "req_refused": {"outcome": "client_fault"},
    "req_probe": {"origin": "probe"},
    "req_slow": {"first_output_ms": 5000},
    "req_silent": {"duration_ms": 5000, "outcome": "failed"},
    "req_retried": {"attempts": TWO_TRIES},
    "req_fallback": {"notes": ("tools-dropped", "model-fallback")},
    "req_plain": {"first_output_ms": 10, "duration_ms": 9000},
}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (FlowFilter(key="key_b"), {"req_key"}),
        (FlowFilter(account="acc_b"), {"req_account"}),
        (FlowFilter(model="gemini-3-pro"), {"req_model"}),
        (FlowFilter(dialect="openai_chat"), {"req_dialect"}),
        (FlowFilter(client="codex"), {"req_client"}),
        (FlowFilter(outcome="failed"), {"req_failed", "req_silent"}),
        (FlowFilter(outcome="running"), {"req_running"}),
        (FlowFilter(outcome="client_gone"), {"req_gone"}),
        (FlowFilter(outcome="refused"), {"req_refused"}),
        (FlowFilter(origin="probe"), {"req_probe"}),
        (FlowFilter(slow_ms=4000), {"req_slow", "req_silent"}),
        (FlowFilter(retried=True), {"req_retried"}),
        (FlowFilter(fallback=True), {"req_fallback"}),
        (FlowFilter(id="req_f"), {"req_failed", "req_fallback"}),
        (FlowFilter(id="req_fall"), {"req_fallback"}),
        (FlowFilter(id="req_fallback"), {"req_fallback"}),
        (FlowFilter(id="req_%"), set()),
        (FlowFilter(key="key_a", outcome="failed", slow_ms=4000), {"req_silent"}),
        (FlowFilter(key="key_b", account="acc_b"), set()),
        (FlowFilter(since=A_START + 14), {"req_plain"}),
        (FlowFilter(until=A_START + 1), {"req_key"}),
        (FlowFilter(key="' OR 1=1 --"), set()),
    ],
)
async def test_each_wish_finds_what_it_says(wanted: FlowFilter, expected: set[str]) -> None:
    """admin-ui.md 2.3, Requests: filters. threats.md S10."""
    flows = [
        a_flow(**{"id": FlowId(name), "started_at": A_START + n, **values})
        for n, (name, values) in enumerate(VARIED.items())
    ]
    async with a_store() as store:
        await written(store, flows)
        found = await all_of(store, wanted, limit=1)

    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    "wanted",
    [
        FlowFilter(retried=True),
        FlowFilter(outcome="failed", dialect="rare"),
        FlowFilter(key="key_a", id="req_1"),
    ],
)
async def test_a_page_looks_at_so_many_rows_and_says_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch, wanted: FlowFilter
) -> None:
    """complaints.md 46: each page costs the same, however many rows there are."""
    monkeypatch.setattr(pages, "LOOKED_AT", 4)
    outcomes = ("failed", "truncated")
    flows = [a_flow(n, started_at=A_START + n, outcome=outcomes[n % 2]) for n in range(20)]
    flows[3] = a_flow(3, started_at=A_START, dialect="rare", attempts=TWO_TRIES, outcome="failed")
    flows[3] = a_flow(
        100, started_at=A_START, dialect="rare", attempts=TWO_TRIES, outcome="failed", id=FlowId("req_100")
    )
    async with a_store() as store:
        await written(store, flows)
        first = await store.flows.page(wanted, "", 50)
        found = await all_of(store, wanted, limit=50)

    assert first.searched_to is not None
    assert first.next is not None
    assert "req_100" not in ids(first)
    assert found[-1] == "req_100"
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("cursor", ["x", "~", "nan~req_1", "-1~req", "1e99~req", "' OR 1=1"])
async def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    async with a_store() as store:
        with pytest.raises(BadCursor):
            await store.flows.page(FlowFilter(), cursor)


async def test_a_request_tells_who_was_passed_over_and_who_asked() -> None:
    """admin-ui.md 2.3, Request detail."""
    passed = tuple(PassedOver(AccountId(f"acc_{n}"), "cooling", "rate limit", A_START) for n in range(60))
    async with a_store() as store:
        await written(store, [a_flow(client="codex", queue_ms=7, origin="playground", passed=passed)])
        found = await store.flows.find(FlowId("req_1"))

    assert found is not None
    assert (found.client, found.queue_ms, found.origin) == ("codex", 7, "playground")
    assert found.passed == passed[:50]
