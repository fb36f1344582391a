"""Worlds for the stages that shape a request: turns, a memory, a flow that needs no server."""

import msgspec

from app.catalog.catalog import Catalog
from app.catalog.profile import Family, ModelProfile
from app.dialects.base import Dialect, Endpoint, Params
from app.flow import Attempt, Caller, Flow, Marks
from app.ids import FlowId, KeyId
from app.ir.answer import Answer, unfold
from app.ir.events import Event
from app.ir.parts import Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Prompt, Thinking, Turn
from app.outbox import Outbox
from app.pipeline.minting import Minting
from app.signatures import Mine, SignatureMemory
from tests.support.clock import ManualClock
from tests.support.events import an_answer

CATALOG = Catalog()
CLAUDE = CATALOG.resolve("claude-sonnet-4-6")
GEMINI = CATALOG.resolve("gemini-3-flash")
GEMINI_PRO = CATALOG.resolve("gemini-3-pro-high")
GPT_OSS = CATALOG.resolve("gpt-oss-120b-medium")

TENANT = KeyId("key-anna")
THINKING = Thinking("on", budget=2048)


class NamedDialect:
    """As much of a dialect as the shaping stages look at."""

    def __init__(self, name: str) -> None:
        self.name = name


def user(*parts: Part | str) -> Turn:
    return Turn("user", _parts(parts))


def model(*parts: Part | str) -> Turn:
    return Turn("model", _parts(parts))


def call(call_id: str, name: str = "ls", args: bytes = b"{}", signature: str | None = None) -> ToolCall:
    return ToolCall(call_id, name, args, signature)


def result(call_id: str, text: str = "done") -> ToolResult:
    return ToolResult(call_id, "ls", (Text(text),))


def thought(text: str, signature: str | None = None) -> Thought:
    return Thought(text, signature)


def mine(family: Family, session: str = "session", tenant: str = TENANT) -> Mine:
    return Mine(tenant, family, session)


def a_memory(clock: ManualClock | None = None, limit: int = 1000) -> SignatureMemory:
    return SignatureMemory(limit, now=(clock or ManualClock()).now)


def teach(memory: SignatureMemory, whose: Mine, *pieces: Text | Thought | ToolCall) -> None:
    """Let the memory watch an answer that consists of `pieces`."""
    watch(memory, whose, an_answer(*pieces))


def watch(memory: SignatureMemory, whose: Mine, answer: Answer) -> list[Event]:
    minting = Minting(memory, whose)
    return [out for event in unfold(answer) for out in minting(event)]


def _parts(parts: tuple[Part | str, ...]) -> tuple[Part, ...]:
    return tuple(Text(part) if isinstance(part, str) else part for part in parts)


async def _no_body() -> bytes:
    return b""


def a_flow(prompt: Prompt, profile: ModelProfile = CLAUDE, dialect: str = "anthropic") -> Flow:
    """A flow in the state in which `admit` leaves it."""
    # The stages ask a dialect for its name only.
    named: Dialect = NamedDialect(dialect)  # type: ignore[assignment]
    return Flow(
        id=FlowId("req_1"),
        dialect=named,
        endpoint=Endpoint("POST", "/", "generate"),
        params=Params(),
        outbox=Outbox(),
        marks=Marks(),
        created=0,
        read_body=_no_body,
        caller=Caller(TENANT, "anna"),
        prompt=prompt,
        profile=profile,
    )


def a_prompt(*turns: Turn, thinking: Thinking = THINKING, max_tokens: int | None = 8000) -> Prompt:
    prompt = Prompt("a-model", turns, thinking=thinking, affinity="conversation-1")
    return msgspec.structs.replace(
        prompt, sampling=msgspec.structs.replace(prompt.sampling, max_tokens=max_tokens)
    )


def filtered(flow: Flow, events: list[Event]) -> list[Event]:
    """What the flow's filters make of the events of one attempt."""
    # No filter of these stages looks at its attempt.
    attempt: Attempt = None  # type: ignore[assignment]
    for make in flow.filters:
        one = make(flow, attempt)
        events = [out for event in events for out in one(event)]
    return events


def words(flow: Flow) -> list[str]:
    return [note.word for note in flow.notes]
