"""The whole of an answer: collected from events, and unfolded into them again.

`collect(unfold(answer)) == answer`: streaming and non-streaming replies have one source.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from msgspec import Struct

from app.errors import GatewayError
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
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.usage import Usage

Piece = Text | Thought | ToolCall | Blob | Extra
"""What an answer consists of, in the order in which it came. An Extra inside a text block follows it."""


class Answer(Struct, frozen=True):
    """A finished answer."""

    id: str
    model: str
    pieces: tuple[Piece, ...]
    reason: Reason
    usage: Usage = Usage()
    raw: str = ""
    detail: str = ""


class Collector:
    """Folds events into an Answer.

    feed(Begin) feed(TextOpen) feed(TextDelta "a") feed(Close) feed(End) -> answer() has Text("a")
    """

    def __init__(self) -> None:
        self._begin = Begin("", "")
        self._pieces: list[Piece] = []
        self._open: TextOpen | ThoughtOpen | ToolOpen | None = None
        self._fragments: list[str] = []
        self._late: list[Extra] = []
        self._signature: str | None = None
        self._end: End | None = None
        self._error: GatewayError | None = None

    def feed(self, event: Event) -> None:
        """Take the next event of a grammatical stream."""
        match event:
            case TextDelta(text=text) | ThoughtDelta(text=text):
                self._fragments.append(text)
            case ArgsDelta(json=json):
                self._fragments.append(json)
            case TextOpen() | ThoughtOpen() | ToolOpen():
                self._open = event
            case Signed(signature=signature):
                self._signature = signature
            case Close():
                self._close()
            case BlobOut(media_type=media_type, data=data):
                self._pieces.append(Blob(media_type, data))
            case Extra():
                (self._late if self._open else self._pieces).append(event)
            case Begin():
                self._begin = event
            case End():
                self._end = event
            case Fault(error=error):
                self._error = error
            case _:
                assert_never(event)

    @property
    def is_over(self) -> bool:
        """Whether the stream has ended, well or badly."""
        return self._end is not None or self._error is not None

    def answer(self) -> Answer:
        """The answer so far collected. Raises the stream's error if it ended in a Fault."""
        if self._error is not None:
            raise self._error
        end = self._end or End("stop")
        return Answer(
            id=self._begin.id,
            model=self._begin.model,
            pieces=tuple(self._pieces),
            reason=end.reason,
            usage=end.usage,
            raw=end.raw,
            detail=end.detail,
        )

    def _close(self) -> None:
        whole, signature = "".join(self._fragments), self._signature
        match self._open:
            case TextOpen():
                self._pieces.append(Text(whole, signature))
            case ThoughtOpen():
                self._pieces.append(Thought(whole, signature))
            case ToolOpen(id=call_id, name=name):
                self._pieces.append(ToolCall(call_id, name, whole.encode() or b"{}", signature))
            case None:
                pass
            case _:
                assert_never(self._open)
        self._pieces.extend(self._late)
        self._open, self._signature = None, None
        self._fragments.clear()
        self._late.clear()


def collect(events: Iterable[Event]) -> Answer:
    """The answer that a whole stream amounts to."""
    collector = Collector()
    for event in events:
        collector.feed(event)
    return collector.answer()


def unfold(answer: Answer) -> Iterator[Event]:
    """The shortest stream that amounts to `answer`."""
    yield Begin(answer.id, answer.model)
    for piece in answer.pieces:
        yield from _unfold_piece(piece)
    yield End(answer.reason, answer.usage, answer.raw, answer.detail)


def _unfold_piece(piece: Piece) -> Iterator[Event]:
    match piece:
        case Blob(media_type=media_type, data=data):
            yield BlobOut(media_type, data)
        case Extra():
            yield piece
        case Text(text=text, signature=signature):
            yield TextOpen()
            if text:
                yield TextDelta(text)
            yield from _end_of_block(signature)
        case Thought(text=text, signature=signature):
            yield ThoughtOpen()
            if text:
                yield ThoughtDelta(text)
            yield from _end_of_block(signature)
        case ToolCall(id=call_id, name=name, args=args, signature=signature):
            yield ToolOpen(call_id, name)
            yield ArgsDelta(args.decode())
            yield from _end_of_block(signature)
        case _:
            assert_never(piece)


def _end_of_block(signature: str | None) -> Iterator[Event]:
    if signature is not None:
        yield Signed(signature)
    yield Close()
