"""The values of the pool: accounts as stored, lanes, wishes, grants, outcomes, and what people are shown.

Instants are monotonic seconds unless a name says epoch. Never: behaviour, time, waiting.
"""

from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from app.ids import AccountId, LeaseId
from app.upstreams.base import Window
from app.verdicts import Cool, Mark

__all__ = [
    "Account",
    "AccountState",
    "AccountStatus",
    "Bucket",
    "Candidate",
    "CoolingStatus",
    "Grant",
    "Lane",
    "Outcome",
    "PoolChange",
    "PoolLimits",
    "PoolView",
    "Standing",
    "State",
    "Strategy",
    "Trust",
    "Wait",
    "Want",
    "Window",
]


Strategy: TypeAlias = Literal["balanced", "round_robin", "fill_first"]
"""In which order accounts are taken; see `app.pool.order`."""


class AccountState(StrEnum):
    """Whether an account can be lent, as far as only a person or the upstream can change it."""

    READY = "ready"
    ONBOARDING = "onboarding"
    NEEDS_SIGN_IN = "needs_sign_in"
    NEEDS_VERIFICATION = "needs_verification"
    SUSPENDED = "suspended"
    PROJECT_ERROR = "project_error"


class State(StrEnum):
    """How an account stands, as a whole or for one model."""

    READY = "ready"
    COOLING = "cooling"
    EXHAUSTED = "exhausted"
    ONBOARDING = "onboarding"
    PROJECT_ERROR = "project_error"
    NEEDS_SIGN_IN = "needs_sign_in"
    NEEDS_VERIFICATION = "needs_verification"
    SUSPENDED = "suspended"
    DISABLED = "disabled"


class Trust(IntEnum):
    """How an account did lately, as far as failures for no clear reason go."""

    UNSTEADY = 0  # it has failed so
    STEADY = 1  # it has not, or nobody knows
    PROVEN = 2  # it has served several times in a row since


class Account(Struct, frozen=True, kw_only=True):
    """One account as stored. `refresh_token` is a secret: never logged, never shown.

    `models` holds upstream model ids, None where every model may be tried. `version` counts the changes of
    the refresh token alone, so that a rotated token is stored only over the one it replaces. `note` is the
    operator's; `concurrent` is its own cap, None for the one of all accounts; `added_at` is an epoch instant.
    """

    id: AccountId
    email: str
    refresh_token: str
    project: str | None = None
    tier: str | None = None
    enabled: bool = True
    state: AccountState = AccountState.READY
    state_reason: str = ""
    state_link: str | None = None
    models: frozenset[str] | None = None
    version: int = 0
    note: str = ""
    concurrent: int | None = None
    added_at: float = 0.0

    @property
    def is_lendable(self) -> bool:
        """Whether it waits for nobody, rest or not."""
        return self.enabled and self.state is AccountState.READY


class Bucket(NamedTuple):
    """What callers stand in line for: one upstream model of one quota group."""

    group: str
    model: str


class Lane(NamedTuple):
    """One account for one model; cools as a whole group or as this one model."""

    account: AccountId
    group: str
    model: str

    @property
    def bucket(self) -> Bucket:
        """The line that this lane serves."""
        return Bucket(self.group, self.model)


class Want(Struct, frozen=True, kw_only=True):
    """What one attempt asks of the pool.

    `affinity` names the conversation, "" for none. `avoid` holds accounts that were tried before, `only` the
    single one that will do. `deadline` is the monotonic instant at which waiting in line ends. A request that
    has failed for no clear reason asks for accounts of some `trust`, as long as any such are there.
    """

    group: str
    model: str
    deadline: float
    affinity: str = ""
    avoid: frozenset[AccountId] = frozenset()
    only: AccountId | None = None
    trust: Trust = Trust.UNSTEADY

    @property
    def bucket(self) -> Bucket:
        """The line to stand in."""
        return Bucket(self.group, self.model)


class PoolLimits(Struct, frozen=True, kw_only=True):
    """Caps of the pool; 0 is no limit for the two counts.

    `per_account` counts what one account has in flight, `per_model` what one model has over all accounts.
    `line` is how many may wait for one bucket. A cool-down is broken by one probe after `probe_s` seconds.

    For `doubt_s` after a failure of unclear origin an account is asked later than others, for `flagged_s`
    after it was flagged, unless it serves. For `unsteady_s` after such a failure requests that have failed so
    keep away from it, whether it serves or not; they trust one most that has served `proven` times in a row.
    """

    per_account: int = 1
    per_model: int = 3
    line: int = 500
    probe_s: float = 3600.0
    verification_probe_s: float = 600.0
    failures: int = 5
    failures_cool_s: float = 60.0
    doubt_s: float = 30.0
    unsteady_s: float = 600.0
    flagged_s: float = 300.0
    proven: int = 6
    strategy: Strategy = "balanced"


