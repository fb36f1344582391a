"""Periodic work: each job in a task of its own, with jitter, never two runs of one at the same time.

A job that fails is logged and tried again, after a longer and longer wait. Never: what a job does.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from msgspec import Struct

from app.clock import Clock

log = structlog.get_logger(__name__)

_JITTER: Final = 0.1
_LONGEST_WAIT: Final = 10
"""A job that goes on failing waits at most so many times its usual pause."""


class Job(Protocol):
    """Something to be done again and again. `every_s` is the pause between two runs, in seconds."""

    @property
    def every_s(self) -> float:
        """Asked anew after each run."""
        ...

    async def run_once(self) -> None:
        """Do it once. What it raises is logged."""
        ...


class JobReport(Struct, frozen=True):
    """How a job does. `ran_at` is the epoch instant at which its last run ended, None before the first;
    `failures` counts those in a row."""

    name: str
    every_s: float
    ran_at: float | None = None
    failures: int = 0


class Scheduler:
    """Runs jobs until `stop`. Needs a running loop from the first `add` on."""

    def __init__(self, clock: Clock, *, jitter: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._jitter = jitter
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._ended: dict[asyncio.Task[None] | None, tuple[float, int]] = {}

    def add(self, job: Job) -> None:
        """Run `job` for the first time after its pause, and so on."""
        task = asyncio.get_running_loop().create_task(self._repeat(job), name=f"job {_name(job)}")
        self._tasks[task] = job
        task.add_done_callback(self._forget)

    def reports(self) -> tuple[JobReport, ...]:
        """Every job, in the order in which they were added."""
        return tuple(
            JobReport(_name(job), job.every_s, *self._ended.get(task, ()))
            for task, job in self._tasks.items()
        )

    def drop(self, job: Job) -> None:
        """End `job`, in the middle of a run if need be; `stop` waits for its end."""
        for task in self._of(job):
            task.cancel()

    async def remove(self, job: Job) -> None:
        """End `job`, and return when it has."""
        self.drop(job)
        if tasks := self._of(job):
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        """End all jobs, and return when they have."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _of(self, job: Job) -> list[asyncio.Task[None]]:
        """More than one where the job was added again before it had ended."""
        return [task for task, other in self._tasks.items() if other is job]

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task)
        self._ended.pop(task, None)

    async def _repeat(self, job: Job) -> None:
        failures = 0
        while True:
            # Up to a tenth longer, so that jobs of several processes do not fall into step.
            pause = job.every_s * min(2**failures, _LONGEST_WAIT)
            await self._clock.sleep(pause * (1 + _JITTER * self._jitter()))
            failures = 0 if await self._ran(job) else min(failures + 1, _LONGEST_WAIT)
            self._ended[asyncio.current_task()] = (self._clock.now(), failures)

    async def _ran(self, job: Job) -> bool:
        try:
            await job.run_once()
        except Exception:  # a job may fail in any way; the next run may go well
            log.exception("job failed", job=_name(job))
            return False
        return True


def _name(job: Job) -> str:
    return type(job).__name__
