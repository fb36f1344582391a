"""Anthropic's JSON as structs: what comes in, and the decoders for it.

Lenient by design: unknown keys are passed over, fields that only some kinds of block have are taken as they
come and judged where they are used. Never: meaning.
"""

import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from app.errors import BadRequest
from app.wire import json

T = TypeVar("T")

ABSENT: Final = Raw(b"")

_INDEX: Final = re.compile(r"\[(\d+)\]")


class WireBlock(Struct, frozen=True):
    """A content block of any kind, known or not."""

    type: str
    text: Any = None
    id: Any = None
    name: Any = None
    input: Raw = ABSENT
    tool_use_id: Any = None
    content: Raw = ABSENT
    is_error: Any = None
    source: Raw = ABSENT
    thinking: Any = None
    signature: Any = None
    thought_signature: Any = field(default=None, name="thoughtSignature")
    title: Any = None
    context: Any = None
    tool_name: Any = None
    tool: Any = None


class WireSource(Struct, frozen=True):
    """Where an image or a document is."""

    type: Any = None
    media_type: Any = None
    data: Any = None
    url: Any = None
    file_id: Any = None
    content: Raw = ABSENT


class WireMessage(Struct, frozen=True):
    """One message; a bare string counts as one text block, also inside a list."""

    role: str
    content: str | list[WireBlock | str]


class WireTool(Struct, frozen=True):
    """A tool of any kind."""

    name: str | None = None
    type: str | None = None
    description: str | None = None
    input_schema: Raw = ABSENT
    defer_loading: Any = None
    allowed_domains: Any = None
    blocked_domains: Any = None


class WireToolChoice(Struct, frozen=True):
    """Whether and which tool to call."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class WireThinking(Struct, frozen=True):
    """The caller's wish about thinking."""

    type: Any = None
    budget_tokens: Any = None
    effort: Any = None


class WireOutputConfig(Struct, frozen=True):
    """Effort and form of the answer."""

    effort: Any = None
    format: Raw = ABSENT


class WireFormat(Struct, frozen=True):
    """The form of the answer."""

    type: Any = None
    schema: Raw = ABSENT


class WireRequest(Struct, frozen=True):
    """The body of a generate or count request. What the count ignores is not checked by its type."""

    model: str
    messages: list[WireMessage]
    max_tokens: Any = None
    system: str | list[WireBlock | str] | None = None
    stream: Any = None
    tools: list[WireTool] | None = None
    tool_choice: WireToolChoice | str | None = None
    thinking: WireThinking | None = None
    output_config: WireOutputConfig | None = None
    output_format: Raw = ABSENT
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    stop_sequences: list[str] | None = None
    metadata: Any = None
    container: Any = None
    mcp_servers: Any = None
    context_management: Any = None


_ONCE: Final = ("model", "messages", "stream", "tools")
"""Members that must not be there twice. Source: faults.md F095."""

_REQUEST: Final = msgspec.json.Decoder(WireRequest)
_BLOCKS: Final = msgspec.json.Decoder(list[WireBlock | str])
_SOURCE: Final = msgspec.json.Decoder(WireSource)
_FORMAT: Final = msgspec.json.Decoder(WireFormat)


def read_request(body: bytes) -> WireRequest:
    """The body. Raises BadRequest with a dotted path."""
    try:
        return json.decode(body, _REQUEST, once=_ONCE)
    except BadRequest as exc:
        raise _dotted(exc) from exc


def read_blocks(raw: Raw) -> list[WireBlock | str] | None:
    """Content inside a block: a string, null or nothing, or a list of blocks; None for anything else."""
    if (kind := kind_of(raw)) in ("", "null"):
        return []
    if kind == "string":
        return [str(json.parse_or_none(bytes(raw)))]
    return _attempt(raw, _BLOCKS)


def read_source(raw: Raw) -> WireSource | None:
    """A source object, None for anything else."""
    return _attempt(raw, _SOURCE)


def read_format(raw: Raw) -> WireFormat | None:
    """An output format object, None for anything else."""
    return _attempt(raw, _FORMAT)


def kind_of(raw: Raw) -> str:
    """`object`, `array`, `string`, `null`, `other`, or empty where the field is absent."""
    start = bytes(memoryview(raw)[:1])
    return _KINDS.get(start, "other")


_KINDS: Final = {b"": "", b"{": "object", b"[": "array", b'"': "string", b"n": "null"}


def text_of(value: object) -> str:
    """A string as it is, empty for anything else."""
    return value if isinstance(value, str) else ""


def refusal(where: str, message: str, reason: str = "invalid_value") -> BadRequest:
    """A BadRequest about one field."""
    return BadRequest(message, where=where, reason=reason)


def _attempt(raw: Raw, decoder: "msgspec.json.Decoder[T]") -> T | None:
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError:
        return None


def _dotted(error: BadRequest) -> BadRequest:
    """The same error in this dialect's spelling of paths: `messages.2.role`."""
    if error.where is None:
        return error
    said = error.message.removeprefix(f"`{error.where}`: ")
    return BadRequest(said, where=_INDEX.sub(r".\1", error.where).lstrip("."), reason=error.reason)
