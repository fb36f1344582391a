"""Who changed what."""

from pathlib import Path

from app.store.audit import HIDDEN
from tests.support.clock import ManualClock
from tests.support.store import a_store


async def test_changes_are_read_newest_first_page_by_page() -> None:
    """admin-ui.md 2.3, System: audit log."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        for number in range(5):
            clock.advance(1)
            await store.audit.note("admin", "key.pause", f"key_{number % 2}", {"number": number})
        first = await store.audit.page(limit=2)
        second = await store.audit.page(limit=2, before=first.next)
        last = await store.audit.page(limit=2, before=second.next)
        own = await store.audit.page(subject="key_1")
        none = await store.audit.page(action="key.revoke")

    numbers = [[one.detail["number"] for one in page.entries] for page in (first, second, last, own)]
    assert numbers == [[4, 3], [2, 1], [0], [3, 1]]
    assert (last.next, none.entries) == (None, ())
    assert first.entries[0].at == clock.now()


async def test_what_is_secret_by_its_name_never_reaches_the_disk(tmp_path: Path) -> None:
    """threats.md S13."""
    async with a_store(tmp_path) as store:
        await store.audit.note(
            "admin",
            "account.add",
            "acc_1",
            {"refresh_token": "1//canary", "inner": {"client_secret": "canary-2"}, "daily_tokens": 5},
        )
        (entry,) = (await store.audit.page()).entries

    assert entry.detail == {
        "refresh_token": HIDDEN,
        "inner": {"client_secret": HIDDEN},
        "daily_tokens": 5,
    }
    assert not any(b"canary" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_any_text_can_be_noted() -> None:
    async with a_store() as store:
        await store.audit.note("a\0\ud800" * 200, "b" * 500, "c" * 500, {"d": "e" * 9000, "f": [object()]})
        (entry,) = (await store.audit.page()).entries

    assert (len(entry.actor), len(entry.action), len(entry.subject)) < (129, 65, 201)
    assert len(str(entry.detail["d"])) == 500


async def test_old_changes_are_forgotten() -> None:
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        await store.audit.note("admin", "old")
        clock.advance(100)
        await store.audit.note("admin", "new")

        assert await store.audit.prune(clock.now() - 50) == 1
        assert [one.action for one in (await store.audit.page()).entries] == ["new"]
