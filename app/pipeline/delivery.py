"""How the events of an attempt reach the client: streamed as they come, or whole at the end.

Holds everything back until there is content, and judges answers that have none. Raises what went wrong;
never spells an error itself.
"""

from typing import Protocol

import msgspec

from app.dialects.base import Writer
from app.errors import EmptyAnswer, GatewayError
from app.flow import Attempt, Flow
from app.ids import Ids
from app.ir.answer import Answer, Collector
from app.ir.estimate import estimate
from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
    End,
    Event,
    Extra,
    Fault,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ToolOpen,
)
from app.ir.parts import Blob, Text, ToolCall

_NOT_YET_CONTENT = (Begin, Extra)
_CHARACTERS_PER_TOKEN = 4


class Delivery(Protocol):
    """Takes the events of one attempt, in order."""

    def put(self, events: list[Event]) -> bool:
        """Take what one read brought. True when the client has to catch up.

        Raises the error of a Fault, after what came before it has been delivered.
        """
        ...


class Streamed:
    """Events to bytes as they come."""

    def __init__(self, flow: Flow, attempt: Attempt, ids: Ids) -> None:
        self._flow = flow
        self._attempt = attempt
        self._feed = _writer(flow, ids).feed
        self._held: list[Event] = []
        self._started = False
        self._visible = False
        self._is_counted = False
        self._characters = 0

    def put(self, events: list[Event]) -> bool:
        if not self._started:
            events = self._held + events
            if all(isinstance(event, _NOT_YET_CONTENT) for event in events):
                self._held = events
                return False
        last = events[-1]
        fault = _fault(last)
        if fault is not None:
            events = events[:-1]
            if not self._started and not _has_content(events):
                raise fault
        if not self._visible:
            self._visible = any(isinstance(event, TextOpen | ToolOpen | BlobOut) for event in events)
        if not self._is_counted:
            self._characters += sum(map(_characters, events))
        if isinstance(last, End):
            events = [*events[:-1], self._end(last)]
        if not self._started:
            self._start(events)
        is_full = self._flow.outbox.put(b"".join(map(self._feed, events)))
        if fault is not None:
            raise fault
        return is_full

    def _start(self, events: list[Event]) -> None:
        self._started = True
        self._held = []
        first = events[0]
        self._is_counted = isinstance(first, Begin) and first.usage.known
        _begun(self._flow, events)

    def _end(self, end: End) -> End:
        if not self._visible and end.reason == "stop":
            _judge_empty(self._flow, can_retry=not self._started)
        end = _with_counts(self._flow, end, self._characters)
        _ended(self._flow, self._attempt, end)
        return end


class Whole:
    """Events collected into an answer, delivered once."""

    def __init__(self, flow: Flow, attempt: Attempt, ids: Ids) -> None:
        self._flow = flow
        self._attempt = attempt
        self._ids = ids
        self._collector = Collector()
        self._begun = False
        self._characters = 0

    def put(self, events: list[Event]) -> bool:
        if not self._begun:
            self._begun = True
            _begun(self._flow, events)
        last = events[-1]
        self._characters += sum(map(_characters, events))
        if isinstance(last, End):
            last = _with_counts(self._flow, last, self._characters)
            events = [*events[:-1], last]
        for event in events:
            self._collector.feed(event)
        if isinstance(last, End):
            self._finish(self._collector.answer(), last)
        elif (fault := _fault(last)) is not None:
            raise fault
        return False

    def _finish(self, answer: Answer, end: End) -> None:
        flow = self._flow
        if end.reason == "stop" and not any(
            isinstance(piece, Text | ToolCall | Blob) for piece in answer.pieces
        ):
            _judge_empty(flow, can_retry=True)
        _ended(flow, self._attempt, end)
        flow.outbox.put(flow.dialect.render(flow.asked, answer, self._ids, flow.created))


def _writer(flow: Flow, ids: Ids) -> Writer:
    flow.writer = flow.dialect.writer(flow.asked, ids, flow.created)
    return flow.writer


def _fault(event: Event) -> GatewayError | None:
    return event.error if isinstance(event, Fault) else None


def _has_content(events: list[Event]) -> bool:
    return not all(isinstance(event, _NOT_YET_CONTENT) for event in events)


def _begun(flow: Flow, events: list[Event]) -> None:
    first = events[0]
    if isinstance(first, Begin):
        flow.headers_out["x-antigravity-model"] = first.model or flow.model.wire_id


def _ended(flow: Flow, attempt: Attempt, end: End) -> None:
    attempt.usage = flow.usage = end.usage
    attempt.finish = flow.finish = end.raw or end.reason
    flow.reason = end.reason


def _characters(event: Event) -> int:
    match event:
        case TextDelta(text=text) | ThoughtDelta(text=text) | ArgsDelta(json=text):
            return len(text)
        case _:
            return 0


def _with_counts(flow: Flow, end: End, characters: int) -> End:
    """`end` with an estimate where the upstream has not said what the answer cost. Source: openai.md 8.4."""
    if end.usage.known:
        return end
    flow.note("usage-estimated")
    output = -(-characters // _CHARACTERS_PER_TOKEN)
    counts = msgspec.structs.replace(end.usage, prompt=estimate(flow.asked), output=output, estimated=True)
    return msgspec.structs.replace(end, usage=counts)


def _judge_empty(flow: Flow, *, can_retry: bool) -> None:
    """Raise EmptyAnswer unless the dialect delivers such answers and a retry has been spent or cannot be.

    Source: openai.md 8.3, anthropic.md 13.
    """
    was_empty_before = any(isinstance(attempt.error, EmptyAnswer) for attempt in flow.attempts)
    if flow.dialect.accepts_empty and (was_empty_before or not can_retry):
        flow.note("empty-answer")
        return
    raise EmptyAnswer("The model gave an empty answer.")
