"""Calls in history: ids, arguments and signatures in every place where clients put them.

Arguments are never refused and never lost. Source: openai.md 5.2, 6. Never: pairing with results.
"""

import hashlib
from typing import Any, Final

import msgspec

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import ABSENT, ANY_VALID, TEXT, WireCall, WireFunction
from app.errors import BadRequest
from app.ir.parts import ToolCall
from app.wire import json as wire_json

_THOUGHT_MARK: Final = "__thought__"


def read_call(call: WireCall, where: str) -> ToolCall:
    """One entry of `tool_calls`."""
    call_id, signature = split_id(values.text(call.id, f"{where}.id") or "")
    signature = signature or _signature(call)
    if call.custom is not None:
        name = values.name(call.custom.name, f"{where}.custom.name")
        text = values.text(call.custom.input, f"{where}.custom.input")
        return ToolCall(call_id, name, freeform_arguments(text or ""), signature)
    if call.function is None:
        raise BadRequest(
            f"`{where}.function` is missing.", where=f"{where}.function", reason="missing_required_parameter"
        )
    name = values.name(call.function.name, f"{where}.function.name")
    return ToolCall(call_id, name, read_arguments(call.function.arguments), signature)


def read_legacy_call(call: WireFunction, position: int, where: str) -> ToolCall:
    """A `function_call`, which has no id: one is made up of position and name."""
    name = values.name(call.name, f"{where}.name")
    digest = hashlib.sha256(f"{position}:{name}".encode()).hexdigest()
    return ToolCall(f"call_{digest[:24]}", name, read_arguments(call.arguments))


def split_id(call_id: str) -> tuple[str, str | None]:
    """An id and the signature that one client library hangs onto it."""
    own, mark, signature = call_id.partition(_THOUGHT_MARK)
    return (own, signature or None) if mark else (call_id, None)


def read_arguments(sent: msgspec.Raw) -> bytes:
    """The JSON text of an object, whatever was sent: text or object, whole or broken."""
    if sent is ABSENT:
        return b"{}"
    carried = bytes(sent)
    if not carried.startswith(b'"'):
        return _as_object(carried)
    text = TEXT.decode(carried)
    stripped = text.strip().encode()
    if not stripped:
        return b"{}"
    try:
        wire_json.check_limits(stripped)
        return _as_object(bytes(ANY_VALID.decode(stripped)))
    except (BadRequest, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return wire_json.encode({"_raw_arguments": text})


def freeform_arguments(text: str) -> bytes:
    """The arguments that stand for the input of a free-form call."""
    return wire_json.encode({"input": text})


def _as_object(valid: bytes) -> bytes:
    if valid.startswith(b"{"):
        return valid
    return b"{}" if valid == b"null" else b'{"value":' + valid + b"}"


def _signature(call: WireCall) -> str | None:
    """The first signature found: Google's own place, then the places where proxies put it."""
    function = call.function
    places = (
        _member(_member(call.extra_content, "google"), "thought_signature"),
        call.thought_signature,
        _member(call.provider_specific_fields, "thought_signature"),
        function.thought_signature if function else None,
        _member(function.provider_specific_fields, "thought_signature") if function else None,
    )
    return next((place for place in places if isinstance(place, str) and values.present(place)), None)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
