"""Runs over accounts as the admin API takes and shows them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from app.admin.schemas.accounts import AccountFilter, Ids
from app.admin.schemas.base import Body
from app.pool.refreshing import ALL_PARTS, Part, RefreshItem, RunState


class RefreshBody(Body, frozen=True, kw_only=True):
    """How many accounts are asked about at once, for what, and which: all that are enabled, or one of these.

    `older_than_s`: those whose quota was not read for so long.
    """

    parallel: Annotated[int, msgspec.Meta(ge=1, le=32)] = 4
    parts: Annotated[frozenset[Part], msgspec.Meta(min_length=1)] = ALL_PARTS
    accounts: Ids | None = None
    filter: AccountFilter | None = None
    older_than_s: Annotated[float, msgspec.Meta(ge=0, le=365 * 86_400)] | None = None


class RunScope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which accounts a run was begun for."""

    kind: Literal["all", "chosen", "filter", "older"] = "all"
    filter: AccountFilter | None = None
    older_than_s: float | None = None


class RunView(Struct, frozen=True, kw_only=True):
    """A run over accounts and how far it is.

    `attended`: somebody works on it. `per_minute` is the pace of the last minute and `left_s` what that makes
    of the rest, both null while nobody can tell. `stopped` says why a paused run has stopped itself.
    """

    id: str
    state: RunState
    parallel: int
    parts: list[Part]
    scope: RunScope
    created_at: float
    ended_at: float | None
    stopped: str
    attended: bool
    per_minute: float | None
    left_s: float | None
    total: int
    waiting: int
    running: int
    done: int
    failed: int

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state in (RunState.DONE, RunState.CANCELLED)


class FailureGroup(Struct, frozen=True, kw_only=True):
    """Accounts of a run that failed alike. `advice`: `act` where they wait for a person, else `retry`."""

    reason: str
    advice: Literal["act", "retry"]
    accounts: list[str]
    emails: list[str]


class RunList(Struct, frozen=True, kw_only=True):
    """The newest runs."""

    refreshes: list[RunView]


class JobView(Struct, frozen=True, kw_only=True):
    """Something that the gateway does every `every_s` seconds. `ran_at` is null before the first time;
    `failures` counts those in a row."""

    name: str
    every_s: float
    ran_at: float | None
    failures: int


class JobList(Struct, frozen=True, kw_only=True):
    """What the gateway does again and again."""

    jobs: list[JobView]


class RunDetail(Struct, frozen=True, kw_only=True):
    """A run with its accounts, and why some failed."""

    refresh: RunView
    failures: list[FailureGroup]
    accounts: list[RefreshItem]


class RetryBody(Body, frozen=True, kw_only=True):
    """Which of the failures of a run are tried again: those of a reason, null for all."""

    reason: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
