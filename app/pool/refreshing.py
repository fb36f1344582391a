"""Asking the upstream about every account, as one piece of work that outlives who began it. Values only.

A run has one row per account, so that it goes on where it was after a restart. Instants are epoch seconds.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from app.ids import AccountId

EQUAL_FAILURES = 10
"""After so many accounts in a row that failed alike a run stops itself: it is not the accounts."""

STALE_S = 30.0
"""A worker that gave no sign for so long is gone, and another may go on."""


class RunState(StrEnum):
    """How a run stands. From running to each of the others; from paused back, or to cancelled."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class Part(StrEnum):
    """What can be asked for of an account."""

    TOKEN = "token"  # noqa: S105 - the name of a part
    QUOTA = "quota"
    MODELS = "models"


ALL_PARTS = frozenset(Part)


class ItemState(StrEnum):
    """How far one account of a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RefreshRun(Struct, frozen=True, kw_only=True):
    """One run and how many accounts are how far. `parallel` accounts are asked about at once.

    `parts` is what is asked for. `stopped` says why a run that is paused has stopped itself. `scope` is which
    accounts it was begun for, as whoever began it wrote it down.
    """

    id: str
    state: RunState
    parallel: int
    created_at: float
    ended_at: float | None = None
    worker: str = ""
    beat_at: float = 0.0
    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    parts: frozenset[Part] = ALL_PARTS
    stopped: str = ""
    scope: str = ""

    @property
    def total(self) -> int:
        """How many accounts the run is about."""
        return self.waiting + self.running + self.done + self.failed

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state in (RunState.DONE, RunState.CANCELLED)


class RefreshItem(Struct, frozen=True, kw_only=True):
    """One account of a run. `reason` says why it failed."""

    account: AccountId
    email: str
    state: ItemState
    reason: str = ""
    ended_at: float | None = None


class Asked(Protocol):
    """An account as far as a run has to know it."""

    @property
    def id(self) -> AccountId: ...

    @property
    def email(self) -> str: ...


class RefreshBook(Protocol):
    """Where runs are kept. Every change is one transaction."""

    async def begin(
        self,
        accounts: Sequence[Asked],
        *,
        parallel: int,
        parts: frozenset[Part] = ALL_PARTS,
        scope: str = "",
    ) -> RefreshRun:
        """A new run about these accounts; the one that is not over, if there is one, which then goes on."""
        ...

    async def find(self, run: str) -> RefreshRun | None:
        """One run."""
        ...

    async def all(self) -> tuple[RefreshRun, ...]:
        """Every run that is kept, newest first."""
        ...

    async def items(self, run: str) -> tuple[RefreshItem, ...]:
        """The accounts of a run, in the order in which they are asked about."""
        ...

    async def steer(self, run: str, state: RunState) -> RefreshRun | None:
        """Pause, cancel or go on; gives the run as it stands then, None when there is none.

        A state that cannot follow on the run's own changes nothing.
        """
        ...

    async def stop(self, run: str, reason: str) -> None:
        """Pause a run that should not go on by itself, and note why."""
        ...

    async def unattended(self, worker: str = "") -> RefreshRun | None:
        """The run that should be going on and has no living worker but `worker`, who asks."""
        ...

    async def claim(self, run: str, worker: str) -> bool:
        """Make `worker` the only one at a run; what a lost one left half done waits again. False: taken."""
        ...

    async def beat(self, run: str, worker: str) -> None:
        """A sign of life."""
        ...

    async def take(self, run: str) -> RefreshItem | None:
        """The next account to ask about; None when there is none, or the run shall not go on."""
        ...

    async def settle(self, run: str, account: AccountId, *, reason: str = "") -> None:
        """An account is done or, with a reason, failed."""
        ...

    async def release(self, run: str, worker: str) -> None:
        """The worker leaves; a run in which nothing waits is over then."""
        ...
