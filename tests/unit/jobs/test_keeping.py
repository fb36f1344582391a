"""Jobs that keep what is stored in order."""

from collections.abc import Mapping

from app.ids import AccountId
from app.jobs.keeping import SAVE_EVERY_S, Prune, ReadKnobs, SavePoolState
from app.pool.memo import PoolMemo
from app.pool.model import PoolChange
from tests.support.clock import ManualClock


class Saved:
    """A book that counts."""

    def __init__(self) -> None:
        self.times = 0

    async def save(self, memo: PoolMemo, alarms: Mapping[str, str]) -> None:
        self.times += 1


async def test_the_pools_state_is_saved_soon_after_something_cooled_and_now_and_then_else() -> None:
    """architecture.md 9.6; faults.md F125."""
    clock, book = ManualClock(), Saved()
    job = SavePoolState(book, PoolMemo, dict, clock)
    await job.run_once()
    clock.advance(SAVE_EVERY_S / 2)
    await job.run_once()
    assert book.times == 1

    job.told(PoolChange("refreshed", AccountId("anna")))
    await job.run_once()
    assert book.times == 1

    job.told(PoolChange("cooled", AccountId("anna")))
    await job.run_once()
    assert book.times == 2

    clock.advance(SAVE_EVERY_S)
    await job.run_once()
    assert book.times == 3


async def test_knobs_are_put_in_force_when_they_have_changed() -> None:
    """architecture.md 13."""
    stored: list[tuple[int, Mapping[str, str]]] = [(0, {})]
    applied: list[Mapping[str, str]] = []

    async def read() -> tuple[int, Mapping[str, str]]:
        return stored[-1]

    job = ReadKnobs(read, applied.append)
    await job.run_once()
    await job.run_once()
    stored.append((1, {"waiting": "7"}))
    await job.run_once()

    assert applied == [{}, {"waiting": "7"}]


async def test_everything_old_is_forgotten_in_turn() -> None:
    pruned: list[str] = []

    async def rows() -> int:
        pruned.append("rows")
        return 3

    async def signatures() -> int:
        pruned.append("signatures")
        return 0

    await Prune(rows, signatures).run_once()

    assert pruned == ["rows", "signatures"]
