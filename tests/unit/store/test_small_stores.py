"""Knobs, sessions, pool state, signatures, the vault: small tables with one rule each."""

from pathlib import Path

import pytest

from app.signatures import StoredEntry
from app.store import vault
from app.store.errors import SealBroken
from app.store.pool_state import Lasting
from app.store.sessions import Session
from tests.support.clock import ManualClock
from tests.support.store import a_seal, a_store


async def test_every_change_of_a_knob_raises_the_version() -> None:
    """architecture.md 12: knobs, with a version counter."""
    async with a_store() as store:
        first = await store.knobs.put("heartbeat_s", "5.0")
        second = await store.knobs.put("heartbeat_s", "6.0")
        third = await store.knobs.reset("heartbeat_s")

        assert (first.values, second.values, third.values) == (
            {"heartbeat_s": "5.0"},
            {"heartbeat_s": "6.0"},
            {},
        )
        assert [first.version, second.version, third.version] == [1, 2, 3]
        assert await store.knobs.read() == third


def a_session(name: str, clock: ManualClock, lasts_s: float = 100.0) -> Session:
    now = clock.now()
    return Session(
        id=name, created_at=now, expires_at=now + lasts_s, last_seen_at=now, peer="::1", agent="curl"
    )


async def test_a_session_lives_until_it_ends_or_expires() -> None:
    """amendments.md 2: admin sessions can be listed and revoked; threats.md S05."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        for name in ("a", "b", "c"):
            await store.sessions.begin(a_session(name, clock))
            clock.advance(1)
        await store.sessions.begin(a_session("short", clock, lasts_s=5))

        assert await store.sessions.end("b")
        assert not await store.sessions.end("b")
        assert [s.id for s in await store.sessions.all()] == ["short", "c", "a"]
        clock.advance(6)
        assert await store.sessions.find("short") is None
        await store.sessions.seen("a")
        seen = await store.sessions.find("a")
        assert seen is not None
        assert seen.last_seen_at == clock.now()
        assert await store.sessions.end_all(but="a") == 2
        assert [s.id for s in await store.sessions.all()] == ["a"]


async def test_a_session_of_an_endless_browser_name_is_kept() -> None:
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        now = clock.now()
        await store.sessions.begin(
            Session(id="a", created_at=now, expires_at=now + 9, last_seen_at=now, agent="x" * 5000)
        )

        (kept,) = await store.sessions.all()
    assert len(kept.agent) == 255


async def test_pool_state_survives_a_restart_until_it_means_nothing(tmp_path: Path) -> None:
    """faults.md F125: cool-downs survive."""
    clock = ManualClock()
    async with a_store(tmp_path, clock=clock) as store:
        await store.pool_state.replace({"gone": Lasting(b"x", clock.now() + 100)})
        await store.pool_state.replace(
            {"a": Lasting(b"1", clock.now() + 100), "b": Lasting(b"2", clock.now() + 10)}
        )
    clock.advance(20)
    async with a_store(tmp_path, clock=clock) as store:
        assert await store.pool_state.read() == {"a": b"1"}


async def test_signatures_are_written_behind_and_come_back_in_pieces(tmp_path: Path) -> None:
    """architecture.md 12: signatures, written behind to the database."""
    entries = [StoredEntry(f"k{n:04}", b"value %d" % n, 1000.0 + n // 3) for n in range(1300)]
    async with a_store(tmp_path) as store:
        store.signatures.save(entries)
        store.signatures.save([StoredEntry("k0000", b"newer", 5000.0)])

    async with a_store(tmp_path) as store:
        pieces = [piece async for piece in store.signatures.saved_since(1001.0)]

    found = [entry for piece in pieces for entry in piece]
    assert {e.key: e for e in found} == {
        e.key: e for e in [*entries[3:], StoredEntry("k0000", b"newer", 5000.0)]
    }
    assert len(found) == len({e.key for e in found})
    assert max(map(len, pieces)) <= 500


async def test_signatures_hold_thoughts_and_are_sealed(tmp_path: Path) -> None:
    """threats.md, assets: prompts and answers."""
    async with a_store(tmp_path) as store:
        store.signatures.save([StoredEntry("k", b"a private thought", 1.0)])
        await store.writer.flush()
        files = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())

    async with a_store(tmp_path, seal=a_seal("another key", "a sealing key for tests, 32 letters")) as store:
        kept = [piece async for piece in store.signatures.saved_since(0.0)]

    assert b"private" not in files
    assert kept == [[StoredEntry("k", b"a private thought", 1.0)]]


async def test_old_signatures_are_forgotten() -> None:
    async with a_store() as store:
        store.signatures.save([StoredEntry(f"k{n}", b"v", float(n)) for n in range(10)])
        await store.writer.flush()

        assert await store.signatures.prune(4.0) == 4


async def test_a_secret_of_the_vault_is_made_once_and_needs_the_key(tmp_path: Path) -> None:
    """amendments.md 2: a pepper for request keys."""
    async with a_store(tmp_path) as store:
        first = await vault.secret(store.database, a_seal(), "a secret")
        again = await vault.secret(store.database, a_seal(), "a secret")
        with pytest.raises(SealBroken):
            await vault.secret(store.database, a_seal("another key"), "a secret")

    assert first == again
    assert len(first) == 32
