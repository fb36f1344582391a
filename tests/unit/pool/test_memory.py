import asyncio
from typing import Any

from app.ids import AccountId
from app.pool.memory import MemoryLedger
from app.pool.model import CoolingStatus, Grant, Outcome, PoolChange, Wait, Want, Window
from app.pool.outcome import OK
from app.verdicts import Cool
from tests.support.clock import ManualClock
from tests.support.pool import GROUP, MODEL, a_ledger, a_want, an_account, settled

QUOTA = Outcome(word="failed", why="quota", cool=Cool.LANE, cool_s=20.0)


class World:
    """A ledger and callers that stand in line as tasks."""

    def __init__(self, *names: str, **limits: Any) -> None:
        self.clock = ManualClock()
        self.changes: list[PoolChange] = []
        self.ledger: MemoryLedger = a_ledger(self.clock, *names, changes=self.changes, **limits)

    async def __aenter__(self) -> "World":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.ledger.aclose()

    def want(self, patience: float = 30.0, **values: Any) -> Want:
        return a_want(deadline=self.clock.monotonic() + patience, **values)

    async def take(self, **values: Any) -> Grant:
        said = await self.ledger.lease(self.want(**values))
        assert isinstance(said, Grant)
        return said

    async def stand(self, **values: Any) -> "asyncio.Task[Grant | Wait]":
        task = asyncio.create_task(self.ledger.lease(self.want(**values)))
        await settled()
        return task

    def end(self, grant: Grant, outcome: Outcome = OK) -> None:
        self.ledger.report(grant.lease, outcome)
        self.ledger.release(grant.lease)

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await settled()


async def test_those_in_line_are_served_in_the_order_of_arrival() -> None:
    """faults.md F088: waits in order."""
    async with World("anna") as world:
        first = await world.take()
        waiting = [await world.stand() for _ in range(3)]
        served = []
        grant = first
        for _ in waiting:
            world.end(grant)
            await settled()
            done = [task for task in waiting if task.done()]
            served.append(len(done))
            said = done[-1].result()
            assert isinstance(said, Grant)
            grant = said

        assert served == [1, 2, 3]


async def test_a_newcomer_passes_nobody() -> None:
    async with World("anna") as world:
        grant = await world.take()
        waiting = await world.stand()
        world.end(grant)

        newcomer = await world.stand()

        assert waiting.done()
        assert not newcomer.done()
        newcomer.cancel()


async def test_one_who_cannot_use_what_is_free_holds_up_nobody() -> None:
    async with World("anna", "ben") as world:
        anna, _ben = await world.take(), await world.take()
        choosy = await world.stand(avoid=frozenset({"anna"}))
        easy = await world.stand()

        world.end(anna)
        await settled()

        assert (choosy.done(), easy.done()) == (False, True)
        choosy.cancel()


async def test_the_end_of_a_cool_down_wakes_the_line() -> None:
    """architecture.md 9.3."""
    async with World("anna") as world:
        world.end(await world.take(), QUOTA)
        waiting = await world.stand()
        await world.pass_time(19.0)
        assert not waiting.done()

        await world.pass_time(1.0)

        assert isinstance(waiting.result(), Grant)


async def test_a_new_account_wakes_the_line() -> None:
    """architecture.md 9.3."""
    async with World("anna") as world:
        await world.take()
        waiting = await world.stand()

        world.ledger.put(an_account("ben"))
        await settled()

        assert isinstance(waiting.result(), Grant)


async def test_a_wait_ends_at_the_deadline() -> None:
    """faults.md F088."""
    async with World("anna") as world:
        await world.take()
        waiting = await world.stand(patience=30.0)
        await world.pass_time(29.0)
        assert not waiting.done()

        await world.pass_time(1.0)

        assert waiting.result() == Wait("busy", world.clock.monotonic(), world.clock.monotonic())


async def test_nobody_waits_for_what_comes_too_late() -> None:
    """architecture.md 9.3: PoolExhausted at once."""
    async with World("anna") as world:
        world.end(await world.take(), QUOTA)

        said = await world.ledger.lease(world.want(patience=10.0))

        returns_at = world.clock.monotonic() + 20.0
        assert said == Wait("cooling", returns_at, returns_at)


async def test_nobody_waits_on_when_hope_is_gone() -> None:
    async with World("anna") as world:
        grant = await world.take()
        choosy, easy = await world.stand(only=AccountId("anna")), await world.stand()

        world.ledger.drop(AccountId("anna"))
        await settled()

        assert [task.result().why for task in (choosy, easy)] == ["none", "none"]  # type: ignore[union-attr]
        world.end(grant)


async def test_a_line_that_is_full_turns_away_at_once() -> None:
    """faults.md F088: the queue is bounded."""
    async with World("anna", line=1) as world:
        await world.take()
        waiting = await world.stand()

        said = await world.ledger.lease(world.want())

        assert isinstance(said, Wait)
        assert said.why == "full"
        assert world.ledger.waiting() == {waiting_bucket(): 1}
        waiting.cancel()


async def test_who_leaves_frees_the_place_at_once() -> None:
    """faults.md F077."""
    async with World("anna") as world:
        await world.take()
        waiting = await world.stand()

        waiting.cancel()
        await settled()

        assert world.ledger.waiting() == {}


