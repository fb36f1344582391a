"""Runs over all accounts survive whoever works on them."""

from collections.abc import AsyncIterator

import pytest

from app.pool.refreshing import STALE_S, ItemState, RunState
from app.store.lifecycle import Store
from app.store.refreshes import StoredRefreshes
from tests.support.clock import ManualClock
from tests.support.pool import an_account
from tests.support.store import a_store

NAMES = ("anna", "ben", "cleo")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def book(clock: ManualClock) -> AsyncIterator[StoredRefreshes]:
    async with a_store(clock=clock) as store:
        yield store.refreshes


async def begun(book: StoredRefreshes) -> str:
    run = await book.begin([an_account(name) for name in NAMES], parallel=2)
    return run.id


async def test_a_run_has_one_row_per_account_in_order(book: StoredRefreshes) -> None:
    run = await book.begin([an_account(name) for name in NAMES], parallel=2)

    assert (run.state, run.parallel, run.total, run.waiting) == (RunState.RUNNING, 2, 3, 3)
    assert [item.email for item in await book.items(run.id)] == [f"{name}@example.com" for name in NAMES]


async def test_there_is_one_open_run_at_a_time_and_beginning_goes_on_with_it(book: StoredRefreshes) -> None:
    first = await begun(book)
    await book.steer(first, RunState.PAUSED)

    again = await book.begin([an_account("dora")], parallel=9)

    assert (again.id, again.state, again.total) == (first, RunState.RUNNING, 3)


async def test_accounts_are_taken_once_and_settled_with_a_reason(book: StoredRefreshes) -> None:
    run = await begun(book)
    taken = [await book.take(run) for _ in range(4)]
    assert [item.account if item else None for item in taken] == [*NAMES, None]

    await book.settle(run, an_account("anna").id)
    await book.settle(run, an_account("ben").id, reason="The sign-in is gone.")

    found = await book.find(run)
    assert found is not None
    assert (found.done, found.failed, found.running) == (1, 1, 1)
    assert [item.reason for item in await book.items(run)] == ["", "The sign-in is gone.", ""]


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
async def test_a_run_that_shall_not_go_on_gives_no_more_accounts(
    book: StoredRefreshes, state: RunState
) -> None:
    run = await begun(book)

    await book.steer(run, state)

    assert await book.take(run) is None
    assert await book.unattended() is None


async def test_what_is_over_stays_over(book: StoredRefreshes) -> None:
    run = await begun(book)
    await book.steer(run, RunState.CANCELLED)

    steered = await book.steer(run, RunState.RUNNING)

    assert steered is not None
    assert steered.state is RunState.CANCELLED
    assert await book.steer("run_unknown", RunState.PAUSED) is None


async def test_only_one_works_on_a_run_until_it_gives_no_sign_any_more(
    book: StoredRefreshes, clock: ManualClock
) -> None:
    """faults.md F125: what a lost worker left half done is done again."""
    run = await begun(book)
    assert await book.claim(run, "gateway")
    await book.take(run)
    assert not await book.claim(run, "command")

    clock.advance(STALE_S - 1)
    await book.beat(run, "gateway")
    clock.advance(STALE_S)
    assert await book.unattended() is None
    clock.advance(1)
    found = await book.unattended()

    assert found is not None
    assert await book.claim(run, "command")
    assert {item.state for item in await book.items(run)} == {ItemState.WAITING}


async def test_the_same_worker_comes_back_at_once(book: StoredRefreshes) -> None:
    run = await begun(book)
    await book.claim(run, "gateway")
    await book.take(run)

    assert await book.unattended() is None
    assert await book.unattended("gateway") is not None
    assert await book.claim(run, "gateway")
    item = await book.take(run)
    assert item is not None
    assert item.account == "anna"


async def test_leaving_ends_a_run_in_which_nothing_waits(book: StoredRefreshes) -> None:
    run = await begun(book)
    await book.claim(run, "gateway")
    for name in NAMES:
        await book.take(run)
        await book.settle(run, an_account(name).id)

    await book.release(run, "gateway")

    found = await book.find(run)
    assert found is not None
    assert (found.state, found.worker) == (RunState.DONE, "")
    assert found.is_over


async def test_old_runs_are_forgotten_with_their_accounts(clock: ManualClock) -> None:
    async with a_store(clock=clock) as store:
        first = await _finished(store)
        for _ in range(10):
            clock.advance(1)
            await _finished(store)

        assert len(await store.refreshes.all()) == 10
        assert await store.refreshes.find(first) is None
        assert await store.refreshes.items(first) == ()


async def _finished(store: Store) -> str:
    run = await begun(store.refreshes)
    await store.refreshes.steer(run, RunState.CANCELLED)
    return run


async def test_a_run_tells_whom_it_was_begun_for_what_failed_and_how_fast_it_goes(
    book: StoredRefreshes, clock: ManualClock
) -> None:
    """admin-ui.md 2.4.3, 2.4.5: rate, per-row state, failures by reason."""
    run = await book.begin([an_account(name) for name in NAMES], parallel=1, scope='{"kind":"chosen"}')
    assert run.scope == '{"kind":"chosen"}'
    began = clock.now()
    for name, reason in (("anna", ""), ("ben", "The sign-in is gone.")):
        await book.take(run.id)
        clock.advance(10.0)
        await book.settle(run.id, an_account(name).id, reason=reason)

    assert [item.account for item in await book.failed(run.id)] == ["ben"]
    shown = await book.items_of(run.id, [an_account("cleo").id, an_account("nobody").id])
    assert [(item.account, item.state) for item in shown] == [("cleo", ItemState.WAITING)]
    assert await book.settled_since(run.id, began) == 2
    assert await book.settled_since(run.id, began + 15.0) == 1
