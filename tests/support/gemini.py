"""The upstream as it speaks: chunks, their bytes, and models to ask; short ways to encode and decode."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from app.catalog.profile import ModelProfile, ThinkingRange
from app.errors import GatewayError
from app.ids import Ids
from app.ir.answer import Answer, collect
from app.ir.events import Event, Fault
from app.ir.grammar import is_grammatical
from app.ir.parts import Text
from app.ir.prompt import Prompt, ToolSpec, Turn
from app.upstreams.base import ToolBinding
from app.upstreams.gemini.decode import GeminiDecoder

GEMINI = ModelProfile(
    id="gemini-3-flash",
    wire_id="gemini-3-flash",
    family="gemini",
    display_name="Gemini 3 Flash",
    group="gemini",
    max_input=1_048_576,
    max_output=65_536,
    thinking=ThinkingRange(128, 32_768, can_stop=False, dynamic=True),
    needs_call_signatures=True,
    search=True,
)
CLAUDE = ModelProfile(
    id="claude-sonnet-4-5",
    wire_id="claude-sonnet-4-6",
    family="claude",
    display_name="Claude Sonnet 4.5",
    group="3p",
    max_input=200_000,
    max_output=64_000,
    thinking=ThinkingRange(1_024, 64_000),
    prefill=False,
)
GPT_OSS = ModelProfile(
    id="gpt-oss-120b-medium",
    wire_id="gpt-oss-120b-medium",
    family="gpt_oss",
    display_name="GPT-OSS 120B",
    group="3p",
    max_input=131_072,
    max_output=32_768,
    images_in=False,
)
IMAGES = ModelProfile(
    id="gemini-3-pro-image",
    wire_id="gemini-3.1-flash-image",
    family="gemini",
    display_name="Gemini 3 Pro Image",
    group="gemini",
    max_input=1_048_576,
    max_output=None,
    images_out=True,
)


def asking(text: str = "Hi", **wishes: Any) -> Prompt:
    """A prompt of one user text; `wishes` are fields of Prompt."""
    wishes.setdefault("turns", (Turn("user", (Text(text),)),))
    return Prompt(model="a-model", **wishes)


def bound(
    name: str = "get_weather", schema: object | None = None, *, wire_name: str = "", **added: Any
) -> ToolBinding:
    """A binding of a tool with `schema` as the caller's own; `added` are fields of ToolBinding."""
    text = b"" if schema is None else json.dumps(schema).encode()
    return ToolBinding(ToolSpec(name, schema=text), wire_name or name, **added)


def saying(text: str, **members: Any) -> dict[str, Any]:
    """A text part."""
    return {"text": text, **members}


def thinking(text: str, **members: Any) -> dict[str, Any]:
    """A thought part."""
    return {"thought": True, "text": text, **members}


def calling(name: str, args: Any = None, call_id: str | None = None, **members: Any) -> dict[str, Any]:
    """A call part; `members` stand beside the call."""
    call: dict[str, Any] = {"name": name}
    if args is not None:
        call["args"] = args
    if call_id is not None:
        call["id"] = call_id
    return {"functionCall": call, **members}


def chunk(*parts: Any, finish: str | None = None, usage: Any = None, **candidate: Any) -> dict[str, Any]:
    """One chunk with one candidate."""
    if parts or finish is None:
        candidate["content"] = {"role": "model", "parts": list(parts)}
    if finish is not None:
        candidate["finishReason"] = finish
    found: dict[str, Any] = {
        "candidates": [candidate],
        "modelVersion": "gemini-3-flash",
        "responseId": "resp-1",
    }
    if usage is not None:
        found["usageMetadata"] = usage
    return found


def sse(*chunks: Any, wrapped: bool = True, separator: str = "\r\n\r\n") -> bytes:
    """Chunks as the upstream sends them."""
    sent = [{"response": one, "traceId": "65a12ae79a7cc9c0"} if wrapped else one for one in chunks]
    return "".join(f"data: {json.dumps(one)}{separator}" for one in sent).encode()


DONE = chunk(saying(""), finish="STOP")
"""The usual last chunk."""


def a_decoder(
    profile: ModelProfile = GEMINI, bindings: Iterable[ToolBinding] = (), **settings: Any
) -> GeminiDecoder:
    """A decoder whose fresh ids are `call_` and many `x`, numbered by a letter."""
    letters = iter("abcdefghijklmnopqrstuvwxyz" * 4)
    return GeminiDecoder(bindings, Ids(lambda length: next(letters) * length), profile, **settings)


def decoded(
    body: bytes | Sequence[bytes],
    profile: ModelProfile = GEMINI,
    bindings: Iterable[ToolBinding] = (),
    **settings: Any,
) -> list[Event]:
    """All events of a body, which may come in several reads."""
    decoder = a_decoder(profile, bindings, **settings)
    reads = [body] if isinstance(body, bytes) else body
    events = [event for read in reads for event in decoder.feed(read)]
    return events + decoder.finish()


def answered(*chunks: Any, **how: Any) -> Answer:
    """What a good stream of chunks amounts to; its events are held against the grammar."""
    events = decoded(sse(*chunks), **how)
    assert is_grammatical(events)
    return collect(events)


def fault_of(events: Sequence[Event]) -> GatewayError:
    """The error at the end of a stream; its events are held against the grammar."""
    assert is_grammatical(events)
    last = events[-1]
    assert isinstance(last, Fault)
    return last.error
