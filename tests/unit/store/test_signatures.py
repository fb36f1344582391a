"""Thought signatures at rest."""

from pathlib import Path

from app.signatures import StoredEntry
from tests.support.store import a_seal, a_store


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
