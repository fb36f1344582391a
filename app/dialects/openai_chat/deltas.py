"""Events to what a chat client sees of them, before any spelling.

The stream and the whole answer are both made from these deltas, so they cannot disagree. A call is held
until it closes: its signature comes last in the event stream and must stand first in the client's.
Source: openai.md 7, 8.3, 10.2. Never: JSON.
"""

from typing import Final, Literal, TypeAlias, assert_never

from msgspec import Struct

from app.dialects.openai_chat.wishes import ChatWishes, wishes_of
from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
    Close,
    End,
    Event,
    Extra,
    Fault,
    Reason,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.ir.prompt import Prompt
from app.wire import json as wire_json

ReasoningOutput: TypeAlias = Literal["reasoning_content", "reasoning", "both", "think_tags", "none"]
ImageOutput: TypeAlias = Literal["auto", "markdown", "images", "both"]
Finish: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


class Style(Struct, frozen=True):
    """How thoughts and images are delivered; the operator's choice."""

    reasoning: ReasoningOutput = "reasoning_content"
    images: ImageOutput = "auto"


class Content(Struct, frozen=True, gc=False):
    """Visible text."""

    text: str


class Reasoning(Struct, frozen=True, gc=False):
    """Thoughts, outside the visible text."""

    text: str


class Refusal(Struct, frozen=True, gc=False):
    """Why nothing was said."""

    text: str


class Call(Struct, frozen=True, gc=False):
    """A whole call. `arguments` is JSON text, or any text where the tool is free-form."""

    index: int
    id: str
    name: str
    arguments: str
    freeform: bool = False
    signature: str | None = None


class Image(Struct, frozen=True, gc=False):
    """A generated image outside the visible text."""

    index: int
    url: str


Delta: TypeAlias = Content | Reasoning | Refusal | Call | Image

_FINISH: Final[dict[Reason, Finish]] = {
    "stop": "stop",
    "length": "length",
    "tool": "stop",  # only where no call was delivered
    "blocked": "content_filter",
    "stop_sequence": "stop",
    "pause": "stop",
    "context_exceeded": "length",
}
_NOTHING: Final[tuple[Delta, ...]] = ()


def shaper_of(prompt: Prompt, style: Style) -> "Shaper":
    """A shaper for the answer to `prompt`."""
    freeform = frozenset(spec.name for spec in prompt.tools if spec.freeform)
    return Shaper(wishes_of(prompt), style, freeform)


class Shaper:
    """Follows one answer.

    feed(ToolOpen) feed(ArgsDelta) -> nothing; feed(Close) -> the Call
    """

    def __init__(self, wishes: ChatWishes, style: Style, freeform: frozenset[str] = frozenset()) -> None:
        self._legacy = wishes.legacy_functions
        self._reasoning = style.reasoning
        self._images = style.images
        if style.images == "auto":
            self._images = "images" if wishes.wants_images else "markdown"
        self._freeform = freeform
        self._content_end = "\n"
        self._is_silent = True
        self._in_tags = False
        self._call: ToolOpen | None = None
        self._fragments: list[str] = []
        self._signature: str | None = None
        self._calls = 0
        self._image_count = 0

    def feed(self, event: Event) -> tuple[Delta, ...]:
        """What the client sees of `event`. Begin, Extra and Fault are not shown this way."""
        match event:
            case TextDelta(text=text):
                return self._text(text)
            case ThoughtDelta(text=text):
                return self._thought(text)
            case ArgsDelta(json=json):
                self._fragments.append(json)
            case ToolOpen():
                self._call = event
                return self._end_of_tags()
            case Signed(signature=signature):
                self._signature = signature
            case Close():
                return self._close()
            case BlobOut():
                return self._image(event)
            case End():
                return self._end(event)
            case Begin() | TextOpen() | ThoughtOpen() | Extra() | Fault():
                pass
            case _:
                assert_never(event)
        return _NOTHING

    def passes(self, text: str) -> bool:
        """Take note of visible text that the client sees as it is; False where `feed` has to look at it."""
        if self._in_tags:
            return False
        self._content_end = text
        self._is_silent = False
        return True

    def finish(self, end: End) -> Finish:
        """The word for how the answer ended; a delivered call outweighs what the upstream said."""
        if self._calls:
            return "function_call" if self._legacy else "tool_calls"
        return _FINISH[end.reason]

    def _text(self, text: str) -> tuple[Delta, ...]:
        tags = self._end_of_tags() if self._in_tags else _NOTHING
        self._content_end = text
        self._is_silent = False
        return (*tags, Content(text)) if tags else (Content(text),)

    def _thought(self, text: str) -> tuple[Delta, ...]:
        match self._reasoning:
            case "none":
                return _NOTHING
            case "think_tags":
                opening, self._in_tags = "" if self._in_tags else "<think>", True
                return (Content(opening + text),)
            case _:
                return (Reasoning(text),)

    def _end_of_tags(self) -> tuple[Delta, ...]:
        if not self._in_tags:
            return _NOTHING
        self._in_tags = False
        self._content_end = "</think>"
        return (Content(self._content_end),)

    def _close(self) -> tuple[Delta, ...]:
        opened, signature, arguments = self._call, self._signature, "".join(self._fragments)
        self._call, self._signature = None, None
        self._fragments.clear()
        if opened is None or (self._legacy and self._calls):
            return _NOTHING
        self._is_silent = False
        index, self._calls = self._calls, self._calls + 1
        freeform = opened.name in self._freeform
        spelled = _freeform_input(arguments) if freeform else arguments or "{}"
        return (Call(index, opened.id, opened.name, spelled, freeform, signature),)

    def _image(self, blob: BlobOut) -> tuple[Delta, ...]:
        url = f"data:{blob.media_type};base64,{blob.data}"
        shown: list[Delta] = [*self._end_of_tags()]
        self._is_silent = False
        if self._images != "markdown":
            shown.append(Image(self._image_count, url))
            self._image_count += 1
        if self._images != "images":
            before = "" if self._content_end.endswith("\n") else "\n"
            shown.append(Content(f"{before}![image]({url})\n"))
            self._content_end = "\n"
        return tuple(shown)

    def _end(self, end: End) -> tuple[Delta, ...]:
        if end.reason != "blocked" or not self._is_silent:
            return self._end_of_tags()
        why = end.detail or f"The request was blocked{f' ({end.raw})' if end.raw else ''}."
        return (*self._end_of_tags(), Refusal(why))


def _freeform_input(arguments: str) -> str:
    """What the model put into the one member of a free-form tool; all it wrote, if it did not."""
    given = (wire_json.object_or_none(arguments) or {}).get("input")
    return given if isinstance(given, str) else arguments
