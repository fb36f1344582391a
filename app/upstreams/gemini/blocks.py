"""The blocks of an answer in the making: what is open, what it is signed with, what has been delivered.

Holds every stream to the grammar: whoever adds text, thoughts, calls and files here cannot break it.
Never: knowledge of the wire.
"""

from typing import Literal, TypeAlias

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

Kind: TypeAlias = Literal["", "text", "thought"]


class Blocks:
    """Turns pieces into events, in `out`, which the owner takes away after each chunk.

    begin() thought("a") sign("s") text("b") close() -> Begin ThoughtOpen ThoughtDelta Signed Close
    TextOpen TextDelta Close
    """

    def __init__(self) -> None:
        self.out: list[Event] = []
        self.open: Kind = ""
        self.signature: str | None = None
        self.has_begun = False
        self.has_thoughts = False
        self.has_visible = False
        self.has_calls = False
        self.is_over = False

    def take(self) -> list[Event]:
        """The events since the last time."""
        taken, self.out = self.out, []
        return taken

    def begin(self, begin: Begin) -> None:
        """Start the answer, once."""
        if not self.has_begun:
            self.has_begun = True
            self.out.append(begin)

    def text(self, text: str) -> None:
        """Visible text."""
        if self.open != "text":
            self.close()
            self.open = "text"
            self.has_visible = True
            self.out.append(TextOpen())
        self.out.append(TextDelta(text))

    def thought(self, text: str) -> None:
        """Thought text. A thought that is signed is over: more text is another one."""
        if self.open != "thought" or self.signature is not None:
            self.close()
            self.open = "thought"
            self.has_thoughts = True
            self.out.append(ThoughtOpen())
        self.out.append(ThoughtDelta(text))

    def sign(self, signature: str) -> None:
        """Sign what is open; a later signature replaces an earlier one."""
        self.signature = signature

    def call(self, call_id: str, name: str, args: str, signature: str | None) -> None:
        """A whole call."""
        self.close()
        self.has_visible = self.has_calls = True
        self.out += (ToolOpen(call_id, name), ArgsDelta(args))
        if signature:
            self.out.append(Signed(signature))
        self.out.append(Close())

    def blob(self, media_type: str, data: str) -> None:
        """A whole file."""
        self.close()
        self.has_visible = True
        self.out.append(BlobOut(media_type, data))

    def aside(self, key: str, raw: bytes) -> None:
        """Something beside the blocks."""
        self.close()
        self.out.append(Extra(key, raw))

    def close(self) -> None:
        """End what is open, if anything is."""
        if not self.open:
            return
        if self.signature:
            self.out.append(Signed(self.signature))
        self.out.append(Close())
        self.open, self.signature = "", None

    def end(self, end: End) -> None:
        """End the answer well."""
        self.close()
        self.is_over = True
        self.out.append(end)

    def fail(self, fault: Fault) -> None:
        """End the answer badly, wherever it stands."""
        self.is_over = True
        self.out.append(fault)
