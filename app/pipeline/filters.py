"""Event filters that shape an answer: without a prefill, without a code fence, without thoughts.

Pure, made per attempt. Each keeps the grammar, gives the same text for any split into deltas, and holds back
only what it needs to decide. A block of which nothing is left is dropped whole.
Source: anthropic.md 7.4, 7.5 and 8.4; openai.md 5.6.
Never: looking at a request.
"""

import re
from typing import Final, Protocol

from app.ir.events import (
    Close,
    End,
    Event,
    Extra,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
)

_FENCE_DECIDED_BY: Final = 16
"""A fence line that has not ended after this many characters is none."""

_FENCE_LINE: Final = re.compile(r"\s*```[A-Za-z0-9_+-]*[ \t]*\r?\n")
_FENCE_LINE_BEGUN: Final = re.compile(r"\s*`{0,3}|\s*```[A-Za-z0-9_+-]*[ \t]*\r?")
_FENCE_END: Final = re.compile(r"\r?\n?```[ \t]*(?:\r?\n|\Z)")
_FENCE_END_BEGUN: Final = re.compile(r"(?:\r?\n?`{1,3}|\r?\n?```[ \t]*\r?|\r?\n|\r)\Z")


class TextRule(Protocol):
    """What happens to the visible text of an answer, piece by piece."""

    done: bool
    """Whether from now on text passes unchanged."""

    def feed(self, text: str) -> str:
        """What may be shown now that `text` has come as well."""
        ...

    def block_ends(self) -> str:
        """What is still to be shown of the block that ends here."""
        ...


class TextFilter:
    """Runs the text blocks of an answer through a rule.

    (TextOpen) -> nothing yet; (TextDelta) -> (TextOpen, TextDelta) as soon as there is text to show.
    """

    def __init__(self, rule: TextRule) -> None:
        self._rule = rule
        self._in_text = False
        self._is_shown = False
        self._extras: list[Event] = []

    def __call__(self, event: Event) -> tuple[Event, ...]:
        """What stands in the place of `event`."""
        if self._rule.done and not self._in_text:
            return (event,)
        match event:
            case TextDelta(text=text):
                return self._show(text if self._rule.done else self._rule.feed(text))
            case TextOpen():
                self._in_text, self._is_shown = True, False
                return ()
            case Signed() if self._in_text:
                shown = self._show(self._rest())
                return (*shown, event) if self._is_shown else ()
            case Close() if self._in_text:
                return self._close(event)
            case Extra() if self._in_text and not self._is_shown:
                self._extras.append(event)
                return ()
            case End() | Fault() if self._in_text:
                return (*self._show(self._rest()), event)
            case _:
                return (event,)

    def _show(self, text: str) -> tuple[Event, ...]:
        if not text:
            return ()
        if self._is_shown:
            return (TextDelta(text),)
        self._is_shown = True
        held, self._extras = self._extras, []
        return (TextOpen(), *held, TextDelta(text))

    def _close(self, event: Close) -> tuple[Event, ...]:
        shown = self._show(self._rest())
        self._in_text = False
        if self._is_shown:
            return (*shown, event)
        held, self._extras = self._extras, []
        return tuple(held)

    def _rest(self) -> str:
        return "" if self._rule.done else self._rule.block_ends()


class ThoughtFilter:
    """Takes every thought block out."""

    def __init__(self) -> None:
        self._in_thought = False

    def __call__(self, event: Event) -> tuple[Event, ...]:
        """What stands in the place of `event`."""
        match event:
            case TextDelta():  # most frequent first
                return (event,)
            case ThoughtOpen():
                self._in_thought = True
                return ()
            case ThoughtDelta():
                return ()
            case Signed() if self._in_thought:
                return ()
            case Close() if self._in_thought:
                self._in_thought = False
                return ()
            case _:
                return (event,)


class _PrefillRule:
    """Takes the prefill off the head of the first visible text, with the white space before it."""

    def __init__(self, prefill: str) -> None:
        self._prefill = prefill.rstrip()
        self._held = ""
        self.done = not self._prefill

    def feed(self, text: str) -> str:
        self._held += text
        begun = self._held.lstrip()
        if begun.startswith(self._prefill):
            return self._release(begun[len(self._prefill) :])
        return "" if self._prefill.startswith(begun) else self._release(self._held)

    def block_ends(self) -> str:
        held = self._held
        if not held.strip():
            self._held = ""
            return held
        return self._release(held)

    def _release(self, text: str) -> str:
        self.done, self._held = True, ""
        return text


class _FenceRule:
    """Takes the code fence off that surrounds the whole text: its first line, and the closing one."""

    def __init__(self) -> None:
        self._held = ""
        self._is_inside = False
        self.done = False

    def feed(self, text: str) -> str:
        self._held += text
        if self._is_inside:
            return self._inside()
        found = _FENCE_LINE.match(self._held)
        if found and len(found.group().lstrip()) <= _FENCE_DECIDED_BY:
            self._held, self._is_inside = self._held[found.end() :], True
            return self._inside()
        is_open = len(self._held.lstrip()) < _FENCE_DECIDED_BY and _FENCE_LINE_BEGUN.fullmatch(self._held)
        return "" if is_open else self._release(self._held)

    def block_ends(self) -> str:
        held, self._held = self._held, ""
        if self._is_inside:
            return self._release(held[: found.start()]) if (found := _FENCE_END.search(held)) else held
        return self._release(held) if held.strip() else held

    def _inside(self) -> str:
        found = _FENCE_END.search(self._held)
        if found and found.group().endswith("\n"):
            return self._release(self._held[: found.start()] + self._held[found.end() :])
        waiting = _FENCE_END_BEGUN.search(self._held)
        cut = waiting.start() if waiting else len(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return ready

    def _release(self, text: str) -> str:
        self.done, self._held = True, ""
        return text


def strip_prefill(prefill: str) -> TextFilter:
    """Filter that lets the answer continue `prefill` where the model has repeated it.

    White space before the repetition goes with it; white space at the prefill's end does not count.
    """
    return TextFilter(_PrefillRule(prefill))


def strip_fence() -> TextFilter:
    """Filter that takes a Markdown code fence off an answer that is one value."""
    return TextFilter(_FenceRule())


def hide_thoughts() -> ThoughtFilter:
    """Filter that delivers no thought."""
    return ThoughtFilter()
