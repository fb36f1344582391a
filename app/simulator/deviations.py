"""Fault effects that change what a stream says: chunks in, chunks out.

Each is a pure function named for its effect. How the bytes travel is the business of `delivery`.
Source: upstream.md 6.3, 6.4, 6.9, 9.6.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from app.simulator.chunks import Chunk, Part
from app.simulator.errors import ErrorFacts, template
from app.simulator.faults import Fault

Deviation = Callable[[list[Chunk], Fault, ErrorFacts], list[Chunk]]


def deviate(chunks: list[Chunk], faults: Sequence[Fault], facts: ErrorFacts) -> list[Chunk]:
    """Apply all shape effects among `faults`, in their order."""
    for fault in faults:
        deviation = DEVIATIONS.get(fault.effect)
        if deviation is not None:
            chunks = deviation(chunks, fault, facts)
    return chunks


def _empty(_chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    return []


def _no_parts(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    usage: dict[str, Any] = dict(chunks[-1].usage or {}) if chunks else {}
    usage.pop("candidatesTokenCount", None)
    return [Chunk(parts=[], finish="STOP", usage=usage)]


def _thoughts_only(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    thoughts = [chunk for chunk in chunks if chunk.is_thought]
    if not thoughts:
        thoughts = [
            Chunk(parts=[{"thought": True, "text": "I will think about this first."}], is_thought=True)
        ]
    return [*thoughts, Chunk(parts=[{"text": ""}], finish="STOP", usage=chunks[-1].usage if chunks else None)]


def _no_finish(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    for chunk in chunks:
        chunk.finish = None
    return chunks


def _no_usage(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    for chunk in chunks:
        chunk.usage = None
    return chunks


def _late_usage(chunks: list[Chunk], fault: Fault, facts: ErrorFacts) -> list[Chunk]:
    usage = chunks[-1].usage if chunks else None
    return [*_no_usage(chunks, fault, facts), Chunk(usage=usage)]


def _placeholder_usage(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    for chunk in chunks[:-1]:
        chunk.usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return chunks


def _prompt_blocked(chunks: list[Chunk], fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    usage: dict[str, Any] = {}
    if chunks and chunks[-1].usage:
        prompt = chunks[-1].usage.get("promptTokenCount", 1)
        usage = {"promptTokenCount": prompt, "totalTokenCount": prompt}
    feedback: dict[str, Any] = {"blockReason": fault.reason or "PROHIBITED_CONTENT"}
    if fault.message:
        feedback["blockReasonMessage"] = fault.message
    return [Chunk(feedback=feedback, usage=usage)]


def _finish(chunks: list[Chunk], fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    if chunks:
        chunks[-1].finish = fault.reason or "SAFETY"
        chunks[-1].finish_message = fault.message
    if fault.after_chunks is not None:
        return [*chunks[: fault.after_chunks], *chunks[-1:]]
    return chunks


def _stream_error(chunks: list[Chunk], fault: Fault, facts: ErrorFacts) -> list[Chunk]:
    reply = template(fault.reason or "503_capacity", facts)
    error: dict[str, Any] = reply.error or {
        "code": reply.status,
        "message": "Internal error",
        "status": "INTERNAL",
    }
    kept = chunks[: fault.after_chunks or 0]
    return [*kept, Chunk(error=error, under_response=fault.under_response)]


def _insert(raw: bytes) -> Deviation:
    def insert(chunks: list[Chunk], fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
        at = 1 if fault.after_chunks is None else fault.after_chunks
        return [*chunks[:at], Chunk(raw=raw), *chunks[at:]]

    return insert


def _unknown_fields(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    for chunk in chunks:
        chunk.extra = {"simFutureField": {"a": [1, 2]}}
    if chunks:
        chunks[0].parts = [{"simFuturePart": {"x": 1}}, *(chunks[0].parts or [])]
    return chunks


def _leading_empty(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    usage: dict[str, Any] = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return [Chunk(parts=[{"text": ""}], usage=usage), *chunks]


def _thoughts_after_call(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    body, last = chunks[:-1], chunks[-1:]
    thoughts = [chunk for chunk in body if chunk.is_thought]
    return [*(chunk for chunk in body if not chunk.is_thought), *thoughts, *last]


def _join(chunks: list[Chunk], *, first: Callable[[Chunk], bool]) -> list[Chunk]:
    """Calls move into the chunk before them, where that satisfies `first`."""
    joined: list[Chunk] = []
    for chunk in chunks:
        last = joined[-1] if joined else None
        if last is not None and chunk.has_call and first(last):
            last.parts = [*(last.parts or []), *(chunk.parts or [])]
            last.usage = chunk.usage
        else:
            joined.append(chunk)
    return joined


def _call_with_text(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    joined = _join(chunks, first=lambda chunk: not chunk.is_thought and not chunk.has_call)
    for chunk in joined:
        if chunk.has_call and not any("text" in part for part in chunk.parts or ()):
            chunk.parts = [{"text": "I will use a tool."}, *(chunk.parts or [])]
    return joined


def _calls_together(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    return _join(chunks, first=lambda chunk: chunk.has_call)


def _repeated_call(chunks: list[Chunk], _fault: Fault, facts: ErrorFacts) -> list[Chunk]:
    repeated: list[Chunk] = []
    for chunk in chunks:
        repeated.append(chunk)
        if chunk.has_call:
            parts = [_with_other_id(part, facts.rng) for part in chunk.parts or () if "functionCall" in part]
            repeated.append(Chunk(parts=parts, usage=chunk.usage))
    return repeated


def _with_other_id(part: Part, rng: Random) -> Part:
    call = part["functionCall"]
    if not isinstance(call, dict) or "id" not in call:
        return {"functionCall": call}
    made = str(call["id"])
    return {"functionCall": call | {"id": made[:-4] + "".join(rng.choices("abcdefgh", k=4))}}


def _signature_only_chunk(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    split: list[Chunk] = []
    for chunk in chunks:
        signed = [part for part in chunk.parts or () if "thoughtSignature" in part]
        if signed and not chunk.has_call:
            signature = signed[0].pop("thoughtSignature")
            part: Part = {"thoughtSignature": signature}
            if signed[0].get("thought"):
                part = {"thought": True} | part
            split.append(Chunk(parts=[part], usage=chunk.usage))
        split.append(chunk)
    return split


def _odd_usage(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    odd: dict[str, Any] = {"promptTokenCount": "12", "candidatesTokenCount": None, "totalTokenCount": "many"}
    for chunk in chunks:
        chunk.usage = odd
    return chunks


def _text_after_finish(chunks: list[Chunk], _fault: Fault, _facts: ErrorFacts) -> list[Chunk]:
    return [*chunks, Chunk(parts=[{"text": " One more thing."}])]


DEVIATIONS: dict[str, Deviation] = {
    "empty": _empty,
    "no_parts": _no_parts,
    "odd_usage": _odd_usage,
    "text_after_finish": _text_after_finish,
    "thoughts_only": _thoughts_only,
    "no_finish": _no_finish,
    "no_usage": _no_usage,
    "late_usage": _late_usage,
    "placeholder_usage": _placeholder_usage,
    "prompt_blocked": _prompt_blocked,
    "finish": _finish,
    "stream_error": _stream_error,
    "garbage": _insert(b"!!! this line is no event"),
    "broken_event": _insert(b'data: {"response": {"candid'),
    "bad_utf8": _insert(
        b'data: {"response": {"candidates": [{"content": {"role": "model",'
        b'"parts": [{"text": "\xff\xfe"}]}}]}}'
    ),
    "comment": _insert(b": keep-alive"),
    "unknown_fields": _unknown_fields,
    "leading_empty": _leading_empty,
    "thoughts_after_call": _thoughts_after_call,
    "call_with_text": _call_with_text,
    "calls_together": _calls_together,
    "repeated_call": _repeated_call,
    "signature_only_chunk": _signature_only_chunk,
}
