"""Jobs run again and again, apart from each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog.testing

from app.jobs.scheduler import Scheduler
from tests.support.clock import ManualClock
from tests.support.pool import settled


class AJob:
    """Counts its runs; `hold` stops it on the way, `fails` makes it raise."""

    def __init__(self, every_s: float = 10.0) -> None:
        self.every_s = every_s
        self.runs = 0
        self.ended = 0
        self.fails = False
        self.hold: asyncio.Event | None = None

    async def run_once(self) -> None:
        self.runs += 1
        if self.hold is not None:
            await self.hold.wait()
        if self.fails:
            raise RuntimeError("it broke")
        self.ended += 1


@asynccontextmanager
async def running(*jobs: AJob, jitter: float = 0.0) -> AsyncIterator[tuple[ManualClock, Scheduler]]:
    clock = ManualClock()
    scheduler = Scheduler(clock, jitter=lambda: jitter)
    for job in jobs:
        scheduler.add(job)
    await settled()
    yield clock, scheduler
    await scheduler.stop()


async def passed(clock: ManualClock, seconds: float) -> None:
    clock.advance(seconds)
    await settled()


async def test_a_job_runs_once_per_period_and_a_little_later_by_chance() -> None:
    """architecture.md 16: jitter."""
    job = AJob(every_s=10.0)
    async with running(job, jitter=0.5) as (clock, _):
        await passed(clock, 10.0)
        assert job.runs == 0

        await passed(clock, 0.6)
        assert job.runs == 1

        await passed(clock, 10.6)
        assert job.runs == 2


async def test_a_job_does_not_overtake_itself() -> None:
    """architecture.md 16: no overlap."""
    job = AJob()
    job.hold = asyncio.Event()
    async with running(job) as (clock, _):
        await passed(clock, 100.0)
        await passed(clock, 100.0)
        assert (job.runs, job.ended) == (1, 0)

        job.hold.set()
        await settled()
        await passed(clock, 11.0)
        assert job.runs == 2


async def test_a_failing_job_is_logged_and_tried_later_and_later_and_harms_no_other() -> None:
    """architecture.md 16: errors logged and backed off."""
    bad, good = AJob(), AJob()
    bad.fails = True
    with structlog.testing.capture_logs() as logs:
        async with running(bad, good) as (clock, _):
            for _ in range(15):
                await passed(clock, 10.0)

    assert good.runs == 15
    assert bad.runs == 4  # after 10, 30, 70 and 150 seconds
    assert {entry["event"] for entry in logs} == {"job failed"}


async def test_jobs_come_and_go_while_it_runs() -> None:
    """architecture.md 8.4: addons bring jobs of their own."""
    late = AJob()
    async with running() as (clock, scheduler):
        scheduler.add(late)
        await settled()
        await passed(clock, 10.0)
        assert late.runs == 1

        await scheduler.remove(late)
        await passed(clock, 100.0)
        assert late.runs == 1


async def test_the_end_ends_what_runs() -> None:
    job = AJob()
    job.hold = asyncio.Event()
    async with running(job) as (clock, scheduler):
        await passed(clock, 10.0)

        await scheduler.stop()

    assert (job.runs, job.ended) == (1, 0)


async def test_a_job_that_is_dropped_and_added_at_once_goes_on_and_ends_at_the_end() -> None:
    """architecture.md 8.5: an addon that is switched off and on again."""
    job = AJob()
    async with running(job) as (clock, scheduler):
        scheduler.drop(job)
        scheduler.add(job)
        await settled()
        await passed(clock, 10.0)
        assert job.runs == 1

        await scheduler.stop()
        await passed(clock, 100.0)
        assert job.runs == 1


async def test_a_job_that_was_dropped_and_added_at_once_is_waited_for_at_the_end() -> None:
    job, let_go = AJob(), asyncio.Event()

    async def cleaning_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            while not let_go.is_set():
                with suppress(asyncio.CancelledError):  # the end cancels it once more
                    await let_go.wait()
            job.ended += 1

    job.run_once = cleaning_up  # type: ignore[method-assign]  # a run that takes a while to end
    async with running(job) as (clock, scheduler):
        await passed(clock, 10.0)
        scheduler.drop(job)
        scheduler.add(job)
        stopping = asyncio.ensure_future(scheduler.stop())
        await settled()
        assert not stopping.done()

        let_go.set()
        await stopping

    assert job.ended == 1


async def test_how_each_job_does_is_told() -> None:
    """admin-ui.md 2.3, Jobs: retention, roll-ups and the like, with their last run and how it went."""
    good, bad = AJob(10.0), AJob(5.0)
    bad.fails = True
    async with running(good, bad) as (clock, scheduler):
        assert [(one.name, one.every_s, one.ran_at) for one in scheduler.reports()] == [
            ("AJob", 10.0, None),
            ("AJob", 5.0, None),
        ]
        with structlog.testing.capture_logs():
            clock.advance(10.0)
            await settled()

        first, second = scheduler.reports()
        assert (first.ran_at, first.failures) == (clock.now(), 0)
        assert (second.ran_at, second.failures) == (clock.now(), 1)
        await scheduler.remove(bad)
        assert len(scheduler.reports()) == 1
