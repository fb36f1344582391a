"""The parts of a reply that streaming and non-streaming share: blocks, usage, stop reason.

Source: anthropic.md 14 to 17. Never: bytes of events.
"""

from typing import Final, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType

from app.errors import EmptyAnswer
from app.ids import Ids
from app.ir.estimate import estimate
from app.ir.events import Reason
from app.ir.prompt import Prompt
from app.ir.usage import Usage


class Citation(Struct, frozen=True, tag_field="type", tag="web_search_result_location"):
    """Where a text block's statement comes from."""

    url: str
    title: str
    cited_text: str
    encrypted_index: str = ""


class TextBlock(Struct, frozen=True, tag_field="type", tag="text", omit_defaults=True):
    """Visible text."""

    text: str
    citations: tuple[Citation, ...] | None = None


class ThinkingBlock(Struct, frozen=True, tag_field="type", tag="thinking"):
    """A thought; the signature is a string even where there is none."""

    thinking: str
    signature: str


class ToolUseBlock(Struct, frozen=True, tag_field="type", tag="tool_use"):
    """A call for the client."""

    id: str
    name: str
    input: Raw


class ServerToolUseBlock(Struct, frozen=True, tag_field="type", tag="server_tool_use"):
    """A call that was served already."""

    id: str
    name: str
    input: Raw


class WebPage(Struct, frozen=True, tag_field="type", tag="web_search_result"):
    """One page that a search found."""

    title: str
    url: str
    encrypted_content: str = ""
    page_age: str | None = None


class WebSearchBlock(Struct, frozen=True, tag_field="type", tag="web_search_tool_result"):
    """What a search found."""

    tool_use_id: str
    content: tuple[WebPage, ...]


SearchBlock: TypeAlias = TextBlock | ServerToolUseBlock | WebSearchBlock
Block: TypeAlias = ThinkingBlock | ToolUseBlock | SearchBlock


class ThinkingTokens(Struct, frozen=True):
    """Of the output."""

    thinking_tokens: int


class ServerToolUses(Struct, frozen=True):
    """How often a server tool ran."""

    web_search_requests: int
    web_fetch_requests: int = 0


class UsageOut(Struct, frozen=True, omit_defaults=True):
    """Token counts; the input does not contain what came from a cache."""

    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    output_tokens_details: ThinkingTokens | None = None
    server_tool_use: ServerToolUses | None = None


class StopDetails(Struct, frozen=True):
    """About a refusal."""

    explanation: str
    type: str = "refusal"
    category: str | None = None


class Stop(Struct, frozen=True):
    """How a message ended, as `message_delta` says it."""

    stop_reason: str
    stop_sequence: str | None = None
    stop_details: StopDetails | UnsetType = UNSET


class MessageOut(Struct, frozen=True, kw_only=True):
    """A message: whole in a reply that does not stream, without content at the start of a stream."""

    id: str
    type: str = "message"
    role: str = "assistant"
    model: str
    content: list[Block] = []
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | UnsetType = UNSET
    usage: UsageOut


class Tally:
    """What has been delivered, as far as the end of the message depends on it."""

    def __init__(self) -> None:
        self.called = False
        self.visible = False
        self.searches: int | None = None


_STOP_REASONS: Final[dict[Reason, str]] = {
    "stop": "end_turn",
    "tool": "end_turn",
    "length": "max_tokens",
    "blocked": "refusal",
    "stop_sequence": "stop_sequence",
    "pause": "pause_turn",
    "context_exceeded": "model_context_window_exceeded",
}
"""A call that was delivered wins over all of them, so `tool` without one is a plain end."""

_BLOCKED: Final = "The answer was withheld by the model provider's safety rules."


_PLAIN_ENDS: Final = frozenset({"LANGUAGE", "NO_IMAGE"})
"""Words of the upstream that other dialects read as a refusal, and this one as an end. (anthropic.md 15)"""


def own_reason(reason: Reason, raw: str) -> Reason:
    """Why the answer ended, as this dialect sees it; `raw` is the upstream's own word."""
    return "stop" if reason == "blocked" and raw in _PLAIN_ENDS else reason


def message_id(ids: Ids) -> str:
    """An id that never comes twice."""
    return "msg_" + ids.token(24)


def markdown_image(media_type: str, data: str) -> str:
    """A generated image as text; assistant image blocks are unknown to the SDKs."""
    return f"![image](data:{media_type};base64,{data})"


def explanation_of(reason: Reason, tally: Tally, detail: str) -> str:
    """Text that must stand in for an answer that was withheld, empty where text was delivered.

    Raises EmptyAnswer where nothing at all was delivered and no reason excuses it.
    """
    if tally.visible or reason == "length":
        return ""
    if reason == "blocked":
        return detail or _BLOCKED
    raise EmptyAnswer("The model answered with nothing.")


def stop_of(prompt: Prompt, reason: Reason, tally: Tally, detail: str) -> Stop:
    """The stop reason and what belongs to it. Source: anthropic.md 15."""
    if tally.called:
        return Stop("tool_use")
    if reason == "blocked":
        return Stop("refusal", stop_details=StopDetails(detail or _BLOCKED))
    matched = detail if reason == "stop_sequence" and detail in prompt.stop else None
    return Stop(_STOP_REASONS[reason], matched)


def usage_of(prompt: Prompt, usage: Usage, tally: Tally | None = None) -> UsageOut:
    """Counts of the upstream, or an estimate of the input as long as it has said nothing."""
    if not usage.known:
        usage = Usage(prompt=estimate(prompt), estimated=True)
    searches = tally.searches if tally is not None else None
    return UsageOut(
        input_tokens=max(0, usage.prompt - usage.cached),
        cache_creation_input_tokens=0,
        cache_read_input_tokens=usage.cached,
        output_tokens=usage.output,
        output_tokens_details=ThinkingTokens(usage.thoughts) if usage.thoughts else None,
        server_tool_use=None if searches is None else ServerToolUses(max(searches, usage.searches)),
    )
