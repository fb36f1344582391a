"""Bytes of an answer to events.

Fed with raw bytes in any split; knows nothing of accounts, callers or time. Whatever the upstream sends, the
stream that comes out is grammatical and ends once. Source: upstream.md 6, anthropic.md 12, openai.md 8.2-8.4.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Raw

from app.catalog.profile import ModelProfile
from app.errors import EmptyAnswer, GatewayError, MalformedCall, StreamCut, UpstreamGarbled
from app.ids import Ids
from app.ir.events import Begin, End, Event, Fault, Reason, TextDelta
from app.ir.usage import Usage
from app.upstreams.base import ToolBinding
from app.upstreams.gemini.blocks import Blocks
from app.upstreams.gemini.calls import CallReader
from app.upstreams.gemini.faults import is_version_notice, outdated, read_stream_fault
from app.upstreams.gemini.finish import BROKEN_CALLS, reason_of
from app.upstreams.gemini.framing import Framing
from app.upstreams.gemini.notice import NoticeGate
from app.upstreams.gemini.salvage import salvage
from app.upstreams.gemini.searches import count_searches
from app.upstreams.gemini.spelled import in_words
from app.upstreams.gemini.usage import TokenCount
from app.upstreams.gemini.wire import NOTHING, Call, Candidate, Chunk, Envelope, Part
from app.wire.sse import EventTooLarge

_ENVELOPES: Final = msgspec.json.Decoder(Envelope)
_ABSENT: Final = (b"", b"null")
_NO_METADATA: Final = (b"", b"null", b"{}")


class GeminiDecoder:
    """Decodes one answer.

    feed(half an event) -> [] ; feed(the rest) -> [Begin, TextOpen, TextDelta] ; finish() -> [Close, End]

    End only comes with `finish`, since the upstream may name the token counts after the finish reason.
    """

    def __init__(
        self,
        bindings: Iterable[ToolBinding],
        ids: Ids,
        profile: ModelProfile,
        *,
        known_call_ids: frozenset[str] = frozenset(),
        parallel_calls: bool = True,
        call_prefix: str = "call_",
    ) -> None:
        self._framing = Framing()
        self._blocks = Blocks()
        self._calls = CallReader(bindings, ids, known_call_ids, call_prefix)
        self._tokens = TokenCount()
        self._notice: NoticeGate | None = NoticeGate()
        self._profile = profile
        self._is_claude = profile.family == "claude"
        self._parallel_calls = parallel_calls
        self._id = ""
        self._model = profile.wire_id
        self._saw_chunk = False
        self._finish = self._block_reason = self._detail = ""
        self._loose_signature: str | None = None
        self._grounding = self._citations = b""

    @property
    def usage(self) -> Usage:
        """Tokens as told so far."""
        return self._tokens.usage()

    @property
    def is_over(self) -> bool:
        """Whether End or Fault has been given."""
        return self._blocks.is_over

    @property
    def has_finish(self) -> bool:
        """Whether the upstream has said why it stopped: nothing but token counts can follow."""
        return bool(self._finish or self._block_reason)

    def feed(self, data: bytes) -> list[Event]:
        """Events that `data` completes."""
        if self._blocks.is_over:
            return []
        try:
            for document in self._framing.feed(data):
                self._document(document)
        except EventTooLarge as exc:
            self._fail(UpstreamGarbled(f"The upstream's answer cannot be read: {exc}.", kind="event_too_big"))
        return self._blocks.take()

    def finish(self) -> list[Event]:
        """The last events, after the body has ended cleanly."""
        if self._blocks.is_over:
            return []
        cut = StreamCut("The upstream's answer broke off in the middle of an event.", kind="half_event")
        try:
            for document in self._framing.finish():
                self._document(document, if_unreadable=cut)
        except EventTooLarge:
            self._fail(cut)
        if not self._blocks.is_over:
            self._end()
        return self._blocks.take()

    def _document(self, document: bytes, if_unreadable: GatewayError | None = None) -> None:
        if self._blocks.is_over or document == b"[DONE]":
            return
        try:
            envelope: Envelope | None = _ENVELOPES.decode(document)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            envelope = salvage(document)
        if envelope is None:
            garbled = UpstreamGarbled("The upstream's answer cannot be read.", kind="bad_json")
            self._fail(if_unreadable or garbled)
            return
        self._saw_chunk = True
        inner = envelope.response
        self._chunk(envelope if inner is None or not _is_absent(envelope.error) else inner)

    def _chunk(self, chunk: Chunk) -> None:
        if not _is_absent(chunk.error):
            self._fail(read_stream_fault(b'{"error":' + bytes(chunk.error) + b"}"))
            return
        if not self._blocks.has_begun:
            self._id = self._id or chunk.response_id or ""
            self._model = chunk.model_version or self._model
        if chunk.usage_metadata is not None:
            self._tokens.see(chunk.usage_metadata)
        if chunk.candidates:
            self._candidate(chunk.candidates[0])
        if self._finish and chunk.usage_metadata is not None:
            self._tokens.is_final = True
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason and not self.has_finish:
            self._block_reason = feedback.block_reason
            self._detail = feedback.block_reason_message or ""
            self._release()

    def _candidate(self, candidate: Candidate) -> None:
        if candidate.grounding_metadata is not NOTHING:
            self._grounding = _metadata(candidate.grounding_metadata) or self._grounding
        if candidate.citation_metadata is not NOTHING:
            self._citations = _metadata(candidate.citation_metadata) or self._citations
        if self._finish or self._block_reason:
            return
        content = candidate.content
        if content is not None and content.parts:
            for part in content.parts:
                self._part(part)
        signature = candidate.thought_signature or candidate.signature_in_snake or candidate.signature
        if signature and self._blocks.open == "thought":
            self._blocks.sign(signature)
        if candidate.finish_reason:
            self._finish = candidate.finish_reason
            self._detail = candidate.finish_message or ""
            self._finished()

    def _part(self, part: Part) -> None:
        signature = part.thought_signature or part.signature_in_snake or part.signature
        if part.function_call is not None:
            self._call(part.function_call, signature)
        elif part.text:
            if self._blocks.open == "text" and not (part.thought or signature):
                self._blocks.out.append(TextDelta(part.text))
            elif part.thought:
                self._thought(part.text, signature)
            else:
                self._text(part.text, signature)
        elif signature:
            self._lone_signature(signature, is_thought=part.thought)
        elif not part.thought:
            self._rare(part)

    def _text(self, text: str, signature: str | None) -> None:
        if self._notice is not None:
            held = self._notice.offer(text, has_usage=not self._tokens.is_zero)
            if held is None:
                return
            self._notice, text = None, held
        blocks = self._blocks
        if signature and self._is_claude and blocks.open == "thought" and blocks.signature is None:
            blocks.sign(signature)
            signature = None
        self._begin()
        blocks.text(text)
        if signature:
            blocks.sign(signature)

    def _thought(self, text: str, signature: str | None) -> None:
        self._release()
        self._blocks.thought(text)
        if signature:
            self._blocks.sign(signature)

    def _lone_signature(self, signature: str, *, is_thought: bool) -> None:
        """A signature without anything: of the open thought, of the open text, or of the call to come.

        Gemini marks those of thoughts; what it does not mark belongs to what is visible.
        """
        opened = self._blocks.open
        if (opened == "thought" and (self._is_claude or is_thought)) or opened == "text":
            self._blocks.sign(signature)
        else:
            self._loose_signature = signature

    def _call(self, call: Call, signature: str | None) -> None:
        signature = signature or call.thought_signature or call.signature_in_snake or call.signature
        blocks = self._blocks
        if signature and self._is_claude and blocks.open == "thought" and blocks.signature is None:
            blocks.sign(signature)
        if blocks.has_calls and not self._parallel_calls:
            return
        read = self._calls.read(call)
        if read is None:
            return
        self._release()
        blocks.call(read.id, read.name, read.args, signature or self._loose_signature)
        self._loose_signature = None

    def _rare(self, part: Part) -> None:
        if part.inline_data is not None and part.inline_data.data:
            self._release()
            self._blocks.blob(part.inline_data.mime_type, part.inline_data.data)
        elif text := in_words(part):
            self._text(text, None)

    def _begin(self) -> None:
        if not self._blocks.has_begun:
            self._blocks.begin(Begin(self._id, self._model, self._tokens.usage()))

    def _release(self) -> None:
        """Something other than text came, so what is held is an answer; begin if it has not begun."""
        held = self._notice.held if self._notice is not None else ""
        self._notice = None
        self._begin()
        if held:
            self._blocks.text(held)

    def _finished(self) -> None:
        if self._notice is None or not self._notice.held:
            self._release()
            self._blocks.close()

    def _end(self) -> None:
        blocks = self._blocks
        error = self._verdict()
        if error is not None:
            self._fail(error)
            return
        self._release()
        if self._grounding:
            blocks.aside("grounding", self._grounding)
        if self._citations:
            blocks.aside("citations", self._citations)
        usage = self._tokens.usage(count_searches(self._grounding))
        blocks.end(End(self._reason(), usage, self._block_reason or self._finish, self._detail))

    def _verdict(self) -> GatewayError | None:
        """What is wrong with the whole answer; None for a good one."""
        held = self._notice.held if self._notice is not None else ""
        if held and self._tokens.is_zero and is_version_notice(held):
            return outdated()
        has_visible = bool(held) or self._blocks.has_visible
        if not self.has_finish:
            return None if has_visible else self._unfinished()
        if self._finish in BROKEN_CALLS and not has_visible:
            return MalformedCall("The model tried to call a tool and produced something unusable.")
        return None

    def _unfinished(self) -> GatewayError:
        """What a body amounts to that ended without a finish reason and without anything to see."""
        if self._blocks.has_thoughts:
            return StreamCut("The upstream's answer ended after its thoughts.", kind="thoughts_only")
        head = self._framing.head.decode("utf-8", "replace").strip()
        if self._saw_chunk or not head:
            return EmptyAnswer("The upstream answered with nothing.", kind="empty")
        if is_version_notice(head):
            return outdated()
        return UpstreamGarbled("The upstream's answer is no event stream.", kind="not_sse")

    def _reason(self) -> Reason:
        if self._blocks.has_calls:
            return "tool"
        return "blocked" if self._block_reason else reason_of(self._finish)

    def _fail(self, error: GatewayError) -> None:
        self._blocks.fail(Fault(error))


def _is_absent(error: Raw) -> bool:
    return error is NOTHING or bytes(error) in _ABSENT


def _metadata(raw: Raw) -> bytes:
    metadata = bytes(raw)
    # Raw JSON is not checked for broken characters.
    return b"" if metadata in _NO_METADATA else metadata.decode("utf-8", "replace").encode()