async def test_what_is_granted_to_one_who_leaves_in_that_moment_goes_to_the_next() -> None:
    """faults.md F081."""
    async with World("anna") as world:
        grant = await world.take()
        leaver, other = await world.stand(), await world.stand()

        world.end(grant)
        leaver.cancel()
        await settled()

        assert leaver.cancelled()
        assert isinstance(other.result(), Grant)
        assert world.ledger.in_flight(AccountId("anna")) == 1


async def test_without_patience_nobody_stands_in_line() -> None:
    async with World("anna") as world:
        await world.take()

        assert await world.ledger.lease(world.want(patience=0.0)) == Wait(
            "busy", world.clock.monotonic(), world.clock.monotonic()
        )


async def test_closing_sends_everybody_away() -> None:
    world = World("anna")
    await world.take()
    waiting = [await world.stand(), await world.stand(group="3p", model="opus")]

    await world.ledger.aclose()
    await settled()

    assert [isinstance(task.result(), Wait) for task in waiting] == [True, True]


async def test_cool_downs_are_shown_in_wall_time() -> None:
    async with World("anna", "ben") as world:
        world.end(await world.take(only=AccountId("anna")), QUOTA)
        capacity = Outcome(word="failed", why="capacity", cool=Cool.EVERYONE, cool_s=8.0)
        world.end(await world.take(), capacity)
        now = world.clock.now()

        assert world.ledger.cooling(AccountId("anna")) == (CoolingStatus(GROUP, now + 20.0, "quota"),)
        assert world.ledger.cooling(None) == (CoolingStatus(MODEL, now + 8.0, "capacity"),)
        assert [(change.account, change.until_epoch) for change in world.changes] == [
            ("anna", now + 20.0),
            (None, now + 8.0),
        ]
        await world.pass_time(20.0)
        assert world.ledger.cooling(AccountId("anna")) == ()


async def test_quota_that_was_told_is_kept_and_sets_nothing_aside() -> None:
    """faults.md F074."""
    async with World("anna") as world:
        empty = Window(GROUP, "gemini-5h", 0.0, 1_800_000_000.0)
        world.ledger.tell(AccountId("anna"), (empty,))
        world.ledger.tell(AccountId("nobody"), (empty,))

        assert world.ledger.windows(AccountId("anna")) == (empty,)
        assert world.ledger.windows(AccountId("nobody")) == ()
        assert isinstance(await world.take(), Grant)


async def test_accounts_are_known_in_the_order_in_which_they_came() -> None:
    async with World("ben", "anna") as world:
        assert [account.id for account in world.ledger.accounts()] == ["ben", "anna"]
        assert world.ledger.find(AccountId("anna")) == an_account("anna")
        assert world.ledger.find(AccountId("nobody")) is None
        assert world.ledger.in_flight(AccountId("nobody")) == 0
        assert world.ledger.cooling(AccountId("nobody")) == ()


def waiting_bucket() -> tuple[str, str]:
    return (GROUP, MODEL)


async def test_a_sleep_of_the_machine_counts_for_what_rests_and_for_quota() -> None:
    """faults.md F136: cool-downs are read anew from the wall clock, which alone went on."""
    async with World("anna", "ben") as world:
        world.end(await world.take(only=AccountId("anna")), Outcome(**_LONG, cool_s=7_200.0))
        world.end(await world.take(only=AccountId("ben")), Outcome(**_LONG, cool_s=36_000.0))
        waiting = await world.stand(patience=20_000.0)
        assert not waiting.done()

        world.ledger.after_sleep(3 * 3600.0)
        await settled()

        said = waiting.result()
        assert isinstance(said, Grant)
        assert (said.lane.account, said.probes) == ("anna", False)
        (rest,) = world.ledger.cooling(AccountId("ben"))
        assert rest.until_epoch - world.clock.now() == 36_000.0 - 3 * 3600.0


_LONG: dict[str, Any] = {"word": "failed", "why": "quota", "cool": Cool.LANE}


async def test_an_account_with_a_cap_of_its_own_keeps_to_that_one() -> None:
    """admin-ui.md 2.3, account detail: concurrency of one account; a new cap acts on the very next lease."""
    async with World("anna") as world:
        world.ledger.put(an_account("anna", concurrent=2))
        first, _ = await world.take(), await world.take()
        waiting = await world.stand()
        assert not waiting.done()

        world.ledger.put(an_account("anna", concurrent=3))
        await settled()
        assert waiting.done()

        world.ledger.put(an_account("anna"))
        world.end(first)
        assert not (await world.stand()).done()  # two are still out, and one is the cap of all


async def test_a_single_rest_is_cleared_and_the_others_go_on() -> None:
    """admin-ui.md 2.3, account detail: a *clear* button for each cool-down."""
    async with World("anna") as world:
        model = Outcome(word="failed", why="rate_limited", cool=Cool.MODEL, cool_s=600.0)
        world.end(await world.take(), model)
        world.ledger.forgive(AccountId("anna"), "another model")
        assert [rest.what for rest in world.ledger.cooling(AccountId("anna"))] == [MODEL]
        world.ledger.forgive(AccountId("anna"), MODEL)
        assert world.ledger.cooling(AccountId("anna")) == ()

        world.end(await world.take(), QUOTA)
        world.ledger.rest(AccountId("anna"), 60.0, "token")
        world.ledger.forgive(AccountId("anna"), GROUP)
        assert [rest.what for rest in world.ledger.cooling(AccountId("anna"))] == ["account"]
        world.ledger.forgive(AccountId("anna"))
        assert world.ledger.cooling(AccountId("anna")) == ()
