"""Reads what it can of a chunk that is not quite what it should be.

Members of a wrong type count as absent, broken characters become U+FFFD; only text that is no JSON gives
None. Slow, and only asked when the typed decoder refused. Source: faults.md F045, F047, F056.
"""

import json
from typing import Any, Final

import msgspec
from msgspec import Raw

from app.upstreams.gemini.wire import (
    NOTHING,
    Call,
    Candidate,
    Chunk,
    Code,
    CodeResult,
    Content,
    Envelope,
    Feedback,
    InlineFile,
    LinkedFile,
    Part,
    Tokens,
)

_SIGNATURES: Final = ("thoughtSignature", "thought_signature", "signature")


def salvage(document: bytes) -> Envelope | None:
    """The chunk as far as it can be read, None where there is none."""
    try:
        value = json.loads(document.decode("utf-8", "replace"))
        found = _object(_whole_characters(value))
    except (ValueError, RecursionError):
        return None
    if found is None:
        return None
    bare = _chunk(found)
    inner = _object(found.get("response"))
    return Envelope(
        candidates=bare.candidates,
        usage_metadata=bare.usage_metadata,
        response_id=bare.response_id,
        model_version=bare.model_version,
        prompt_feedback=bare.prompt_feedback,
        error=bare.error,
        response=None if inner is None else _chunk(inner),
    )


def readable(text: bytes) -> bytes:
    """JSON text of the same value with whole characters only; what is no JSON becomes a JSON string."""
    plain = text.decode("utf-8", "replace")
    try:
        return msgspec.json.encode(_whole_characters(json.loads(plain)))
    except (ValueError, RecursionError):
        return msgspec.json.encode(_whole_characters(plain))


def _chunk(value: dict[str, Any]) -> Chunk:
    feedback = _object(value.get("promptFeedback"))
    usage = _object(value.get("usageMetadata"))
    return Chunk(
        candidates=[_candidate(one) for one in _objects(value.get("candidates"))],
        usage_metadata=None if usage is None else _tokens(usage),
        response_id=_text(value, "responseId"),
        model_version=_text(value, "modelVersion"),
        prompt_feedback=None
        if feedback is None
        else Feedback(_text(feedback, "blockReason"), _text(feedback, "blockReasonMessage")),
        error=_raw(value.get("error")),
    )


def _candidate(value: dict[str, Any]) -> Candidate:
    content = _object(value.get("content"))
    return Candidate(
        content=None if content is None else Content([_part(one) for one in _objects(content.get("parts"))]),
        finish_reason=_text(value, "finishReason"),
        finish_message=_text(value, "finishMessage"),
        grounding_metadata=_raw(_object(value.get("groundingMetadata"))),
        citation_metadata=_raw(_object(value.get("citationMetadata"))),
        thought_signature=_text(value, *_SIGNATURES),
    )


def _part(value: dict[str, Any]) -> Part:
    call = _object(value.get("functionCall"))
    inline = _object(value.get("inlineData"))
    linked = _object(value.get("fileData"))
    code = _object(value.get("executableCode"))
    result = _object(value.get("codeExecutionResult"))
    return Part(
        text=_text(value, "text"),
        thought=value.get("thought") is True,
        thought_signature=_text(value, *_SIGNATURES),
        function_call=None if call is None else _call(call),
        inline_data=None
        if inline is None
        else InlineFile(_text(inline, "mimeType") or "", _text(inline, "data") or ""),
        file_data=None
        if linked is None
        else LinkedFile(_text(linked, "mimeType") or "", _text(linked, "fileUri") or ""),
        executable_code=None
        if code is None
        else Code(_text(code, "language") or "", _text(code, "code") or ""),
        code_execution_result=None
        if result is None
        else CodeResult(_text(result, "outcome") or "", _text(result, "output") or ""),
    )


def _call(value: dict[str, Any]) -> Call:
    return Call(
        name=_text(value, "name") or "",
        args=_raw(value.get("args")),
        id=_text(value, "id"),
        thought_signature=_text(value, *_SIGNATURES),
    )


def _tokens(value: dict[str, Any]) -> Tokens:
    return Tokens(
        prompt_token_count=_count(value.get("promptTokenCount")),
        candidates_token_count=_count(value.get("candidatesTokenCount")),
        total_token_count=_count(value.get("totalTokenCount")),
        thoughts_token_count=_count(value.get("thoughtsTokenCount")),
        cached_content_token_count=_count(value.get("cachedContentTokenCount")),
        tool_use_prompt_token_count=_count(value.get("toolUsePromptTokenCount")),
    )


def _count(value: object) -> int | None:
    """Counts of 64 bits travel as strings in proto JSON; whole floats are counts as well."""
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: dict[str, Any], *names: str) -> str | None:
    found = next((value[name] for name in names if isinstance(value.get(name), str)), None)
    return found if isinstance(found, str) else None


def _raw(value: Any) -> Raw:
    return NOTHING if value is None else Raw(msgspec.json.encode(value))


def _whole_characters(value: Any) -> Any:
    """`value` with lone halves of surrogate pairs replaced: they have no UTF-8 form."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole_characters(one) for one in value]
        case dict():
            return {_whole_characters(key): _whole_characters(one) for key, one in value.items()}
        case _:
            return value
