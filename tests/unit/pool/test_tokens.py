import asyncio
from math import inf

import pytest
from msgspec.structs import replace

from app.errors import CredentialRejected, OAuthClientRejected, UpstreamBroken, UpstreamError
from app.ids import AccountId
from app.pool.model import Account
from app.pool.tokens import TokenKeeper
from app.upstreams.base import Token
from tests.support.clock import ManualClock
from tests.support.pool import MemoryBook, ScriptedRefresher, an_account, settled

BROKEN = UpstreamBroken("The token endpoint did not answer as it should.", kind="token_endpoint")
DEAD = CredentialRejected("The sign-in is dead.", kind="invalid_grant", detail="expired")
WRONG_CLIENT = OAuthClientRejected("The OAuth client is wrong.")


class World:
    """A keeper for one account; tokens live 3599 s and are renewed 300 s before their end."""

    def __init__(self, jitter: float = 0.0) -> None:
        self.clock = ManualClock()
        self.account = an_account("anna")
        self.book = MemoryBook(self.account)
        self.refresher = ScriptedRefresher()
        self.keeper = TokenKeeper(self.refresher, self.book, self.clock, jitter=lambda: jitter)

    async def __aenter__(self) -> "World":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.keeper.aclose()

    async def token(self, account: Account | None = None) -> str:
        return (await self.keeper.credential(account or self.account)).access_token

    def holding(self) -> asyncio.Event:
        self.refresher.hold = asyncio.Event()
        return self.refresher.hold


async def test_a_token_is_kept_and_comes_with_the_project() -> None:
    async with World() as world:
        first = await world.keeper.credential(world.account)
        second = await world.keeper.credential(world.account)

        assert (first.access_token, first.project, first.account) == ("access-1", "project-anna", "anna")
        assert second == first
        assert world.refresher.asked == ["refresh-anna"]


async def test_many_who_find_no_token_share_one_renewal() -> None:
    """faults.md F067."""
    async with World() as world:
        hold = world.holding()
        callers = [asyncio.create_task(world.token()) for _ in range(200)]
        await settled()
        hold.set()

        assert set(await asyncio.gather(*callers)) == {"access-1"}
        assert len(world.refresher.asked) == 1


async def test_the_renewal_outlives_the_one_who_started_it() -> None:
    """faults.md F068."""
    async with World() as world:
        hold = world.holding()
        starter = asyncio.create_task(world.token())
        await settled()
        other = asyncio.create_task(world.token())
        await settled()

        starter.cancel()
        await settled()
        hold.set()

        assert await other == "access-1"
        assert starter.cancelled()
        assert len(world.refresher.asked) == 1


async def test_a_token_is_renewed_ahead_of_its_end_while_the_old_one_serves() -> None:
    """faults.md F071 and 3: nobody waits for a renewal that is merely due."""
    async with World() as world:
        await world.token()
        world.clock.advance(3298.0)
        assert await world.token() == "access-1"
        assert len(world.refresher.asked) == 1

        world.clock.advance(1.0)
        assert await world.token() == "access-1"
        await settled()

        assert await world.token() == "access-2"


async def test_the_lead_varies_so_that_accounts_do_not_renew_all_at_once() -> None:
    """faults.md 3: 5 to 10 min."""
    async with World(jitter=1.0) as world:
        await world.token()
        world.clock.advance(3599.0 - 600.0)
        await world.token()
        await settled()

        assert len(world.refresher.asked) == 2


async def test_a_token_at_its_end_is_waited_for() -> None:
    async with World() as world:
        await world.token()
        world.clock.advance(3599.0 - 20.0)

        assert await world.token() == "access-2"


async def test_the_wall_clock_does_not_matter() -> None:
    """faults.md F070."""
    async with World() as world:
        await world.token()
        for shift in (7200.0, -14400.0):
            world.clock._now += shift

            assert await world.token() == "access-1"


