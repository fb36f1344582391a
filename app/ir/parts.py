"""The pieces of a turn.

Pure values. JSON that the gateway only carries (arguments, schemas) stays as the bytes that came, so
that numbers, order and spelling survive.
"""

from typing import TypeAlias

from msgspec import Struct


class Text(Struct, frozen=True, tag=True):
    """Visible text. `signature` is one that the upstream put on a text part."""

    text: str
    signature: str | None = None


class Thought(Struct, frozen=True, tag=True):
    """What a model thought. `redacted`: the text is not known to the client, only an opaque value."""

    text: str
    signature: str | None = None
    redacted: bool = False


class Blob(Struct, frozen=True, tag=True):
    """A file inline. `data` is base64: standard alphabet, padded, without line breaks, once normalised."""

    media_type: str
    data: str
    name: str | None = None
    where: str | None = None


class Link(Struct, frozen=True, tag=True):
    """A file by address. `media_type` is empty when the caller did not say."""

    uri: str
    media_type: str = ""
    where: str | None = None


class ToolCall(Struct, frozen=True, tag=True):
    """A call the model made. `args` is the JSON text of an object.

    `origin` is the upstream's own id within one that a client had made illegal; signatures are known by it.
    """

    id: str
    name: str
    args: bytes = b"{}"
    signature: str | None = None
    origin: str | None = None


class ToolResult(Struct, frozen=True, tag=True):
    """What came back for a call. `name` may be empty: history repair takes it from the call."""

    call_id: str
    name: str
    parts: tuple["ResultPart", ...]
    failed: bool = False


class Opaque(Struct, frozen=True, tag=True):
    """A piece that only its own dialect understands; travels when both ends are of one family."""

    dialect: str
    raw: bytes


ResultPart: TypeAlias = Text | Blob | Link
Part: TypeAlias = Text | Thought | Blob | Link | ToolCall | ToolResult | Opaque
