"""Who is behind a key, from memory."""

import asyncio

import pytest

from app.allowance import Allowance
from app.errors import StoreUnavailable
from app.flow import Caller
from app.ids import KeyId
from app.store.keyring import KeyRing
from app.store.lifecycle import Store
from tests.support.clock import ManualClock
from tests.support.store import a_store, watched

API_KEY = "sk-from-the-environment"


def a_ring(store: Store, uses: list[tuple[KeyId, float]] | None = None) -> KeyRing[Caller]:
    note = None if uses is None else lambda key, epoch: uses.append((key, epoch))
    return KeyRing(store.keys, store.clock, Caller, api_key=API_KEY, note_use=note)


async def test_a_key_of_the_database_is_its_caller() -> None:
    """amendments.md 2."""
    async with a_store() as store:
        fresh = await store.keys.create("one", models=frozenset({"m"}))
        ring = a_ring(store)
        await ring.load()

        assert await ring.find(fresh.secret) == Caller(fresh.record.id, "one", frozenset({"m"}))


async def test_the_key_of_the_environment_always_works() -> None:
    """amendments.md 1, API_KEY."""
    async with a_store() as store:
        found = await a_ring(store).find(API_KEY)

    assert found is not None
    assert found.models is None


async def test_a_known_key_asks_the_database_nothing() -> None:
    """architecture.md 12: a warm request touches no database."""
    clock = ManualClock()
    statements: list[str] = []
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        await ring.load()
        await watched(store.database, statements.append)

        for _ in range(100):
            clock.advance(0.04)
            assert await ring.find(fresh.secret) is not None
            assert await ring.find(API_KEY) is not None
        await ring.aclose()

    assert [s for s in statements if "keys" in s] == []


async def test_a_key_made_by_another_process_is_found_at_once() -> None:
    """architecture.md 12."""
    async with a_store() as store:
        ring = a_ring(store)
        await ring.load()
        fresh = await store.keys.create("one")

        assert await ring.find(fresh.secret) is not None


@pytest.mark.parametrize("presented", ["", "sk-ag-nobody", "x" * 513, "sk-ünï\ud800"])
async def test_what_is_no_key_is_nobody(presented: str) -> None:
    """threats.md S11."""
    async with a_store() as store:
        assert await a_ring(store).find(presented) is None


async def test_the_same_wrong_key_is_looked_up_only_now_and_then() -> None:
    """threats.md S11: negative cache bounded."""
    clock = ManualClock()
    statements: list[str] = []
    async with a_store(clock=clock) as store:
        ring = a_ring(store)
        await ring.load()
        await watched(store.database, statements.append)

        for _ in range(10):
            assert await ring.find("sk-ag-nobody") is None
        assert len(_looked_up(statements)) == 1
        clock.advance(5)
        assert await ring.find("sk-ag-nobody") is None
        assert len(_looked_up(statements)) == 2
        await ring.aclose()


def _looked_up(statements: list[str]) -> list[str]:
    return [one for one in statements if '"digest"=' in one]


async def test_a_key_revoked_here_is_refused_at_once() -> None:
    """threats.md S30: disabled at once."""
    async with a_store() as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        await ring.load()

        revoked = await store.keys.revoke(fresh.record.id)
        assert revoked is not None

        ring.take(revoked)

        assert await ring.find(fresh.secret) is None


async def test_a_key_revoked_elsewhere_is_refused_after_five_seconds() -> None:
    """amendments.md 1: short commands work beside a running gateway."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        await ring.load()
        await store.keys.revoke(fresh.record.id)
        assert await ring.find(fresh.secret) is not None

        clock.advance(5)
        await ring.find(fresh.secret)
        await ring.aclose()

        assert await ring.find(fresh.secret) is None


async def test_a_key_that_has_expired_is_told_by_its_terms() -> None:
    """admin-ui.md 2.3, Keys: an expired key is a known key, which is told so."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one", expires_at=clock.now() + 5)
        ring = a_ring(store)
        await ring.load()
        clock.advance(5)

        caller = await ring.find(fresh.secret)

        assert caller is not None
        assert caller.terms.expires_at == clock.now()


async def test_what_was_read_before_a_change_does_not_undo_it() -> None:
    """threats.md S30: disabled at once."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        clock.advance(1)
        revoked = await store.keys.revoke(fresh.record.id)
        assert revoked is not None
        ring.take(revoked)

        ring.take(fresh.record)

        assert await ring.find(fresh.secret) is None


async def test_known_keys_go_on_working_while_the_database_is_gone_and_others_are_told_to_wait() -> None:
    """faults.md F102: known keys work from memory; rule 7: a key is blamed only for itself."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        await ring.load()
    clock.advance(31)

    assert await ring.find(fresh.secret) is not None
    with pytest.raises(StoreUnavailable):
        await ring.find("sk-ag-not-seen-before")
    await ring.aclose()
    assert await ring.find(fresh.secret) is not None


async def test_a_use_is_passed_on_at_most_once_a_minute() -> None:
    """performance.md, building blocks 5."""
    clock = ManualClock()
    uses: list[tuple[KeyId, float]] = []
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store, uses)
        await ring.load()
        began = clock.now()
        for _ in range(13):
            await ring.find(fresh.secret)
            clock.advance(10)
        await ring.aclose()

    assert uses == [(fresh.record.id, began + 60 * n) for n in range(3)]


async def test_a_cancelled_request_does_not_break_the_look_up_of_the_next_one() -> None:
    """faults.md F107."""
    async with a_store() as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        for _ in range(50):
            task = asyncio.create_task(ring.find(fresh.secret))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])

        assert await ring.find(fresh.secret) is not None
        await ring.aclose()


async def test_a_key_that_was_changed_is_another_caller_after_the_next_reading() -> None:
    """`key update` says that a running gateway notices within 5 seconds."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        fresh = await store.keys.create("one")
        ring = a_ring(store)
        await ring.load()
        await store.keys.update(
            fresh.record.id,
            name="two",
            models=frozenset({"m"}),
            expires_at=None,
            allowance=Allowance(daily_tokens=5),
        )
        clock.advance(30.0)
        await ring.find(fresh.secret)
        await ring.aclose()

        found = await ring.find(fresh.secret)

    assert found == Caller(fresh.record.id, "two", frozenset({"m"}), Allowance(daily_tokens=5))