@pytest.mark.parametrize(("told", "lives"), [(0.0, 60.0), (-1.0, 60.0), (1e12, 3600.0), (inf, 3600.0)])
async def test_a_silly_lifetime_is_bounded(told: float, lives: float) -> None:
    """faults.md F066: 1 min to 1 h."""
    async with World() as world:
        world.refresher.say = [Token("access-1", told)]
        await world.token()
        world.clock.advance(lives - 31.0)
        assert await world.token() == "access-1"
        await settled()
        world.keeper.invalidate(world.account.id, "access-2")
        world.clock.advance(31.0)

        assert await world.token() != "access-1"


async def test_trouble_on_the_way_is_told_and_not_repeated_at_once() -> None:
    """faults.md F063: retried with jitter, 1 s to 60 s."""
    async with World() as world:
        world.refresher.say = [BROKEN]
        for _ in range(5):
            with pytest.raises(UpstreamBroken) as caught:
                await world.token()
            assert caught.value is not BROKEN
        assert len(world.refresher.asked) == 1
        assert world.keeper.retries_in(world.account.id) == 1.0

        world.clock.advance(1.0)

        assert await world.token() == "access-2"
        assert world.keeper.retries_in(world.account.id) == 0.0


async def test_pauses_double_up_to_a_minute() -> None:
    """faults.md F063."""
    async with World() as world:
        world.refresher.say = [BROKEN] * 8
        pauses = []
        for _ in range(8):
            with pytest.raises(UpstreamBroken):
                await world.token()
            pauses.append(world.keeper.retries_in(world.account.id))
            world.clock.advance(pauses[-1])

        assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


async def test_an_old_token_serves_as_long_as_it_is_valid() -> None:
    """faults.md F063: invisible if the old token is still valid."""
    async with World() as world:
        await world.token()
        world.clock.advance(3599.0 - 10.0)
        world.refresher.say = [BROKEN]
        assert await world.token() == "access-1"

        world.clock.advance(10.0)

        assert await world.token() == "access-3"


async def test_a_dead_token_is_asked_about_once_until_it_is_edited() -> None:
    """faults.md F064: at most 3 calls ever."""
    async with World() as world:
        world.refresher.say = [DEAD]
        for _ in range(10):
            with pytest.raises(CredentialRejected) as caught:
                await world.token()
            assert caught.value.detail == "expired"
            world.clock.advance(10_000.0)
        assert len(world.refresher.asked) == 1
        assert world.book.calls == ["find"]

        edited = replace(world.account, refresh_token="refresh-new", version=1)

        assert await world.token(edited) == "access-2"


async def test_a_row_that_somebody_else_has_renewed_is_used() -> None:
    """faults.md F064: the row is read once more."""
    async with World() as world:
        world.book.rows[world.account.id] = replace(world.account, refresh_token="refresh-2", version=1)
        world.refresher.say = [DEAD]

        assert await world.token() == "access-2"
        assert world.refresher.asked == ["refresh-anna", "refresh-2"]
        assert await world.token() == "access-2"


async def test_a_rotated_token_is_stored_before_the_answer_is_used() -> None:
    """faults.md F069."""
    async with World() as world:
        world.refresher.say = [Token("access-1", 3599.0, "rotated")]

        assert await world.token() == "access-1"

        assert world.book.calls == ["set_refresh_token anna rotated"]
        assert (
            world.book.rows[world.account.id].refresh_token,
            world.book.rows[world.account.id].version,
        ) == (
            "rotated",
            1,
        )
        world.clock.advance(3599.0)
        await world.token()
        assert world.refresher.asked == ["refresh-anna", "rotated"]


async def test_a_rotated_token_does_not_overwrite_a_newer_row() -> None:
    """faults.md F069: compare and set on the version."""
    async with World() as world:
        world.book.rows[world.account.id] = replace(world.account, refresh_token="edited", version=5)
        world.refresher.say = [Token("access-1", 3599.0, "rotated")]

        await world.token()

        assert world.book.rows[world.account.id].refresh_token == "edited"


