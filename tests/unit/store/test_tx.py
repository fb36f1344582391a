"""Work on the database in tasks of its own."""

import asyncio
from typing import Any

import pytest

from app.store.models import KnobRow
from app.store.tx import Closed, run_in_tx, run_query
from tests.support.store import a_store


async def a_knob(name: str) -> None:
    await KnobRow.create(name=name, value="1", version=1, updated_at=0.0)


async def test_a_transaction_is_all_or_nothing() -> None:
    """ecosystem.md 2.3."""

    async def work(client: Any) -> None:
        await a_knob("half")
        raise RuntimeError("on the way")

    async with a_store() as store:
        with pytest.raises(RuntimeError, match="on the way"):
            await run_in_tx(store.database, work)

        assert (await store.knobs.read()).values == {}


async def test_what_a_cancelled_caller_began_is_done() -> None:
    """ecosystem.md appendix C: the effect of a cancelled caller is "done", not "rolled back"."""
    entered = asyncio.Event()

    async def work(client: Any) -> None:
        entered.set()
        await a_knob("whole")

    async with a_store() as store:
        task = asyncio.create_task(run_in_tx(store.database, work))
        await entered.wait()
        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()
        assert (await store.knobs.read()).values == {"whole": "1"}


async def test_a_task_that_was_there_before_the_store_was_opened_can_use_it() -> None:
    """faults.md T15: Tortoise keeps its state in a context variable."""
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def elsewhere() -> int:
        store = await opened
        return len(await store.accounts.all())

    task = asyncio.create_task(elsewhere())
    await asyncio.sleep(0)
    async with a_store() as store:
        opened.set_result(store)
        assert await task == 0


async def test_two_stores_of_one_process_do_not_mix() -> None:
    """faults.md T15: explicit contexts."""
    async with a_store() as one, a_store() as other:
        await one.accounts.add(email="anna@example.test", refresh_token="1//a")

        assert len(await one.accounts.all()) == 1
        assert len(await other.accounts.all()) == 0


async def test_closing_waits_for_what_is_under_way_and_refuses_what_comes_later() -> None:
    """faults.md rule 18."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def work(client: Any) -> str:
        entered.set()
        await go_on.wait()
        await a_knob("late")
        return "done"

    async with a_store() as store:
        database = store.database
        under_way = asyncio.create_task(run_in_tx(database, work))
        await entered.wait()
        assert database.under_way == 1
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        assert not closing.done()
        go_on.set()
        await closing

        assert await under_way == "done"
        with pytest.raises(Closed):
            await run_query(database, work)
