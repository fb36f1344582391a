"""What became of accounts."""

from app.ids import AccountId
from app.pool.model import PoolChange
from app.store.history import KEPT_S
from tests.support.clock import ManualClock
from tests.support.store import a_store

ANNA, BEN = AccountId("acc_anna"), AccountId("acc_ben")


async def test_the_states_of_an_account_are_told_with_their_causes() -> None:
    """admin-ui.md 2.3, Account detail: state history."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        for change in (
            PoolChange("added", ANNA),
            PoolChange("cooled", ANNA, "gemini-3-pro", "rate_limited", 5.0),
            PoolChange("cooled", ANNA, "gemini-3-pro", "rate_limited", 9.0),
            PoolChange("cooled", ANNA, "claude", "quota"),
            PoolChange("cooled", None, "claude", "capacity"),
            PoolChange("marked", ANNA, "needs_sign_in", "Sign in again."),
            PoolChange("cooled", BEN, "claude", "quota"),
            PoolChange("ready", ANNA),
            PoolChange("disabled", ANNA),
        ):
            clock.advance(1)
            store.history.told(change)
        assert await store.writer.flush()
        events = await store.history.events(ANNA)

    assert [(one.state, one.cause) for one in reversed(events)] == [
        ("ready", "added"),
        ("cooling", "gemini-3-pro: rate_limited"),
        ("exhausted", "claude: quota"),
        ("needs_sign_in", "Sign in again."),
        ("ready", "ready"),
        ("disabled", ""),
    ]


async def test_a_quota_is_written_down_when_it_has_changed() -> None:
    """admin-ui.md 2.3, Account detail: quota history."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        for left in (1.0, 1.0, 0.5, 0.5, None, 1.0):
            clock.advance(60)
            store.history.read(ANNA, [("gemini", "gemini-5h", left), ("claude", "claude-5h", 0.25)])
        assert await store.writer.flush()
        points = await store.history.quota(ANNA)
        later = await store.history.quota(ANNA, since=clock.now())

    assert [one.left for one in points if one.quota_group == "gemini"] == [1.0, 0.5, None, 1.0]
    assert [one.left for one in points if one.quota_group == "claude"] == [0.25]
    assert len(later) == 1


async def test_quotas_are_forgotten_after_two_weeks() -> None:
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        store.history.read(ANNA, [("gemini", "5h", 1.0)])
        store.history.told(PoolChange("disabled", ANNA))
        assert await store.writer.flush()
        clock.advance(KEPT_S + 1)

        assert await store.history.prune(events_before=0.0) == 1
        assert await store.history.quota(ANNA) == ()
        assert len(await store.history.events(ANNA)) == 1
        assert await store.history.prune(events_before=clock.now()) == 1


async def test_an_account_that_comes_back_begins_anew() -> None:
    async with a_store() as store:
        store.history.read(ANNA, [("gemini", "5h", 1.0)])
        store.history.told(PoolChange("removed", ANNA))
        store.history.read(ANNA, [("gemini", "5h", 1.0)])
        assert await store.writer.flush()

        assert len(await store.history.quota(ANNA)) == 2
