"""What is written down of a request, as plain values. Source: faults.md 4.

Instants are epoch seconds. Never: bodies, texts of a client, or anything secret.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from app.ids import AccountId, FlowId, KeyId
from app.pool.passed import PassedOver

UsageSource = Literal["upstream", "partial", "estimated", "none"]

Origin = Literal["client", "playground", "probe"]

OTHER_CLIENT = "other"
"""A client of no family that is known. Rows of releases that looked for none have an empty text."""

RUNNING = "running"
INTERRUPTED = "interrupted"
"""Outcome of a flow that was found `running` at a start of the instance it ran in."""

OutcomeClass = Literal["ok", "failed", "running", "client_gone", "refused"]

OUTCOME_CLASSES: dict[OutcomeClass, tuple[str, ...]] = {
    "ok": ("ok",),
    "running": (RUNNING,),
    "client_gone": ("client_closed",),
    "refused": ("client_fault", "blocked", "refused"),
    "failed": (
        *("failed", "truncated", "idle_timeout", "client_stalled", "blocked_partial"),
        INTERRUPTED,
    ),
}
"""What the outcomes of faults.md 4 come down to for people. Usage counts the last class as failures."""


def outcome_class(outcome: str) -> OutcomeClass:
    """What an outcome comes down to. One that nobody knows has failed."""
    for name, outcomes in OUTCOME_CLASSES.items():
        if outcome in outcomes:
            return name
    return "failed"


_NOT_FAILED = frozenset(
    outcome for name in ("ok", "client_gone", "refused") for outcome in OUTCOME_CLASSES[name]
)


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """One try. `code` and `kind` are those of its error, empty when it went well."""

    number: int
    account: AccountId
    started_at: float
    duration_ms: int = 0
    code: str = ""
    kind: str = ""
    status: int | None = None
    wait_s: float = 0.0


class FlowRecord(Struct, frozen=True, kw_only=True):
    """One request, at the start of its first attempt (`outcome` is `running`) or at its end.

    `model_asked` is what the client wrote, cut to 200 characters; `model` is what answered. `phase` says how
    far it came. `code` is that of the error a client saw. `client` is a family of programs by what they call
    themselves, `queue_ms` the wait for the first account, `passed` who was passed over for it.
    """

    id: FlowId
    started_at: float
    key: KeyId
    dialect: str
    model_asked: str
    model: str = ""
    account: AccountId = AccountId("")
    streamed: bool = False
    outcome: str = RUNNING
    code: str = ""
    status: int = 0
    phase: str = ""
    first_output_ms: int | None = None
    duration_ms: int = 0
    bytes_out: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    usage_source: UsageSource = "none"
    client_gone: bool = False
    notes: tuple[str, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    origin: Origin = "client"
    client: str = OTHER_CLIENT
    queue_ms: int | None = None
    passed: tuple[PassedOver, ...] = ()

    @property
    def minute(self) -> int:
        """The unix minute in which the request began."""
        return int(self.started_at // 60)


class UsageRecord(Struct, frozen=True, kw_only=True):
    """What is counted of a finished flow, and never lost."""

    flow: FlowId
    minute: int
    key: KeyId
    model: str
    account: AccountId
    failed: bool
    estimated: bool
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    thought_tokens: int
    client: str = OTHER_CLIENT
    first_output_ms: int | None = None


def usage_of(flow: FlowRecord) -> UsageRecord:
    """The part of a finished flow that is counted."""
    return UsageRecord(
        flow=flow.id,
        minute=flow.minute,
        key=flow.key,
        model=flow.model or flow.model_asked[:200],
        account=flow.account,
        failed=flow.outcome not in _NOT_FAILED,
        estimated=flow.usage_source in ("estimated", "partial"),
        prompt_tokens=flow.prompt_tokens,
        cached_tokens=flow.cached_tokens,
        output_tokens=flow.output_tokens,
        thought_tokens=flow.thought_tokens,
        client=flow.client or OTHER_CLIENT,
        first_output_ms=flow.first_output_ms,
    )


_LONGEST_TEXTS = {
    "id": 64,
    "key": 32,
    "dialect": 32,
    "model_asked": 200,
    "model": 200,
    "account": 32,
    "outcome": 32,
    "code": 64,
    "phase": 32,
    "client": 64,
}
_LARGEST_COUNTS = {
    "status": 999,
    "duration_ms": 2**31 - 1,
    "bytes_out": 2**53,
    "prompt_tokens": 2**53,
    "cached_tokens": 2**53,
    "output_tokens": 2**53,
    "thought_tokens": 2**53,
}


def storable(flow: FlowRecord) -> FlowRecord:
    """The flow with values that every database takes, whatever a client or the upstream has said.

    A row that is refused would take its usage with it.
    """
    fixed: dict[str, Any] = {}
    for name, longest in _LONGEST_TEXTS.items():
        text = getattr(flow, name)
        if (clean := plain_text(text, longest)) != text:
            fixed[name] = clean
    for name, largest in _LARGEST_COUNTS.items():
        count = getattr(flow, name)
        if not 0 <= count <= largest:
            fixed[name] = max(0, min(count, largest))
    return msgspec.structs.replace(flow, **fixed) if fixed else flow


def plain_text(text: str, longest: int) -> str:
    """A text that every database takes: so long at most, without NUL and lone surrogates."""
    if len(text) <= longest and text.isascii() and "\0" not in text:
        return text
    return text[:longest].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
