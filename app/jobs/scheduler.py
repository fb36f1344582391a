"""Periodic work: each job in a task of its own, with jitter, never two runs of one at the same time.

A job that fails is logged and tried again, after a longer and longer wait. Never: what a job does.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final, Protocol

import structlog

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


class Scheduler:
    """Runs jobs until `stop`. Needs a running loop from the first `add` on."""

    def __init__(self, clock: Clock, *, jitter: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._jitter = jitter
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def add(self, job: Job) -> None:
        """Run `job` for the first time after its pause, and so on."""
        task = asyncio.get_running_loop().create_task(self._repeat(job), name=f"job {_name(job)}")
        self._tasks[id(job)] = task
        task.add_done_callback(lambda _: self._tasks.pop(id(job), None))

    def drop(self, job: Job) -> None:
        """End `job`, in the middle of a run if need be; `stop` waits for its end."""
        if task := self._tasks.get(id(job)):
            task.cancel()

    async def remove(self, job: Job) -> None:
        """End `job`, and return when it has."""
        if task := self._tasks.get(id(job)):
            task.cancel()
            await asyncio.wait([task])

    async def stop(self) -> None:
        """End all jobs, and return when they have."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def _repeat(self, job: Job) -> None:
        failures = 0
        while True:
            # Up to a tenth longer, so that jobs of several processes do not fall into step.
            pause = job.every_s * min(2**failures, _LONGEST_WAIT)
            await self._clock.sleep(pause * (1 + _JITTER * self._jitter()))
            failures = 0 if await self._ran(job) else min(failures + 1, _LONGEST_WAIT)

    async def _ran(self, job: Job) -> bool:
        try:
            await job.run_once()
        except Exception:  # a job may fail in any way; the next run may go well
            log.exception("job failed", job=_name(job))
            return False
        return True


def _name(job: Job) -> str:
    return type(job).__name__
