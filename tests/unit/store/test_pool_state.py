"""What the pool would miss after a restart."""

from pathlib import Path

from app.store.pool_state import Lasting
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
