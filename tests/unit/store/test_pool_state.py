"""What the pool would miss after a restart."""

from pathlib import Path

from app.ids import AccountId
from app.pool.memo import PoolMemo, RestMemo, WindowsMemo
from app.store.pool_state import Lasting
from app.upstreams.base import Window
from tests.support.clock import ManualClock
from tests.support.store import a_store


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


def a_rest(account: str, until_epoch: float, why: str = "quota") -> RestMemo:
    return RestMemo(AccountId(account), "group", "gemini", until_epoch, until_epoch, why, told=True)


async def test_cool_downs_windows_and_alarms_come_back_as_they_were(tmp_path: Path) -> None:
    """faults.md F125: cool-downs of at least a minute survive, with quota and its age."""
    clock = ManualClock()
    window = Window("gemini", "gemini-5h", 0.25, clock.now() + 500, "summary", clock.now() - 7)
    long, short = a_rest("anna", clock.now() + 3600), a_rest("ben", clock.now() + 30)
    memo = PoolMemo((long, short), (WindowsMemo(AccountId("anna"), (window,)),))
    async with a_store(tmp_path, clock=clock) as store:
        await store.pool_state.save(memo, {"oauth_client": "The client is wrong."})
    async with a_store(tmp_path, clock=clock) as store:
        recalled = await store.pool_state.recall()

        assert recalled == PoolMemo((long,), memo.windows)
        assert await store.pool_state.alarms() == {"oauth_client": "The client is wrong."}

        clock.advance(3600)
        assert (await store.pool_state.recall()).rests == ()
        assert await store.pool_state.alarms() == {}


async def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    clock = ManualClock()
    memo = PoolMemo((a_rest("anna", clock.now() + 3600),))
    async with a_store(tmp_path, clock=clock) as store:
        await store.pool_state.save(memo, {})
        await store.pool_state.replace({})

        await store.pool_state.save(memo, {})
        assert await store.pool_state.recall() == PoolMemo()

        await store.pool_state.save(PoolMemo((a_rest("anna", clock.now() + 7200),)), {})
        assert len((await store.pool_state.recall()).rests) == 1


async def test_what_another_version_wrote_is_left_out(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_store(tmp_path, clock=clock) as store:
        await store.pool_state.replace({"rest/anna/group/gemini": Lasting(b"{}", clock.now() + 100)})

        assert await store.pool_state.recall() == PoolMemo()
