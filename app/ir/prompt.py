"""The neutral request: what any dialect asks and any upstream answers."""

from typing import Literal, TypeAlias

from msgspec import Struct

from app.ir.parts import Part

Role: TypeAlias = Literal["user", "model"]


class Turn(Struct, frozen=True):
    """One side speaking."""

    role: Role
    parts: tuple[Part, ...]


class ToolSpec(Struct, frozen=True):
    """A tool the model may call, under the caller's own name.

    `schema` is the JSON Schema text as the caller sent it, empty when there was none.
    `freeform`: the caller declared a tool with one unnamed text input, not with a schema.
    """

    name: str
    description: str = ""
    schema: bytes = b""
    freeform: bool = False


class ToolChoice(Struct, frozen=True):
    """May, must or must not call. `names` narrows `any` to some of the tools."""

    mode: Literal["auto", "any", "none"] = "auto"
    names: tuple[str, ...] = ()


class Sampling(Struct, frozen=True):
    """Wishes about the generation; None means that the caller did not say."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None


class Thinking(Struct, frozen=True):
    """What the caller wants of thinking, or (`settled`) what this request will do.

    `mode` default means that the caller did not say. `budget` is in tokens, -1 for dynamic.
    `shown` is whether thoughts are delivered to the caller.
    """

    mode: Literal["default", "on", "off"] = "default"
    budget: int | None = None
    effort: str | None = None
    shown: bool = True
    settled: bool = False


class OutputShape(Struct, frozen=True):
    """The form of the answer. `schema` is JSON Schema text with `kind` json; images by `modalities`."""

    kind: Literal["text", "json"] = "text"
    schema: bytes | None = None
    modalities: tuple[str, ...] = ()
    aspect_ratio: str | None = None
    image_size: str | None = None


class WebSearch(Struct, frozen=True):
    """The caller asks the upstream itself to search the web."""

    allowed_domains: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()


class Prompt(Struct, frozen=True):
    """One request in neutral form.

    `model` is the name exactly as the caller sent it. `affinity` is what ties requests of one
    conversation together, in clear; it is hashed before it leaves the process. `prefill` is text that
    the answer must continue. `overlay` is a JSON object of upstream generation settings that overlay
    the computed ones. `call_prefix` begins the ids of calls for which the upstream gives none. `notes` are
    words about what parsing dropped.
    """

    model: str
    turns: tuple[Turn, ...]
    system: tuple[str, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    parallel_calls: bool = True
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    output: OutputShape = OutputShape()
    stop: tuple[str, ...] = ()
    stream: bool = False
    affinity: str | None = None
    prefill: str = ""
    search: WebSearch | None = None
    overlay: bytes | None = None
    call_prefix: str = "call_"
    notes: tuple[str, ...] = ()
    extras: bytes | None = None
