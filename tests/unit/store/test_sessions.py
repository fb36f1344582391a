"""Sessions of administrators."""

from app.store.sessions import Session
from tests.support.clock import ManualClock
from tests.support.store import a_store


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
