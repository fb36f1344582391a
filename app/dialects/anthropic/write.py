"""Events to Anthropic's server-sent events.

    message_start  (block | ping)*  message_delta  message_stop       or at any point: error

`message_start` waits for the first block, so that everything before it can still be taken back.
Source: anthropic.md 13. Never: whether an answer is retried.
"""

from typing import Final, Literal, TypeAlias, assert_never

from app.dialects.anthropic.refuse import error_out
from app.dialects.anthropic.reply import (
    MessageOut,
    SearchBlock,
    ServerToolUseBlock,
    Tally,
    TextBlock,
    WebSearchBlock,
    explanation_of,
    markdown_image,
    message_id,
    own_reason,
    stop_of,
    usage_of,
)
from app.dialects.anthropic.search import search_reply
from app.errors import EmptyAnswer, GatewayError
from app.ids import Ids
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
from app.ir.prompt import Prompt
from app.wire import sse
from app.wire.json import encode

_Mark: TypeAlias = TextOpen | ThoughtOpen | ToolOpen | Signed | BlobOut | Extra | Begin | End | Fault
_Kind: TypeAlias = Literal["", "text", "thinking", "tool_use"]

_PING: Final = sse.event("ping", b'{"type":"ping"}')
_COMMENT: Final = sse.comment("ping")
_STOP: Final = sse.event("message_stop", b'{"type":"message_stop"}')
_START: Final = (
    b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,"content_block":%b}\n\n'
)
_DELTA: Final = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":"%b","%b":'
)
_DELTA_END: Final = b"}}\n\n"
_BLOCK_STOP: Final = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_EMPTY_TEXT: Final = b'{"type":"text","text":""}'
_EMPTY_THINKING: Final = b'{"type":"thinking","thinking":"","signature":""}'


