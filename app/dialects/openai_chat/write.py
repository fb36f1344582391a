"""Events to the chunks of a streamed chat completion.

    stream := role piece* finish [usage] DONE  |  role piece* error DONE

Frames that repeat are encoded once; a text costs one JSON string between two of them.
Source: openai.md 7. Never: a member `error` in a chunk, or anything after DONE.
"""

from typing import Final, assert_never

from app.dialects.openai_chat.deltas import (
    Call,
    Content,
    Delta,
    Image,
    Reasoning,
    Refusal,
    Style,
    shaper_of,
)
from app.dialects.openai_chat.refusal import error_body
from app.dialects.openai_chat.render import usage_object
from app.dialects.openai_chat.wishes import wishes_of
from app.ids import Ids
from app.ir.events import Begin, End, Event, Fault, TextDelta
from app.ir.prompt import Prompt
from app.wire import json as wire_json
from app.wire import sse

HEARTBEAT: Final = sse.comment("ping")
_REASONING_MEMBERS: Final = {
    "reasoning_content": (b'"reasoning_content":',),
    "reasoning": (b'"reasoning":',),
    "both": (b'"reasoning_content":', b'"reasoning":'),
}
_string = wire_json.string


class ChatWriter:
    """Writes one stream.

    feed(Begin) -> the role; feed(TextDelta) -> a chunk; feed(End) -> finish, usage if wished, DONE
    """

    def __init__(self, prompt: Prompt, ids: Ids, created: int, style: Style) -> None:
        wishes = wishes_of(prompt)
        self._shaper = shaper_of(prompt, style)
        self._legacy = wishes.legacy_functions
        self._with_usage = wishes.include_usage
        self._reasoning = _REASONING_MEMBERS.get(style.reasoning, ())
        chat_id = _string("chatcmpl-" + ids.token(29))
        self._head = (
            b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":['
            % (chat_id, created, _string(prompt.model))
        )
        after = b',"usage":null}\n\n' if wishes.include_usage else b"}\n\n"
        self._open = self._head + b'{"index":0,"delta":{'
        self._text = self._open + b'"content":'
        self._close = b'},"finish_reason":null}]' + after
        self._finish = b'},"finish_reason":"%b"}]' + after

    def feed(self, event: Event) -> bytes:
        """The chunks for `event`."""
        if isinstance(event, TextDelta) and self._shaper.passes(event.text):
            # Nearly every event; the way over a delta would take half as long again.
            return self._text + _string(event.text) + self._close
        deltas = self._shaper.feed(event)
        if deltas:
            spelled = [self._delta(delta) for delta in deltas]
            shown = spelled[0] if len(spelled) == 1 else b"".join(spelled)
            return shown + self._last(event) if isinstance(event, End) else shown
        match event:
            case Begin():
                return self._open + b'"role":"assistant","content":""' + self._close
            case End():
                return self._last(event)
            case Fault(error=error):
                return sse.data(error_body(error, mid_stream=True)) + sse.DONE
            case _:
                return b""

    def heartbeat(self) -> bytes:
        """A comment, legal anywhere."""
        return HEARTBEAT

    def _delta(self, delta: Delta) -> bytes:
        match delta:
            case Content(text=text):
                return self._text + _string(text) + self._close
            case Reasoning(text=text):
                quoted = _string(text)
                return self._chunk(b",".join(member + quoted for member in self._reasoning))
            case Call():
                return self._legacy_call(delta) if self._legacy else self._call(delta)
            case Image(index=index, url=url):
                return self._chunk(
                    b'"images":[{"index":%d,"type":"image_url","image_url":{"url":%b}}]'
                    % (index, _string(url))
                )
            case Refusal(text=text):
                return self._chunk(b'"refusal":' + _string(text))
            case _:
                assert_never(delta)

    def _call(self, call: Call) -> bytes:
        """Id and name, with the signature, once; then all of the arguments."""
        kind, member = (b"custom", b"input") if call.freeform else (b"function", b"arguments")
        signed = b""
        if call.signature is not None:
            signed = b',"extra_content":{"google":{"thought_signature":%b}}' % _string(call.signature)
        opening = self._chunk(
            b'"tool_calls":[{"index":%d,"id":%b,"type":"%b","%b":{"name":%b,"%b":""}%b}]'
            % (call.index, _string(call.id), kind, kind, _string(call.name), member, signed)
        )
        arguments = self._chunk(
            b'"tool_calls":[{"index":%d,"%b":{"%b":%b}}]'
            % (call.index, kind, member, _string(call.arguments))
        )
        return opening + arguments

    def _legacy_call(self, call: Call) -> bytes:
        return self._chunk(b'"function_call":{"name":%b,"arguments":""}' % _string(call.name)) + self._chunk(
            b'"function_call":{"arguments":%b}' % _string(call.arguments)
        )

    def _chunk(self, members: bytes) -> bytes:
        return self._open + members + self._close

    def _last(self, end: End) -> bytes:
        finish = self._open + self._finish % self._shaper.finish(end).encode()
        if not self._with_usage:
            return finish + sse.DONE
        usage = self._head + b'],"usage":%b}\n\n' % wire_json.encode(usage_object(end.usage))
        return finish + usage + sse.DONE
