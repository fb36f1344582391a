"""Client keys in the database."""

from pathlib import Path

import pytest

from app.allowance import Allowance, Terms
from app.ids import KeyId
from app.networks import networks_of
from tests.support.clock import ManualClock
from tests.support.store import a_store


async def test_a_key_is_random_and_recognisable_by_its_ends() -> None:
    """amendments.md 2: 256-bit random, shown once."""
    async with a_store() as store:
        first, second = await store.keys.create("one"), await store.keys.create("two")

    assert first.secret != second.secret
    assert first.secret.startswith("sk-")
    assert len(first.secret) - len("sk-ag-") == 43
    assert first.secret.startswith(first.record.prefix)
    assert first.secret.endswith(first.record.last4)


async def test_the_key_stands_nowhere_in_the_database(tmp_path: Path) -> None:
    """threats.md S12: search the database for the key."""
    async with a_store(tmp_path) as store:
        secret = (await store.keys.create("one")).secret
        files = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())

    assert secret.encode() not in files
    assert secret[9:-4].encode() not in files


async def test_a_key_is_found_by_its_digest_again_after_a_restart(tmp_path: Path) -> None:
    """amendments.md 2: HMAC-SHA256 with a pepper, which is the same after a restart."""
    async with a_store(tmp_path) as store:
        fresh = await store.keys.create("one", models=frozenset({"m"}), expires_at=2e9)

    async with a_store(tmp_path) as store:
        assert await store.keys.find_digest(store.keys.digest(fresh.secret)) == fresh.record
        assert await store.keys.find_digest(store.keys.digest("sk-ag-other")) is None


async def test_two_databases_give_the_same_key_different_digests(tmp_path: Path) -> None:
    """threats.md S11: a server pepper."""
    async with a_store(tmp_path / "a") as one, a_store(tmp_path / "b") as other:
        assert one.keys.digest("sk-ag-same") != other.keys.digest("sk-ag-same")


async def test_a_revoked_key_stays_in_the_list_and_revoking_again_changes_nothing() -> None:
    """threats.md S30."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        key = (await store.keys.create("one")).record
        first = await store.keys.revoke(key.id)
        clock.advance(10)

        second = await store.keys.revoke(key.id)

        assert first is not None
        assert first == second
        assert not first.is_valid(clock.now())
        assert await store.keys.all() == (first,)
        assert await store.keys.revoke(KeyId("key_nobody")) is None


async def test_a_key_ends_when_it_expires() -> None:
    """threats.md S30."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        key = (await store.keys.create("one", expires_at=clock.now() + 10)).record

    assert key.is_valid(clock.now())
    clock.advance(10)
    assert not key.is_valid(clock.now())


async def test_keys_are_found_by_id_or_by_the_name_of_valid_ones() -> None:
    async with a_store() as store:
        old = (await store.keys.create("laptop")).record
        await store.keys.revoke(old.id)
        new = (await store.keys.create("laptop")).record

        assert [key.id for key in await store.keys.find_named("laptop")] == [new.id]
        assert [key.id for key in await store.keys.find_named(old.id)] == [old.id]


async def test_only_what_changed_is_read_again() -> None:
    """architecture.md 12."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        old = (await store.keys.create("old")).record
        clock.advance(100)
        middle = clock.now()
        new = (await store.keys.create("new")).record
        assert [key.id for key in await store.keys.changed_since(middle)] == [new.id]

        await store.keys.revoke(old.id)

        assert {key.id for key in await store.keys.changed_since(middle)} == {old.id, new.id}


async def test_the_text_form_of_a_fresh_key_hides_it() -> None:
    """threats.md S14."""
    async with a_store() as store:
        fresh = await store.keys.create("one")

    assert fresh.secret not in repr(fresh)


async def test_the_last_use_is_written_behind() -> None:
    """performance.md, building blocks 5."""
    async with a_store() as store:
        key = (await store.keys.create("one")).record
        store.key_uses.note(key.id, 5.0)
        store.key_uses.note(key.id, 6.0)

        assert await store.writer.flush()

        assert (await store.keys.all())[0].last_used_at == 6.0


async def test_only_what_is_named_of_a_key_is_changed() -> None:
    """admin-ui.md 2.3, Keys: note, pause, concurrent, address list."""
    async with a_store() as store:
        made = await store.keys.create(
            "one", note="the laptop", addresses=("10.0.0.0/8",), allowance=Allowance(concurrent=2)
        )
        paused = await store.keys.update(made.record.id, paused=True)

    assert paused is not None
    assert (paused.note, paused.addresses, paused.allowance.concurrent) == ("the laptop", ("10.0.0.0/8",), 2)
    assert (made.record.standing(0), paused.standing(0)) == ("active", "paused")
    assert paused.terms == Terms(paused=True, networks=networks_of(("10.0.0.0/8",)))


async def test_what_is_no_address_is_not_stored() -> None:
    """threats.md S40: a list that cannot be read is not one that lets everybody in."""
    async with a_store() as store:
        made = (await store.keys.create("one")).record

        with pytest.raises(ValueError, match="not appear to be"):
            await store.keys.update(made.id, addresses=("home",))

        assert (await store.keys.all())[0].addresses is None
