"""The admin API's requests and answers. Never: a token or a password in an answer, but a session's own."""

from typing import Annotated

import msgspec
from msgspec import Struct

from app.pool.model import Window
from app.pool.refreshing import RefreshItem, RefreshRun, RunState

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=320, pattern="^[^@\\s]+@[^@\\s]+$")]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent to the API. Fields that it does not know are refused."""


class PasswordBody(Body, frozen=True, kw_only=True):
    """The administrator's password."""

    password: Text


class AccountBody(Body, frozen=True, kw_only=True):
    """An account by hand. A known address keeps its account and gets this token."""

    email: Email
    refresh_token: Text
    project: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class PastedBody(Body, frozen=True, kw_only=True):
    """What the browser came back with: the whole address, its query, or the code alone.

    `email` is for sign-ins that do not tell the address.
    """

    pasted: Text
    email: Email | None = None


class RefreshBody(Body, frozen=True, kw_only=True):
    """How many accounts are asked about at once."""

    parallel: Annotated[int, msgspec.Meta(ge=1, le=32)] = 4


class ModelQuery(Struct, frozen=True, kw_only=True):
    """A model by any name that clients may use."""

    model: Text


class Problem(Struct, frozen=True, kw_only=True):
    """Why something was not done. `where` is the field that is wrong."""

    code: str
    message: str
    where: str | None = None


class SessionToken(Struct, frozen=True, kw_only=True):
    """A session's token, to be sent as `Authorization: Bearer`."""

    token: str
    expires_at: float


class SessionView(Struct, frozen=True, kw_only=True):
    """One signed-in administrator. `is_yours`: it is the one that asks."""

    id: str
    created_at: float
    expires_at: float
    last_seen_at: float
    peer: str
    agent: str
    is_yours: bool


class SessionList(Struct, frozen=True, kw_only=True):
    """Everybody who is signed in, newest first."""

    sessions: list[SessionView]


class CoolingView(Struct, frozen=True, kw_only=True):
    """What of an account rests, until when, and why."""

    what: str
    until: float
    why: str


class AccountView(Struct, frozen=True, kw_only=True):
    """One account. `words` says in a sentence how it stands."""

    id: str
    email: str
    enabled: bool
    state: str
    words: str
    reason: str
    link: str | None
    project: str | None
    tier: str | None
    in_flight: int
    cooling: list[CoolingView]
    windows: list[Window]


class AccountList(Struct, frozen=True, kw_only=True):
    """Every account, oldest first, and what is wrong for all of them at once."""

    accounts: list[AccountView]
    alarms: list[str]


class SignInView(Struct, frozen=True, kw_only=True):
    """A sign-in that was begun: the page on which the owner of the account agrees."""

    id: str
    page: str
    expires_at: float


class RunView(Struct, frozen=True, kw_only=True):
    """A run over all accounts and how far it is."""

    id: str
    state: RunState
    parallel: int
    created_at: float
    ended_at: float | None
    total: int
    waiting: int
    running: int
    done: int
    failed: int

    @classmethod
    def of(cls, run: RefreshRun) -> "RunView":
        """The run as it is shown."""
        return cls(total=run.total, **{name: getattr(run, name) for name in _SHOWN_OF_RUN})


_SHOWN_OF_RUN = (
    *("id", "state", "parallel", "created_at", "ended_at"),
    *("waiting", "running", "done", "failed"),
)


class RunList(Struct, frozen=True, kw_only=True):
    """The newest runs."""

    refreshes: list[RunView]


class RunDetail(Struct, frozen=True, kw_only=True):
    """A run with its accounts."""

    refresh: RunView
    accounts: list[RefreshItem]
