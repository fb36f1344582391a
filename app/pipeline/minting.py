"""Watches an answer and remembers what the upstream signed, before the client can ask with it.

Made per attempt; passes every event on unchanged. What was complete when an answer broke off stays
remembered. Source: anthropic.md 9.2.
Never: changing an event.
"""

from app.ir.events import (
    ArgsDelta,
    Close,
    End,
    Event,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.pipeline.thoughts import call_digest, message_digest
from app.signatures import (
    LONGEST,
    Entry,
    Mine,
    Origin,
    Place,
    SignatureMemory,
    SignedThought,
    call_key,
    message_key,
    signature_key,
    thought_key,
)


class Minting:
    """An event filter.

    (ThoughtOpen) (ThoughtDelta) (Signed) (Close) (ToolOpen) (ArgsDelta) (Close) -> the call's entry is
    kept by the time its Close comes out, and completed at the End.
    """

    def __init__(self, memory: SignatureMemory, mine: Mine) -> None:
        self._memory = memory
        self._mine = mine
        self._open: TextOpen | ThoughtOpen | ToolOpen | None = None
        self._fragments: list[str] = []
        self._signature: str | None = None
        self._thoughts: list[SignedThought] = []
        self._calls: dict[str, Entry] = {}
        self._texts: list[str] = []

    def __call__(self, event: Event) -> tuple[Event, ...]:
        """Take note of `event`."""
        match event:
            case TextDelta(text=text) | ThoughtDelta(text=text) | ArgsDelta(json=text):
                self._fragments.append(text)
            case TextOpen() | ThoughtOpen() | ToolOpen():
                self._open = event
            case Signed(signature=signature):
                self._signature = signature if len(signature) <= LONGEST else None
            case Close():
                self._close()
            case End():
                self._learn_calls()
                self._learn_message()
            case Fault():
                self._learn_calls()
            case _:
                pass
        return (event,)

    def _close(self) -> None:
        content, signature, block = "".join(self._fragments), self._signature or None, self._open
        self._fragments.clear()
        self._signature, self._open = None, None
        match block:
            case ThoughtOpen():
                self._close_thought(content, signature)
            case ToolOpen(id=call_id, name=name):
                self._close_call(call_id, call_digest(name, content.encode() or b"{}"), signature)
            case TextOpen():
                self._texts.append(content)
                if signature and not self._completes_thought(signature):
                    self._learn_signature(signature, "text")
            case None:
                pass

    def _close_thought(self, text: str, signature: str | None) -> None:
        if not text and signature and self._completes_thought(signature):
            return
        self._thoughts.append(SignedThought(text, signature))
        if signature:
            self._learn_thought(text, signature)

    def _close_call(self, call_id: str, digest: str, signature: str | None) -> None:
        if signature:
            self._learn_signature(signature, "call")
        self._calls[call_id] = Entry(self._mine.family, call_signature=signature, call=digest)
        self._learn_call(call_id)

    def _completes_thought(self, signature: str) -> bool:
        """Give a signature that came late to the thought before it, on the family that signs thoughts."""
        if self._mine.family != "claude" or not self._thoughts or self._thoughts[-1].signature:
            return False
        text = self._thoughts[-1].text
        self._thoughts[-1] = SignedThought(text, signature)
        self._learn_thought(text, signature)
        return True

    def _learn_thought(self, text: str, signature: str) -> None:
        self._learn_signature(signature, "thought", text)
        if text:
            self._memory.learn([(thought_key(self._mine, text), signature)])

    def _learn_signature(self, signature: str, place: Place, text: str = "") -> None:
        origin = Origin(self._mine.family, place, signature, text)
        self._memory.learn([(signature_key(self._mine.tenant, signature), origin)])

    def _learn_calls(self) -> None:
        for call_id in self._calls:
            self._learn_call(call_id)

    def _learn_call(self, call_id: str) -> None:
        self._memory.learn([(call_key(self._mine, call_id), self._completed(self._calls[call_id]))])

    def _learn_message(self) -> None:
        calls = {call_id: entry.call for call_id, entry in self._calls.items()}
        digest = message_digest("".join(self._texts), calls)
        if digest and self._thoughts:
            entry = self._completed(Entry(self._mine.family))
            self._memory.learn([(message_key(self._mine, digest), entry)])

    def _completed(self, entry: Entry) -> Entry:
        silent = not self._thoughts and entry.call_signature is None
        return Entry(entry.family, tuple(self._thoughts), entry.call_signature, silent, entry.call)
