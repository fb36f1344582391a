"""Accounts as the admin API takes and shows them. Never: a token in an answer."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.admin.schemas.base import Body, Email, Text
from app.pool.model import Window

AccountWish = Literal[
    "ready",
    "cooling",
    "exhausted",
    "onboarding",
    "project_error",
    "needs_sign_in",
    "needs_verification",
    "suspended",
    "disabled",
    "waiting",
    "needs_you",
]
"""A state; `waiting`: those that come back by themselves; `needs_you`: those that wait for a person."""

AccountOrder = Literal["attention", "name", "quota", "busy", "newest"]
"""`attention`: those that need you, then exhausted, then the rest, then ready. `quota`: least left first."""

_Find = Annotated[str, msgspec.Meta(max_length=320)]
_Note = Annotated[str, msgspec.Meta(max_length=2000)]
_Most = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Ids = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(min_length=1, max_length=10_000)
]


class AccountBody(Body, frozen=True, kw_only=True):
    """An account by hand. A known address keeps its account and gets this token."""

    email: Email
    refresh_token: Text
    project: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class AccountPatch(Body, frozen=True, kw_only=True):
    """What the operator says anew of an account; what is left out stays. `concurrent` null: as all others."""

    note: _Note | UnsetType = UNSET
    concurrent: _Most | UnsetType | None = UNSET


class ClearBody(Body, frozen=True, kw_only=True):
    """What shall rest no longer, as `cooling` names it; null is everything."""

    what: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class PastedBody(Body, frozen=True, kw_only=True):
    """What the browser came back with: the whole address, its query, or the code alone.

    `email` is for sign-ins that do not tell the address.
    """

    pasted: Text
    email: Email | None = None


class AccountFilter(Body, frozen=True, kw_only=True):
    """Which accounts: those of a state, those with a text in address, note, project or id."""

    text: _Find = ""
    state: AccountWish | None = None


class AccountQuery(Struct, frozen=True, kw_only=True):
    """Which accounts, in which order. A page goes on behind `cursor`."""

    text: _Find = ""
    state: AccountWish | None = None
    sort: AccountOrder = "attention"
    cursor: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 100

    @property
    def filter(self) -> AccountFilter:
        """Which accounts, in whatever order."""
        return AccountFilter(text=self.text, state=self.state)


class BatchBody(Body, frozen=True, kw_only=True):
    """Something done to many accounts: these, or all that match when it is done. One of the two."""

    action: Literal["enable", "disable", "refresh", "remove"]
    ids: Ids | None = None
    filter: AccountFilter | None = None


class BatchFailure(Struct, frozen=True, kw_only=True):
    """An account with which it could not be done."""

    id: str
    message: str


class BatchView(Struct, frozen=True, kw_only=True):
    """What was done. `refresh` is the run that was begun."""

    action: str
    done: int
    failed: list[BatchFailure]
    refresh: str | None


class ModelQuery(Struct, frozen=True, kw_only=True):
    """A model by any name that clients may use."""

    model: Text


class CoolingView(Struct, frozen=True, kw_only=True):
    """What of an account rests, until when, and why. `until` is null where only a person can end it."""

    what: str
    until: float | None
    why: str


class AccountView(Struct, frozen=True, kw_only=True):
    """One account. `words` says in a sentence how it stands.

    `concurrent` is its own cap and `limit` the one in force, null for none. `read_at` is when its quota was
    last read. `day_` counts the day of UTC.
    """

    id: str
    email: str
    enabled: bool
    state: str
    shown: str
    words: str
    way_out: str
    reason: str
    link: str | None
    project: str | None
    tier: str | None
    note: str
    in_flight: int
    concurrent: int | None
    limit: int | None
    added_at: float
    read_at: float | None
    day_requests: int
    day_failures: int
    cooling: list[CoolingView]
    windows: list[Window]


class AccountList(Struct, frozen=True, kw_only=True):
    """A page of accounts, and what is wrong for all of them at once.

    `total` counts all accounts, `matching` those that were asked for; `next` is the cursor of the following
    page.
    """

    accounts: list[AccountView]
    alarms: list[str]
    total: int
    matching: int
    next: str | None


class EventView(Struct, frozen=True, kw_only=True):
    """An account came into a state. `cause` is a sentence, maybe of the upstream."""

    at: float
    state: str
    cause: str


class AttemptOf(Struct, frozen=True, kw_only=True):
    """A try on an account. `code` and `kind` are those of its error, "" when it served."""

    request: str
    number: int
    started_at: float
    duration_ms: int
    code: str
    kind: str
    status: int | None


class QuotaMark(Struct, frozen=True, kw_only=True):
    """What was left of a window at an instant, 0..1, null when that was not known."""

    group: str
    window: str
    at: float
    left: float | None


class TokenView(Struct, frozen=True, kw_only=True):
    """The age of an access token. Never the token."""

    had_at: float
    ends_at: float


class AccountDetail(Struct, frozen=True, kw_only=True):
    """One account with what became of it. Events and attempts are newest first, quota oldest first.

    `tries` and `failed_tries` count the last 24 hours. `token` is null while no access token is held.
    `models` are the upstream's ids, null where it did not tell.
    """

    account: AccountView
    events: list[EventView]
    attempts: list[AttemptOf]
    tries: int
    failed_tries: int
    quota: list[QuotaMark]
    token: TokenView | None
    models: list[str] | None


class SignInView(Struct, frozen=True, kw_only=True):
    """A sign-in that was begun: the page on which the owner of the account agrees."""

    id: str
    page: str
    expires_at: float
