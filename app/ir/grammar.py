"""Which event may follow which, as a table. Tests and `--check-grammar` hold every stream against it."""

from collections.abc import Iterable
from typing import Final

from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
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
    ToolOpen,
)

_BETWEEN: Final[dict[type[Event], str]] = {
    TextOpen: "text",
    ThoughtOpen: "thought",
    ToolOpen: "tool",
    BlobOut: "between",
    Extra: "between",
    End: "over",
    Fault: "over",
}
_SIGNED: Final[dict[type[Event], str]] = {Close: "between", Fault: "over"}

MOVES: Final[dict[str, dict[type[Event], str]]] = {
    "start": {Begin: "between", Fault: "over"},
    "between": _BETWEEN,
    "text": {TextDelta: "text", Extra: "text", Signed: "signed", Close: "between", Fault: "over"},
    "thought": {ThoughtDelta: "thought", Signed: "signed", Close: "between", Fault: "over"},
    "tool": {ArgsDelta: "tool", Signed: "signed", Close: "between", Fault: "over"},
    "signed": _SIGNED,
    "over": {},
}
"""state -> event -> next state. A Fault may come anywhere: whoever writes it closes what is open."""


class UngrammaticalStream(AssertionError):
    """An event came where the grammar has no place for it."""


class Grammar:
    """Follows one stream.

    check(Begin) check(TextOpen) check(TextDelta) check(Close) check(End) -> all pass; then `is_over`
    """

    def __init__(self) -> None:
        self._state = "start"

    @property
    def is_over(self) -> bool:
        """Whether End or Fault has been seen."""
        return self._state == "over"

    def check(self, event: Event) -> None:
        """Move on by `event`. Raises UngrammaticalStream and stays where it was."""
        following = MOVES[self._state].get(type(event))
        if following is None:
            raise UngrammaticalStream(f"{type(event).__name__} may not follow in state `{self._state}`")
        self._state = following


def is_grammatical(events: Iterable[Event]) -> bool:
    """Whether `events` are one whole stream."""
    grammar = Grammar()
    try:
        for event in events:
            grammar.check(event)
    except UngrammaticalStream:
        return False
    return grammar.is_over
