"""The answer in time: a stream of small events that any dialect can spell.

    stream := Begin item* (End | Fault) | Fault
    item   := block | BlobOut | Extra
    block  := TextOpen (TextDelta | Extra)* Signed? Close
            | ThoughtOpen ThoughtDelta* Signed? Close
            | ToolOpen ArgsDelta* Signed? Close

Blocks never interleave: the decoder finds the boundaries once, writers only spell them.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from app.errors import GatewayError
from app.ir.usage import Usage

Reason: TypeAlias = Literal["stop", "length", "tool", "blocked", "stop_sequence", "pause", "context_exceeded"]
"""Why the answer ended: `blocked` is a safety refusal, `tool` wins over all where a call was made."""


class Begin(Struct, frozen=True, gc=False):
    """First, once. `id` is the upstream's response id, `model` the one that answers."""

    id: str
    model: str
    usage: Usage = Usage()


class TextOpen(Struct, frozen=True, gc=False):
    """Visible text starts."""


class ThoughtOpen(Struct, frozen=True, gc=False):
    """A thought starts."""


class ToolOpen(Struct, frozen=True, gc=False):
    """A tool call starts; `name` is the caller's name of the tool."""

    id: str
    name: str


class TextDelta(Struct, frozen=True, gc=False):
    """More text of the open block, never empty."""

    text: str


class ThoughtDelta(Struct, frozen=True, gc=False):
    """More text of the open thought, never empty."""

    text: str


class ArgsDelta(Struct, frozen=True, gc=False):
    """More of the call's arguments; all of a call's together are the JSON text of one object."""

    json: str


class Signed(Struct, frozen=True, gc=False):
    """The open block's signature, whole, right before its close."""

    signature: str


class Close(Struct, frozen=True, gc=False):
    """The open block ends."""


class BlobOut(Struct, frozen=True, gc=False):
    """A generated file, a whole block in one event. `data` is base64."""

    media_type: str
    data: str


class Extra(Struct, frozen=True, gc=False):
    """Something only some dialects show, as JSON text: `grounding`, `citations`."""

    key: str
    raw: bytes


class End(Struct, frozen=True, gc=False):
    """Last of a good answer. `raw` is the upstream's own word, `detail` a sentence where it gave one."""

    reason: Reason
    usage: Usage = Usage()
    raw: str = ""
    detail: str = ""


class Fault(Struct, frozen=True, gc=False):
    """Last of a bad answer."""

    error: GatewayError


Event: TypeAlias = (
    TextDelta
    | ThoughtDelta
    | ArgsDelta
    | Begin
    | TextOpen
    | ThoughtOpen
    | ToolOpen
    | Signed
    | Close
    | BlobOut
    | Extra
    | End
    | Fault
)