class Standing(Struct, frozen=True):
    """One account as a bucket sees it.

    `returns_at` is the instant at which it stops cooling or may be probed, `inf` when only a person can bring
    it back, 0 when it does not cool; `ends_at` is the same without probes. `has_room` is about its own cap.
    `is_home`: the conversation was here last. `left` is the quota as last read, None when that is not known.
    `is_doubted`: it has just failed for no clear reason. `turn` grows with each lending of the pool and is
    that of this account's last one; `number` is the account's age.
    """

    lane: Lane
    in_flight: int
    used_at: float
    returns_at: float = 0.0
    ends_at: float = 0.0
    has_room: bool = True
    is_home: bool = False
    pending: bool = False
    left: float | None = None
    is_doubted: bool = False
    trust: Trust = Trust.STEADY
    turn: int = 0
    number: int = 0


class PoolView(Struct, frozen=True):
    """What a choice is made from. `bucket_has_room` is about the model's cap over all accounts.

    Accounts of less than `least_trust` are left out: better ones are there, if only lent just now.
    """

    standings: tuple[Standing, ...]
    bucket_has_room: bool = True
    bucket_returns_at: float = 0.0
    strategy: Strategy = "balanced"
    least_trust: Trust = Trust.UNSTEADY


class Candidate(Struct, frozen=True):
    """A lane that could be lent now, with the standing that earned its place."""

    lane: Lane
    standing: Standing


class Grant(Struct, frozen=True):
    """A lane that was taken. `probes`: it still cools, and this one attempt finds out whether it must.

    `unsteady`: the account has failed for no clear reason lately, and most others have not.
    """

    lease: LeaseId
    lane: Lane
    account: Account
    probes: bool = False
    unsteady: bool = False


class Wait(Struct, frozen=True):
    """Why nothing was taken. `until` is the earliest instant worth trying again, `inf` when not known.

    `room_at` is the same for a new request, which may also use what this one has tried.
    none: no account can serve the bucket until somebody acts. tried: only accounts to avoid are left.
    cooling: all are set aside. busy: all are lent. full: too many wait already.
    """

    why: Literal["none", "tried", "cooling", "busy", "full"]
    until: float
    room_at: float = 0.0


OutcomeWord: TypeAlias = Literal["ok", "failed", "neutral"]


class Outcome(Struct, frozen=True, kw_only=True):
    """How an attempt ended, in the pool's words.

    neutral: says nothing about the account (the caller left, the request itself was wrong). `soft` failures
    are of unclear origin and set an account aside only when they come in a row. `flag` names what operators
    are told until the account serves again; meanwhile others are asked first.
    """

    word: OutcomeWord
    why: str = ""
    message: str = ""
    cool: Cool = Cool.NOTHING
    cool_s: float | None = None
    mark: Mark | None = None
    link: str | None = None
    soft: bool = False
    flag: str = ""


class CoolingStatus(Struct, frozen=True):
    """A cool-down for people: what rests (a model, a quota group, or "account"), until when, and why."""

    what: str
    until_epoch: float
    why: str


class AccountStatus(Struct, frozen=True, kw_only=True):
    """One account for people: doctor, panel, explain. `words` says in a sentence what state it is in.

    `shown` is that state with the operator's switch and all that rests; `way_out` says who may end it.
    `concurrent` is its own cap, None where it has none. `models` as in `Account`.
    """

    id: AccountId
    email: str
    project: str | None
    tier: str | None
    enabled: bool
    state: AccountState
    reason: str
    link: str | None
    shown: State
    words: str
    way_out: str
    in_flight: int
    cooling: tuple[CoolingStatus, ...] = ()
    windows: tuple[Window, ...] = ()
    note: str = ""
    concurrent: int | None = None
    added_at: float = 0.0
    models: frozenset[str] | None = None


class PoolChange(Struct, frozen=True):
    """Something happened to an account or, where `account` is None, to a model on all of them."""

    kind: Literal[
        "added",
        "removed",
        "enabled",
        "disabled",
        "changed",
        "cooled",
        "returned",
        "marked",
        "ready",
        "refreshed",
    ]
    account: AccountId | None
    what: str = ""
    why: str = ""
    until_epoch: float | None = None
