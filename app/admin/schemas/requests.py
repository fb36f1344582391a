"""Requests as the admin API lists and shows them. Never: what was said in one."""

from typing import Annotated

import msgspec
from msgspec import Struct

from app.store.records import Origin, OutcomeClass, UsageSource

Word = Annotated[str, msgspec.Meta(max_length=200)]
Epoch = Annotated[float, msgspec.Meta(ge=0, le=1e11)]


class RequestQuery(Struct, frozen=True, kw_only=True):
    """Which requests; what is left out is any. A page goes on behind `cursor`.

    `slow_ms`: at least so long until the first output, or in all where there was none. `id` is how it begins.
    """

    key: Word = ""
    account: Word = ""
    model: Word = ""
    dialect: Word = ""
    client: Word = ""
    result: OutcomeClass | None = None
    origin: Origin | None = None
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    slow_ms: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    retried: bool = False
    fallback: bool = False
    since: Epoch | None = None
    until: Epoch | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class Tokens(Struct, frozen=True, kw_only=True):
    """What a request used. `source` says who counted: the upstream, or the gateway by estimate."""

    prompt: int
    cached: int
    output: int
    thought: int
    source: UsageSource


class RequestLine(Struct, frozen=True, kw_only=True):
    """One request. `key_name` and `account_email` are empty where the key or the account is gone.

    `result` is what `outcome` comes down to. Times are in ms from the request's first byte.
    """

    id: str
    started_at: float
    key: str
    key_name: str
    dialect: str
    client: str
    origin: Origin
    model_asked: str
    model: str
    account: str
    account_email: str
    streamed: bool
    result: OutcomeClass
    outcome: str
    code: str
    status: int
    attempts: int
    first_output_ms: int | None
    duration_ms: int
    tokens: Tokens
    fallback: bool


class RequestList(Struct, frozen=True, kw_only=True):
    """A page of requests, newest first. `next` is the cursor of the following page.

    `searched_to` is set when the page is short because only rows back to that instant were looked at; going
    on behind `next` looks further.
    """

    requests: list[RequestLine]
    next: str | None
    searched_to: float | None


class AttemptView(Struct, frozen=True, kw_only=True):
    """One try as a bar in a waterfall: where it begins and how long it is, in ms from the request's start.

    `wait_ms` is the pause after it. `code`, `kind` and `status` are those of its error, empty when it served.
    """

    number: int
    account: str
    account_email: str
    offset_ms: int
    duration_ms: int
    code: str
    kind: str
    status: int | None
    wait_ms: int


class PassedView(Struct, frozen=True, kw_only=True):
    """An account that could not be taken when the first one was, and why."""

    account: str
    account_email: str
    state: str
    why: str
    until: float | None


class RequestDetail(Struct, frozen=True, kw_only=True):
    """One request as a whole. `notes` are words for what was changed on the way.

    `queue_ms` is the wait for the first account, `tokens_per_s` the pace of a stream behind its first output.
    """

    request: RequestLine
    phase: str
    bytes_out: int
    queue_ms: int | None
    tokens_per_s: float | None
    notes: list[str]
    attempts: list[AttemptView]
    passed: list[PassedView]
