import asyncio

import pytest
from msgspec.structs import replace

from app.errors import AccountRefused
from app.ids import AccountId
from app.pool.chores import Chores
from app.pool.discoveries import Discoveries, with_late_news
from app.pool.model import AccountState
from app.pool.tokens import TokenKeeper
from app.upstreams.base import Credential, Discovery, Window
from tests.support.clock import ManualClock
from tests.support.pool import MemoryBook, ScriptedRefresher, a_discovery, an_account, settled

WINDOW = Window("gemini", "gemini-5h", 0.5, None)
NOW = 1_800_000_000.0


class World:
    def __init__(self, state: AccountState = AccountState.READY) -> None:
        self.account = an_account("anna", project=None, state=state)
        self.book = MemoryBook(self.account)
        self.asked: list[Credential] = []
        self.says: Discovery | AccountRefused = a_discovery(windows=(WINDOW,), models=("flash", "pro"))
        self.hold = asyncio.Event()
        self.hold.set()
        self.chores = Chores()
        keeper = TokenKeeper(ScriptedRefresher(), self.book, ManualClock())
        self.discoveries = Discoveries(self.discover, keeper, self.book, self.chores, lambda: NOW)

    async def discover(self, credential: Credential) -> Discovery:
        self.asked.append(credential)
        await self.hold.wait()
        if isinstance(self.says, AccountRefused):
            raise self.says
        return self.says


async def test_what_was_found_is_stored() -> None:
    """upstream.md 2.4: store project id and tier per account; a reading keeps its age."""
    world = World()

    found = await world.discoveries.ask(world.account)

    assert found.windows == (replace(WINDOW, read_at=NOW),)
    assert found.account == world.book.rows[AccountId("anna")]
    assert (found.account.project, found.account.tier) == ("project-found", "free-tier")
    assert found.account.models == frozenset({"flash", "pro"})
    assert world.asked[0].access_token == "access-1"


async def test_all_who_ask_at_once_share_one_discovery() -> None:
    world = World()
    world.hold.clear()
    askers = [asyncio.create_task(world.discoveries.ask(world.account)) for _ in range(5)]
    await settled()
    askers[0].cancel()
    world.hold.set()

    await asyncio.gather(*askers[1:])

    assert len(world.asked) == 1


@pytest.mark.parametrize("state", [AccountState.ONBOARDING, AccountState.PROJECT_ERROR])
async def test_an_account_whose_trouble_was_its_project_is_ready_again(state: AccountState) -> None:
    """faults.md F017, F073."""
    world = World(state)

    assert (await world.discoveries.ask(world.account)).account.state is AccountState.READY


async def test_a_discovery_does_not_lift_what_it_knows_nothing_of() -> None:
    world = World(AccountState.SUSPENDED)

    assert (await world.discoveries.ask(world.account)).account.state is AccountState.SUSPENDED


async def test_a_refused_project_that_is_found_again_is_still_refused() -> None:
    """faults.md F017; looking at an account may not bring it back into rotation."""
    world = World()
    row = an_account("anna", project="project-found", state=AccountState.PROJECT_ERROR)
    world.book.rows[AccountId("anna")] = world.account = row

    assert (await world.discoveries.ask(world.account)).account.state is AccountState.PROJECT_ERROR


async def test_models_that_were_not_told_stay_as_they_were() -> None:
    world = World()
    world.book.rows[AccountId("anna")] = world.account = an_account("anna", models=frozenset({"opus"}))
    world.says = a_discovery()

    assert (await world.discoveries.ask(world.account)).account.models == frozenset({"opus"})


async def test_a_refusal_is_raised_to_everybody_and_asked_again_later() -> None:
    world = World()
    world.says = AccountRefused("no project")
    for _ in range(2):
        with pytest.raises(AccountRefused):
            await world.discoveries.ask(world.account)

    assert len(world.asked) == 2


def test_what_the_operator_notes_during_a_discovery_is_not_undone_by_it() -> None:
    before = an_account("anna", note="old", concurrent=1)
    found = replace(before, tier="free-tier")
    now = replace(before, note="new", concurrent=None)

    after = with_late_news(found, before, now)

    assert (after.note, after.concurrent, after.tier) == ("new", None, "free-tier")
    assert with_late_news(replace(found, note="of another process"), before, before).note == (
        "of another process"
    )