class AnthropicWriter:
    """Spells one stream.

    feed(Begin) feed(TextOpen) -> nothing; feed(TextDelta) -> message_start, content_block_start, delta;
    feed(Close) -> content_block_stop; feed(End) -> message_delta, message_stop
    """

    def __init__(self, prompt: Prompt, ids: Ids) -> None:
        self._prompt = prompt
        self._ids = ids
        self._started = False
        self._over = False
        self._begin = Begin("", "")
        self._tally = Tally()
        self._index = 0
        self._kind: _Kind = ""
        self._frame = b""  # start of a delta of the block that is open on the wire, else empty
        self._filled = False
        self._blank = ""  # white space that waits for something visible
        self._found: list[str] = []
        self._grounding = b""

    def feed(self, event: Event) -> bytes:
        """Bytes for `event`, often none. A Fault that comes after the end says nothing any more.

        Raises EmptyAnswer at the end of an answer that has nothing to show, as long as nothing was written
        and somebody else may still answer; later that is an error event.
        """
        match event:
            case TextDelta(text=text):
                if self._frame:
                    return self._frame + encode(text) + _DELTA_END
                return self._text(text)
            case ThoughtDelta(text=text):
                opening = b"" if self._frame else self._open(_EMPTY_THINKING, b"thinking_delta", b"thinking")
                return opening + self._frame + encode(text) + _DELTA_END
            case ArgsDelta(json=json):
                self._filled = self._filled or bool(json)
                return self._frame + encode(json) + _DELTA_END if json else b""
            case Close():
                return self._close()
            case _:
                return self._mark(event)

    def heartbeat(self) -> bytes:
        """A comment before the message has begun, then a ping."""
        if self._over:
            return b""
        return _PING if self._started else _COMMENT

    def _mark(self, event: _Mark) -> bytes:
        match event:
            case TextOpen():
                self._kind = "text"
            case ThoughtOpen():
                self._kind = "thinking"
            case ToolOpen(id=call_id, name=name):
                return self._tool(call_id, name)
            case Signed(signature=signature):
                return self._signed(signature)
            case BlobOut(media_type=media_type, data=data):
                return self._text(markdown_image(media_type, data)) + self._close()
            case Extra(key=key, raw=raw):
                self._grounding = raw if key == "grounding" else self._grounding
            case Begin():
                self._begin = event
            case End():
                return self._end(event)
            case Fault(error=error):
                return self._fault(error)
            case _:
                assert_never(event)
        return b""

    def _text(self, text: str) -> bytes:
        """The first visible text of a block. Blank text waits, and a search's text waits for its sources."""
        if self._prompt.search is not None:
            self._found.append(text)
            return b"" if self._started or text.isspace() else self._message_start()
        self._blank += text
        if self._blank.isspace():
            return b""
        text = self._blank
        return self._open(_EMPTY_TEXT, b"text_delta", b"text") + self._frame + encode(text) + _DELTA_END

    def _tool(self, call_id: str, name: str) -> bytes:
        self._kind, self._filled = "tool_use", False
        self._tally.called = self._tally.visible = True
        block = b'{"type":"tool_use","id":%b,"name":%b,"input":{}}' % (encode(call_id), encode(name))
        return self._open(block, b"input_json_delta", b"partial_json")

    def _signed(self, signature: str) -> bytes:
        if self._kind != "thinking" or not signature:
            return b""
        opening = b"" if self._frame else self._open(_EMPTY_THINKING, b"thinking_delta", b"thinking")
        return opening + self._delta(b"signature_delta", b"signature", encode(signature))

    def _close(self) -> bytes:
        frame, self._frame = self._frame, b""
        if not frame:
            return b""
        missing = frame + b'"{}"' + _DELTA_END if self._kind == "tool_use" and not self._filled else b""
        self._index += 1
        return missing + _BLOCK_STOP % (self._index - 1)

    def _open(self, block: bytes, delta: bytes, field: bytes) -> bytes:
        """Start a block on the wire and prepare the frame of its deltas."""
        opening = b"" if self._started else self._message_start()
        self._blank = ""
        self._tally.visible = self._tally.visible or delta != b"thinking_delta"
        self._frame = _DELTA % (self._index, delta, field)
        return opening + _START % (self._index, block)

    def _delta(self, delta: bytes, field: bytes, value: bytes) -> bytes:
        return _DELTA % (self._index, delta, field) + value + _DELTA_END

    def _message_start(self) -> bytes:
        self._started = True
        usage = usage_of(self._prompt, self._begin.usage)
        message = MessageOut(id=message_id(self._ids), model=self._prompt.model, usage=usage)
        return sse.event("message_start", encode({"type": "message_start", "message": message}))

    def _end(self, event: End) -> bytes:
        out = self._search() if self._prompt.search is not None else b""
        reason = own_reason(event.reason, event.raw)
        try:
            explanation = explanation_of(reason, self._tally, event.detail)
        except EmptyAnswer as exc:
            if not self._started:
                raise
            return self._fault(exc)
        if explanation:
            out += self._whole(TextBlock(explanation))
        opening = b"" if self._started else self._message_start()
        self._over = True
        closing = {
            "type": "message_delta",
            "delta": stop_of(self._prompt, reason, self._tally, event.detail),
            "usage": usage_of(self._prompt, event.usage, self._tally),
        }
        return out + opening + sse.event("message_delta", encode(closing)) + _STOP

    def _search(self) -> bytes:
        assert self._prompt.search is not None
        reply = search_reply("".join(self._found), self._grounding, self._prompt.search, self._ids)
        self._tally.searches = reply.searches
        return b"".join(map(self._whole, reply.blocks))

    def _whole(self, block: SearchBlock) -> bytes:
        """A block that is known whole: its start, its deltas, its stop."""
        match block:
            case TextBlock(text=text, citations=citations):
                out = self._open(_EMPTY_TEXT, b"text_delta", b"text")
                out += b"".join(
                    self._delta(b"citations_delta", b"citation", encode(citation))
                    for citation in citations or ()
                )
                return out + self._frame + encode(text) + _DELTA_END + self._close()
            case ServerToolUseBlock(id=call_id, input=given):
                self._kind, self._filled = "tool_use", True
                start = b'{"type":"server_tool_use","id":%b,"name":"web_search","input":{}}' % encode(call_id)
                out = self._open(start, b"input_json_delta", b"partial_json")
                return out + self._frame + encode(bytes(given).decode()) + _DELTA_END + self._close()
            case WebSearchBlock():
                return self._open(encode(block), b"", b"") + self._close()
            case _:
                assert_never(block)

    def _fault(self, error: GatewayError) -> bytes:
        if self._over:
            return b""
        self._over = True
        return sse.event("error", encode(error_out(error)))
