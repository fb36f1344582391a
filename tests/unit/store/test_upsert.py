"""One statement that inserts or changes."""

from typing import Any

from app.store.models import CountedRow, UsageRow
from app.store.tx import run_in_tx, run_query
from app.store.upsert import Upsert
from tests.support.store import a_store

SUMS = (
    "requests",
    "failures",
    "estimated",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
)
COLUMNS = ("id", "minute", "key", "model", "account", *SUMS)


def a_row(name: str, key: str, requests: int) -> tuple[Any, ...]:
    return (name, 1, key, "m", "a", requests, 0, 0, 0, 0, 0, 0)


async def after(upsert: Upsert, *batches: list[tuple[Any, ...]]) -> list[tuple[str, int]]:
    """Key and requests of each row, after these batches."""
    async with a_store() as store:
        for batch in batches:
            await run_in_tx(store.database, lambda client, rows=batch: upsert.write(client, rows))  # type: ignore[misc]  # a default binds the loop's value
        rows = await run_query(store.database, lambda client: UsageRow.all().order_by("id"))
        return [(row.key, row.requests) for row in rows]


async def test_sums_are_added() -> None:
    """threats.md 5.6."""
    add = Upsert(UsageRow, COLUMNS, add=("requests",))

    assert await after(add, [a_row("x", "k", 1), a_row("y", "k", 5)], [a_row("x", "other", 2)]) == [
        ("k", 3),
        ("k", 5),
    ]


async def test_values_are_replaced() -> None:
    replace = Upsert(UsageRow, COLUMNS, replace=("key", "requests"))

    assert await after(replace, [a_row("x", "k", 1)], [a_row("x", "other", 2)]) == [("other", 2)]


async def test_without_anything_to_change_the_row_that_is_there_stays() -> None:
    keep = Upsert(UsageRow, COLUMNS)

    assert await after(keep, [a_row("x", "k", 1)], [a_row("x", "other", 2)], []) == [("k", 1)]


async def test_nothing_to_write_is_no_statement() -> None:
    async with a_store() as store:
        await run_in_tx(
            store.database, lambda client: Upsert(CountedRow, ("flow", "minute")).write(client, [])
        )
