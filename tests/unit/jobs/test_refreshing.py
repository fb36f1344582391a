"""Working through runs."""

import asyncio

from app.ids import AccountId
from app.jobs.refreshing import RefreshWorker, TakeUpRuns
from app.pool.refreshing import EQUAL_FAILURES, ItemState, Part, RunState
from app.store.refreshes import StoredRefreshes
from tests.support.clock import ManualClock
from tests.support.pool import an_account
from tests.support.store import a_store

NAMES = tuple(f"account-{number:02}" for number in range(12))


class Asked:
    """Plays the upstream; `hold` stops every question, `most` is how many were open at once."""

    def __init__(self) -> None:
        self.accounts: list[AccountId] = []
        self.open = 0
        self.most = 0
        self.hold: asyncio.Event | None = None
        self.parts = frozenset[Part]()
        self.reasons: dict[str, str] = {"account-03": "The sign-in is gone."}

    async def __call__(self, account: AccountId, parts: frozenset[Part]) -> str:
        self.accounts.append(account)
        self.parts = parts
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            if self.hold is not None:
                await self.hold.wait()
            return self.reasons.get(account, "")
        finally:
            self.open -= 1


async def begun(book: StoredRefreshes, *, parallel: int = 3) -> str:
    return (await book.begin([an_account(name) for name in NAMES], parallel=parallel)).id


async def until_open(asked: Asked, count: int) -> None:
    while asked.open < count:
        await asyncio.sleep(0.001)


async def test_every_account_is_asked_once_and_few_at_the_same_time() -> None:
    clock, asked = ManualClock(), Asked()
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes)

        worked = await RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=3)

        found = await store.refreshes.find(run)
    assert worked
    assert sorted(asked.accounts) == sorted(NAMES)
    assert asked.most <= 3
    assert found is not None
    assert (found.state, found.done, found.failed) == (RunState.DONE, 11, 1)


async def test_a_run_that_ended_half_way_goes_on_where_it_was() -> None:
    """Also what was asked in the moment of the end is asked again; the rest is not."""
    clock, asked = ManualClock(), Asked()
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes, parallel=1)
        await store.refreshes.claim(run, "gateway")
        for _ in range(4):
            item = await store.refreshes.take(run)
            assert item is not None
            await store.refreshes.settle(run, item.account)
        asked.hold = asyncio.Event()
        first = asyncio.create_task(
            RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=2)
        )
        await until_open(asked, 2)
        first.cancel()
        await asyncio.wait([first])
        asked.hold.set()

        await TakeUpRuns(store.refreshes, RefreshWorker(store.refreshes, asked, clock, "another")).run_once()

        found = await store.refreshes.find(run)
        items = await store.refreshes.items(run)
    assert found is not None
    assert found.state is RunState.DONE
    assert {item.state for item in items} == {ItemState.DONE}
    assert sorted(set(asked.accounts)) == sorted(NAMES[4:])
    assert len(asked.accounts) == len(NAMES) - 4 + 2


async def test_a_paused_run_stops_after_what_is_under_way() -> None:
    clock, asked = ManualClock(), Asked()
    asked.hold = asyncio.Event()
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes)
        working = asyncio.create_task(
            RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=2)
        )
        await until_open(asked, 2)

        await store.refreshes.steer(run, RunState.PAUSED)
        asked.hold.set()
        await working

        found = await store.refreshes.find(run)
    assert found is not None
    assert (found.state, found.worker, found.done, found.waiting) == (RunState.PAUSED, "", 2, 10)


async def test_two_workers_do_not_share_a_run() -> None:
    clock, asked = ManualClock(), Asked()
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes)
        await store.refreshes.claim(run, "gateway")

        assert not await RefreshWorker(store.refreshes, asked, clock, "command").work(run, parallel=2)

    assert asked.accounts == []


async def test_without_a_run_there_is_nothing_to_do() -> None:
    clock, asked = ManualClock(), Asked()
    async with a_store(clock=clock) as store:
        await TakeUpRuns(store.refreshes, RefreshWorker(store.refreshes, asked, clock, "gateway")).run_once()

    assert asked.accounts == []


async def test_a_run_stops_itself_when_many_in_a_row_fail_alike_and_can_be_gone_on_with() -> None:
    """admin-ui.md 2.4 (6): the upstream refuses, so nobody else is asked; why stands with the run."""
    clock, asked = ManualClock(), Asked()
    asked.reasons = dict.fromkeys(NAMES, "The upstream failed.")
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes)
        await RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=1)

        found = await store.refreshes.find(run)
        assert found is not None
        assert (found.state, found.failed, found.waiting) == (RunState.PAUSED, EQUAL_FAILURES, 2)
        assert "10 accounts in a row failed alike: The upstream failed." in found.stopped

        asked.reasons = {}
        await store.refreshes.steer(run, RunState.RUNNING)
        await RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=1)
        found = await store.refreshes.find(run)
    assert found is not None
    assert (found.state, found.done, found.stopped) == (RunState.DONE, 2, "")


async def test_failures_that_differ_or_are_broken_by_a_success_stop_nothing() -> None:
    clock, asked = ManualClock(), Asked()
    asked.reasons = {name: "The upstream failed." for name in NAMES if name != "account-06"}
    async with a_store(clock=clock) as store:
        run = await begun(store.refreshes)
        await RefreshWorker(store.refreshes, asked, clock, "gateway").work(run, parallel=1)

        found = await store.refreshes.find(run)
    assert found is not None
    assert (found.state, found.done, found.failed) == (RunState.DONE, 1, 11)


async def test_a_run_asks_for_what_it_was_begun_for() -> None:
    """admin-ui.md 2.4 (1)."""
    clock, asked = ManualClock(), Asked()
    async with a_store(clock=clock) as store:
        accounts = [an_account(name) for name in NAMES[:2]]
        run = await store.refreshes.begin(accounts, parallel=1, parts=frozenset({Part.TOKEN}))
        await RefreshWorker(store.refreshes, asked, clock, "gateway").work(run.id, parallel=1)

    assert asked.parts == run.parts == {Part.TOKEN}