async def test_an_edited_account_is_renewed_with_its_new_token() -> None:
    async with World() as world:
        world.refresher.say = [Token("access-1", 3599.0, "rotated")]
        await world.token()

        edited = replace(world.account, refresh_token="edited", version=5)

        assert await world.token(edited) == "access-2"
        assert world.refresher.asked == ["refresh-anna", "edited"]


async def test_a_token_is_rotated_over_the_version_it_replaces() -> None:
    """faults.md F069."""
    async with World() as world:
        account = replace(world.account, version=3)
        world.book.rows[account.id] = account
        world.refresher.say = [Token("access-1", 3599.0, "rotated")]

        await world.token(account)

        assert (world.book.rows[account.id].refresh_token, world.book.rows[account.id].version) == (
            "rotated",
            4,
        )


async def test_a_rotated_token_survives_a_store_that_fails() -> None:
    async with World() as world:

        async def fail(*_: object, **__: object) -> None:
            raise RuntimeError("the disk is full")

        kept = world.book.set_refresh_token
        world.book.set_refresh_token = fail  # type: ignore[method-assign]  # a failing disk
        world.refresher.say = [Token("access-1", 3599.0, "rotated")]
        with pytest.raises(RuntimeError):
            await world.token()
        world.book.set_refresh_token = kept  # type: ignore[method-assign]  # the disk is well again

        await world.token()

        assert world.refresher.asked == ["refresh-anna", "rotated"]


async def test_a_token_that_was_refused_is_not_given_out_again() -> None:
    """faults.md F015."""
    async with World() as world:
        await world.token()
        world.keeper.invalidate(world.account.id, "access-1")

        assert await world.token() == "access-2"


async def test_a_late_complaint_about_an_old_token_costs_nothing() -> None:
    """Many streams may get their 401 for one token; only the first makes a renewal."""
    async with World() as world:
        await world.token()
        for _ in range(50):
            world.keeper.invalidate(world.account.id, "access-1")
            await world.token()

        assert len(world.refresher.asked) == 2


async def test_a_wrong_client_is_not_tried_again_for_any_account_for_a_while() -> None:
    """faults.md F065."""
    async with World() as world:
        world.refresher.say = [WRONG_CLIENT]
        for name in ("anna", "ben", "carla"):
            with pytest.raises(OAuthClientRejected):
                await world.token(an_account(name))
        assert len(world.refresher.asked) == 1

        world.clock.advance(60.0)

        assert await world.token() == "access-2"


async def test_an_account_of_another_client_does_not_stop_the_others() -> None:
    """upstream.md 1.7: unauthorized_client is about one account's token."""
    async with World() as world:
        world.refresher.say = [OAuthClientRejected("another client", kind="unauthorized_client")]
        with pytest.raises(OAuthClientRejected):
            await world.token()

        assert await world.token(an_account("ben")) == "access-2"


async def test_what_is_known_of_an_account_can_be_forgotten() -> None:
    async with World() as world:
        world.refresher.say = [DEAD]
        with pytest.raises(UpstreamError):
            await world.token()

        world.keeper.forget(AccountId("anna"))

        assert await world.token() == "access-2"


async def test_closing_waits_for_a_renewal_under_way() -> None:
    world = World()
    world.refresher.say = [Token("access-1", 3599.0, "rotated")]
    hold = world.holding()
    caller = asyncio.create_task(world.token())
    await settled()
    closing = asyncio.create_task(world.keeper.aclose())
    await settled()
    hold.set()
    await closing

    assert await caller == "access-1"
    assert world.book.rows[world.account.id].refresh_token == "rotated"


async def test_the_age_of_a_token_is_told_and_not_the_token() -> None:
    """admin-ui.md 2.3, account detail: age of tokens, last refresh; never the token itself."""
    async with World() as world:
        assert world.keeper.status(world.account.id) is None
        await world.token()
        world.clock.advance(100.0)

        told = world.keeper.status(world.account.id)

        assert told is not None
        assert world.clock.now() - told.had_at == pytest.approx(100.0)
        assert told.ends_at - told.had_at == pytest.approx(3599.0)
        assert "access-" not in repr(told)
