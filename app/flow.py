"""One request from its first byte to its last, with all that was learned on the way.

The only mutable object of a request. Stages assign new values to its fields; nobody edits a value.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from app.allowance import UNBOUND, UNLIMITED, Allowance, Terms
from app.catalog.profile import ModelProfile
from app.dialects.base import Dialect, Endpoint, Params, Writer
from app.errors import GatewayError
from app.ids import AccountId, FlowId, KeyId
from app.ir.answer import Answer
from app.ir.events import Event, Reason
from app.ir.parts import Text
from app.ir.prompt import Prompt
from app.ir.usage import Usage
from app.outbox import Outbox
from app.pool.lease import Lease
from app.pool.passed import PassedOver
from app.upstreams.base import Call, Encoded

EventFilter: TypeAlias = Callable[[Event], tuple[Event, ...]]
"""Looks at one event of an attempt and gives what shall stand in its place, often `(event,)`."""

FilterFactory: TypeAlias = Callable[["Flow", "Attempt"], EventFilter]
"""Makes a filter at the start of each attempt, so that its state never outlives the attempt."""

Tap: TypeAlias = Callable[["Attempt", AsyncIterator[bytes]], AsyncIterator[bytes]]
"""Looks at the upstream's bytes of one attempt and hands them on as they are."""

OutcomeWord: TypeAlias = Literal[
    "running",
    "ok",
    "client_fault",
    "blocked",
    "blocked_partial",
    "refused",
    "failed",
    "truncated",
    "idle_timeout",
    "client_closed",
    "client_stalled",
]
"""How a flow ended. Source: faults.md 4."""


class Caller(Struct, frozen=True):
    """Who is behind a request. `models` is None where every model is allowed."""

    key_id: KeyId
    name: str
    models: frozenset[str] | None = None
    allowance: Allowance = UNLIMITED
    terms: Terms = UNBOUND


class Note(Struct, frozen=True):
    """A remark for humans. `word` is from the closed list that clients may see, `text` for the operator."""

    word: str
    text: str = ""


class Marks(Struct):
    """Monotonic instants, in seconds; 0 where it did not come to that."""

    opened: float = 0.0
    read: float = 0.0
    leased: float = 0.0
    first_upstream_byte: float = 0.0
    first_output: float = 0.0
    closed: float = 0.0


class Attempt(Struct):
    """One try on one account. `finish` is the upstream's own word for how the answer ended."""

    number: int
    lease: Lease
    started: float
    call: Call
    ended: float = 0.0
    error: GatewayError | None = None
    usage: Usage = Usage()
    finish: str = ""
    wait_s: float = 0.0


class Flow(Struct, kw_only=True):
    """See the module's docstring. Owned by the runner; used by one task.

    `memo` is where addons keep what belongs to this flow, each under its own name. `only` is the one account
    that may answer, None where any may. `passed` are those that could not be taken when the first one was.
    """

    id: FlowId
    dialect: Dialect
    endpoint: Endpoint
    params: Params
    outbox: Outbox
    marks: Marks
    created: int
    read_body: Callable[[], Awaitable[bytes]]
    peer: str = ""
    caller: Caller | None = None
    body_size: int = 0
    prompt: Prompt | None = None
    profile: ModelProfile | None = None
    encoded: Encoded | None = None
    session: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    filters: list[FilterFactory] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    usage: Usage = Usage()
    finish: str = ""
    reason: Reason | None = None
    error: GatewayError | None = None
    outcome: OutcomeWord = "running"
    writer: Writer | None = None
    headers_out: dict[str, str] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)
    own_answer: Answer | None = None
    tap: Tap | None = None
    origin: Literal["client", "playground", "probe"] = "client"
    only: AccountId | None = None
    passed: tuple[PassedOver, ...] = ()

    def note(self, word: str, text: str = "") -> None:
        """Add a remark, once per word and text."""
        remark = Note(word, text)
        if remark not in self.notes:
            self.notes.append(remark)

    def answer(self, answer: Answer | str) -> None:
        """Answer in place of a model, which then is not asked; for the hook `prompt_read`."""
        if isinstance(answer, str):
            answer = Answer(id=self.id, model="", pieces=(Text(answer),), reason="stop")
        self.own_answer = answer

    @property
    def streams(self) -> bool:
        """Whether the reply is a stream of events."""
        return self.endpoint.operation == "generate" and self.prompt is not None and self.prompt.stream

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers, names in lower case."""
        return self.params.headers

    @property
    def asked(self) -> Prompt:
        """The prompt, in stages after `read`."""
        assert self.prompt is not None, "no stage may ask for the prompt before `read`"
        return self.prompt

    @property
    def model(self) -> ModelProfile:
        """The model's profile, in stages after `admit`."""
        assert self.profile is not None, "no stage may ask for the profile before `admit`"
        return self.profile

    @property
    def known_caller(self) -> Caller:
        """The caller, in stages after `authenticate`."""
        assert self.caller is not None, "no stage may ask for the caller before `authenticate`"
        return self.caller

    @property
    def prepared(self) -> Encoded:
        """The encoded prompt, in stages after `convert`."""
        assert self.encoded is not None, "no stage may ask for the body before `convert`"
        return self.encoded
