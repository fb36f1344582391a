"""The pieces of an answer and their JSON.

A `Chunk` is one event of a stream. Rendering knows the wire shape (upstream.md 6.2); what the chunks say is
decided in `generate`, how they are sent in `delivery`.
"""

from random import Random

from msgspec import Struct

from app.simulator.catalog import Family
from app.simulator.render import Json, chunk_json

_HEX = "0123456789abcdef"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789"

Part = dict[str, Json]


class AnswerIds(Struct, frozen=True):
    """What is the same in all chunks of one answer."""

    trace_id: str
    response_id: str
    model_version: str
    has_metadata: bool = False


class Chunk(Struct, kw_only=True):
    """One event. `parts` None leaves the content out; `raw` is sent instead of anything else."""

    parts: list[Part] | None = None
    finish: str | None = None
    finish_message: str | None = None
    usage: dict[str, Json] | None = None
    grounding: Json = None
    feedback: Json = None
    error: Json = None
    under_response: bool = False
    extra: dict[str, Json] | None = None
    raw: bytes | None = None
    tokens: int = 0
    is_thought: bool = False

    @property
    def has_call(self) -> bool:
        """Whether one of the parts is a call."""
        return any("functionCall" in part for part in self.parts or ())


def make_ids(family: Family, model: str, rng: Random, *, has_metadata: bool) -> AnswerIds:
    """Fresh ids in the form of the family."""
    trace_id = "".join(rng.choices(_HEX, k=16))
    if family == "claude":
        response_id = "msg_vrtx_01" + "".join(rng.choices(_BASE58, k=22))
    else:
        response_id = "".join(rng.choices(_URL_SAFE, k=23))
    return AnswerIds(trace_id, response_id, model, has_metadata)


def call_id(family: Family, rng: Random) -> str:
    """An id for a call in the form of the family."""
    if family == "claude":
        return "toolu_vrtx_01" + "".join(rng.choices(_BASE58, k=22))
    return "".join(rng.choices(_ALNUM, k=8))


def chunk_body(chunk: Chunk, ids: AnswerIds) -> dict[str, Json]:
    """The JSON object of one event."""
    if chunk.error is not None and not chunk.under_response:
        return {"error": chunk.error}
    response: dict[str, Json] = {}
    candidate = _candidate(chunk)
    if candidate:
        response["candidates"] = [candidate]
    members = {"promptFeedback": chunk.feedback, "error": chunk.error, "usageMetadata": chunk.usage}
    response |= {name: value for name, value in members.items() if value is not None}
    response |= {"modelVersion": ids.model_version, "responseId": ids.response_id}
    body: dict[str, Json] = {"response": response, "traceId": ids.trace_id}
    if ids.has_metadata:
        body["metadata"] = {}
    return body | (chunk.extra or {})


def event_text(chunk: Chunk, ids: AnswerIds) -> str:
    """The JSON of one event on one line."""
    return chunk_json(chunk_body(chunk, ids))


def whole_body(chunks: list[Chunk], ids: AnswerIds) -> dict[str, Json]:
    """All chunks as one non-stream answer: neighbouring texts of one kind merged."""
    merged = Chunk(parts=_merge_parts([part for chunk in chunks for part in chunk.parts or ()]))
    for chunk in chunks:
        merged.finish = chunk.finish or merged.finish
        merged.finish_message = chunk.finish_message or merged.finish_message
        merged.usage = chunk.usage or merged.usage
        merged.grounding = chunk.grounding or merged.grounding
        merged.feedback = chunk.feedback or merged.feedback
    if merged.feedback is not None:
        merged.parts = None
    return chunk_body(merged, ids)


def _candidate(chunk: Chunk) -> dict[str, Json]:
    candidate: dict[str, Json] = {}
    if chunk.parts is not None:
        parts: list[Json] = list(chunk.parts)
        candidate["content"] = {"role": "model", "parts": parts}
    members = {
        "finishReason": chunk.finish,
        "finishMessage": chunk.finish_message,
        "groundingMetadata": chunk.grounding,
    }
    return candidate | {name: value for name, value in members.items() if value is not None}


def _merge_parts(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        is_text = "text" in part and last is not None and "text" in last
        if is_text and last is not None and part.get("thought") == last.get("thought"):
            joined = f"{last['text']}{part['text']}"
            merged[-1] = last | part | {"text": joined}
        else:
            merged.append(part)
    return merged
