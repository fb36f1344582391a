"""Stores for tests: a seal, an open store in a folder or in memory, flows to write down."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.clock import Clock
from app.ids import AccountId, FlowId, KeyId
from app.store.lifecycle import DEFAULT_OPTIONS, Store, StoreOptions, opened
from app.store.records import AttemptRecord, FlowRecord
from app.store.seal import Seal
from app.store.tx import Database, run_query

SEALING_KEY = "a sealing key for tests, 32 letters"
IN_MEMORY = "sqlite://:memory:"
A_START = 1_800_000_000.0
A_MINUTE = int(A_START // 60)


def a_seal(*keys: str) -> Seal:
    """A seal with the usual key, or with these."""
    return Seal(keys or (SEALING_KEY,))


def url_in(folder: Path) -> str:
    """The address of a database in a folder."""
    return f"sqlite://{folder}/database.sqlite"


@asynccontextmanager
async def a_store(
    folder: Path | None = None,
    *,
    serving: bool = True,
    clock: Clock | None = None,
    options: StoreOptions = DEFAULT_OPTIONS,
    seal: Seal | None = None,
) -> AsyncIterator[Store]:
    """An open store, in memory or in `folder`."""
    url = IN_MEMORY if folder is None else url_in(folder)
    async with opened(url, seal or a_seal(), serving=serving, clock=clock, options=options) as store:
        yield store


def a_flow(number: int = 1, **values: Any) -> FlowRecord:
    """A finished flow of the key `key_a` on the account `acc_a`, ten tokens in and five out."""
    given: dict[str, Any] = {
        "id": FlowId(f"req_{number}"),
        "started_at": A_START,
        "key": KeyId("key_a"),
        "dialect": "anthropic",
        "model_asked": "claude-sonnet-4-5",
        "model": "claude-sonnet-4-5",
        "account": AccountId("acc_a"),
        "outcome": "ok",
        "status": 200,
        "prompt_tokens": 10,
        "output_tokens": 5,
        "usage_source": "upstream",
        "attempts": (AttemptRecord(number=1, account=AccountId("acc_a"), started_at=A_START),),
    }
    return FlowRecord(**{**given, **values})


async def watched(database: Database, note: Callable[[str], None]) -> None:
    """Have `note` called with every statement that SQLite runs from now on."""

    async def work(client: Any) -> None:
        await client._connection.set_trace_callback(note)

    await run_query(database, work)


async def requests_counted(store: Store) -> int:
    """How many flows are in the usage sums."""
    return sum(one.requests for one in await store.usage.between(0, 10**9))
