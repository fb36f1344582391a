"""The loop of the process and its garbage collector."""

import asyncio
import gc

import pytest

from app.server import loop


def test_the_main_coroutine_runs_on_the_loop_of_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """amendments 8: uvloop when installed."""
    seen: list[str] = []

    async def main() -> None:
        seen.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    loop.run(main())
    monkeypatch.setattr(loop, "new_event_loop", None)
    loop.run(main())

    assert seen == ["uvloop", "asyncio"]


def test_a_failure_of_the_main_coroutine_is_the_caller_s() -> None:
    """architecture 17."""

    async def main() -> None:
        raise OSError("address in use")

    with pytest.raises(OSError, match="in use"):
        loop.run(main())


def test_the_collector_looks_rarely_and_not_at_what_the_start_made() -> None:
    """performance.md: garbage collection at many streams."""
    before = gc.get_threshold()
    try:
        loop.tune_gc()
        assert gc.get_threshold() == (50_000, 50, 1000)
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
