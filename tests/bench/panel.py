"""How long the panel's queries take on SQLite with 500 accounts and 1,000,000 request rows.

Also prints how SQLite goes about each, so that a query that walks a whole table is seen for what it is.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from app.ids import AccountId, FlowId
from app.store.grains import DAY_S
from app.store.lifecycle import Store, opened
from app.store.pages import FlowFilter
from tests.bench import panel_data
from tests.bench.figures import Figure
from tests.bench.panel_data import ACCOUNTS, FLOWS, KEYS, MODELS, UNTIL
from tests.support.store import a_seal, watched

BUDGET_MS = 50.0
_ROUNDS = 5

Query = Callable[[Store], Awaitable[Any]]


def panel() -> list[Figure]:
    """The best of some runs of each query, in ms."""
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    path = await asyncio.to_thread(panel_data.database)
    async with opened(panel_data.url(path), a_seal()) as store:
        return [await _figure(store, name, query) for name, query in _queries().items()]


async def _figure(store: Store, name: str, query: Query) -> Figure:
    statements: list[str] = []
    await watched(store.database, statements.append)
    await query(store)
    await watched(store.database, lambda _: None)
    for statement in dict.fromkeys(statements):
        for step in await _plan(store, statement):
            print(f"  {name}: {step}", file=sys.stderr)
    took = []
    for _ in range(_ROUNDS):
        begun = perf_counter()
        await query(store)
        took.append((perf_counter() - begun) * 1000)
    # The best of them: what else the machine does only ever adds.
    return Figure(f"panel, {name}", min(took), "ms", budget=BUDGET_MS)


async def _plan(store: Store, statement: str) -> list[str]:
    if not statement.lstrip().startswith("SELECT"):
        return []
    _, rows = await store.database.client().execute_query(f"EXPLAIN QUERY PLAN {statement}")
    return [row["detail"] for row in rows]


def _queries() -> dict[str, Query]:
    return {**_lists(), **_usage(), **_others()}


def _lists() -> dict[str, Query]:
    deep = f"{UNTIL - 20 * DAY_S:.1f}~req_"

    def page(cursor: str = "", **wanted: Any) -> Query:
        return lambda store: store.flows.page(FlowFilter(**wanted), cursor)

    return {
        "newest requests": page(),
        "requests, a deep page": page(deep),
        "requests of a key": page(key=KEYS[7]),
        "requests of an account": page(account=ACCOUNTS[7]),
        "requests of a model": page(model=MODELS[7], cursor=deep),
        "failed": page(outcome="failed"),
        "failed, a deep page": page(deep, outcome="failed"),
        "running (none)": page(outcome="running"),
        "slow": page(slow_ms=5000),
        "slow (none)": page(slow_ms=10**8),
        "slow of an account (none)": page(account=ACCOUNTS[7], slow_ms=10**8),
        "failed of a key": page(key=KEYS[7], outcome="failed"),
        "retried": page(retried=True),
        "fallback": page(fallback=True),
        "playground (none)": page(origin="playground"),
        "one dialect, failed": page(dialect="anthropic", outcome="failed"),
        "by the beginning of an id": page(id=panel_data.flow_id(FLOWS // 2)[:9]),
        "by a short beginning": page(id="req_a"),
        "key, account and model": page(key=KEYS[7], account=ACCOUNTS[9], model=MODELS[3]),
        "between two days": page(since=UNTIL - 9 * DAY_S, until=UNTIL - 8 * DAY_S, outcome="failed"),
        "one request": lambda store: store.flows.find(FlowId(panel_data.flow_id(100))),
    }


def _usage() -> dict[str, Query]:
    found: dict[str, Query] = {}
    spans = {"a day": 1, "a week": 7, "30 days": 30, "a year": 365}
    for by in ("all", "model", "account", "key", "client"):
        for words, days in spans.items():
            found[f"curves, {by}, {words}"] = _series(by, days)
            found[f"table, {by}, {words}"] = _table(by, days)
    return found


def _series(by: Any, days: int) -> Query:
    return lambda store: store.usage_reader.series(by, UNTIL - days * DAY_S, UNTIL)


def _table(by: Any, days: int) -> Query:
    return lambda store: store.usage_reader.table(by, UNTIL - days * DAY_S, UNTIL)


def _others() -> dict[str, Query]:
    account = AccountId(ACCOUNTS[7])
    return {
        "audit": lambda store: store.audit.page(),
        "audit of a subject": lambda store: store.audit.page(subject=KEYS[3]),
        "audit of nobody": lambda store: store.audit.page(subject="nobody"),
        "states of an account": lambda store: store.history.events(account),
        "quota of an account": lambda store: store.history.quota(account),
    }
