"""Who is let in as an administrator."""

from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest

from app.admin.auth import SESSION_S, Door, Peer
from app.admin.refusals import Refused
from app.admin.throttle import PER_ADDRESS
from app.settings.schema import Admin
from app.store.lifecycle import Store
from tests.support.clock import ManualClock
from tests.support.store import a_store

PASSWORD = "a long password for tests"
SECRET = "a secret that signs sessions in tests"
PEER = Peer("192.0.2.1", "a browser")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(clock: ManualClock) -> AsyncIterator[Store]:
    async with a_store(clock=clock) as store:
        yield store


def a_door(store: Store, clock: ManualClock, **values: Any) -> Door:
    given = {"admin_password": PASSWORD, "jwt_secret": SECRET, **values}
    return Door(Admin(**given), store.sessions, clock)


async def status_of(door: Door, authorization: str, peer: Peer = PEER) -> int:
    try:
        await door.admit(authorization, peer)
    except Refused as refused:
        return refused.status
    return 200


async def test_a_session_begins_with_the_password_and_is_found_by_its_token(
    store: Store, clock: ManualClock
) -> None:
    """amendments.md 2."""
    door = a_door(store, clock)

    begun = await door.begin_session(PASSWORD, PEER)

    assert await door.admit(f"Bearer {begun.token}", PEER) == begun.session
    assert (await store.sessions.all())[0].agent == "a browser"
    assert begun.token not in repr(begun)


async def test_a_session_ends_by_itself_and_at_once_when_its_row_is_gone(
    store: Store, clock: ManualClock
) -> None:
    """threats.md S05."""
    door = a_door(store, clock)
    first, second = [await door.begin_session(PASSWORD, PEER) for _ in range(2)]

    await store.sessions.end(first.session.id)
    assert await status_of(door, f"Bearer {first.token}") == 401
    assert await status_of(door, f"Bearer {second.token}") == 200

    clock.advance(SESSION_S)
    assert await status_of(door, f"Bearer {second.token}") == 401


@pytest.mark.parametrize("change", [{"admin_password": "another long password"}, {"jwt_secret": "x" * 40}])
async def test_a_new_password_or_secret_ends_all_sessions(
    store: Store, clock: ManualClock, change: dict[str, str]
) -> None:
    """threats.md S05."""
    begun = await a_door(store, clock).begin_session(PASSWORD, PEER)

    assert await status_of(a_door(store, clock, **change), f"Bearer {begun.token}") == 401


async def test_a_forged_token_is_not_one(store: Store, clock: ManualClock) -> None:
    """threats.md S04: one algorithm, all claims, no confusion of types."""
    door = a_door(store, clock)
    begun = await door.begin_session(PASSWORD, PEER)
    claims = jwt.decode(begun.token, options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, SECRET * 2, algorithm="HS256"),
        jwt.encode(claims, SECRET * 2, algorithm="HS384"),
        begun.token[:-4] + "AAAA",
        "x" * 100_000,
    ]

    assert {await status_of(door, f"Bearer {token}") for token in forged} == {401}


async def test_the_password_itself_is_taken_while_the_setting_is_on(store: Store, clock: ManualClock) -> None:
    """threats.md S03."""
    assert await status_of(a_door(store, clock), f"Bearer {PASSWORD}") == 200
    strict = a_door(store, clock, admin_password_bearer_compat=False)
    assert await status_of(strict, f"Bearer {PASSWORD}") == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic eDp5", PASSWORD])
async def test_what_is_no_bearer_token_is_refused(
    store: Store, clock: ManualClock, authorization: str
) -> None:
    assert await status_of(a_door(store, clock), authorization) == 401


async def test_guesses_on_all_paths_have_one_budget_and_the_owners_session_goes_on(
    store: Store, clock: ManualClock
) -> None:
    """threats.md S02, S03."""
    door = a_door(store, clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.9"))
    for number in range(PER_ADDRESS):
        if number % 2:
            assert await status_of(door, "Bearer a wrong guess") == 401
        else:
            with pytest.raises(Refused, match="wrong"):
                await door.begin_session("a wrong guess", PEER)

    with pytest.raises(Refused) as caught:
        await door.begin_session("a wrong guess", PEER)

    assert (caught.value.status, "retry-after" in caught.value.headers) == (429, True)
    assert await status_of(door, f"Bearer {begun.token}") == 200
    assert await status_of(door, f"Bearer {PASSWORD}") == 200


async def test_without_a_password_nobody_gets_in(store: Store, clock: ManualClock) -> None:
    door = a_door(store, clock, admin_password=None)

    with pytest.raises(Refused):
        await door.begin_session("", PEER)
