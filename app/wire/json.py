"""JSON for the edges: strict decoding with paths, limits against hostile input, compact encoding.

Errors become BadRequest with the path of the field in the caller's body. Never: knowledge of a dialect.
"""

import re
from typing import Any, Final, TypeVar

import msgspec

from app.errors import BadRequest

T = TypeVar("T")

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000

encode: Final = msgspec.json.Encoder().encode
"""Any struct or plain value to compact JSON bytes."""

_ANY: Final = msgspec.json.Decoder()
_PATH: Final = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`$")
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_NOT_MARKS: Final = bytes(set(range(256)) - set(b'[]{},"'))


def decode(body: bytes | memoryview, decoder: "msgspec.json.Decoder[T]") -> T:
    """`body` as the decoder's type. Raises BadRequest that names the field."""
    whole = bytes(body)
    check_limits(whole)
    try:
        if not whole.isascii():
            str(whole, "utf-8")  # what stays raw is not looked at by the decoder
        return decoder.decode(body)
    except msgspec.ValidationError as exc:
        raise _misfit(str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadRequest(f"The body is not valid JSON: {_plain(exc)}.", reason="invalid_json") from exc
    except RecursionError as exc:
        raise _too_deep() from exc
    except ValueError as exc:  # the interpreter's own bound on the digits of a number
        raise BadRequest("The body holds a number of too many digits.", reason="json_limits") from exc


def convert(value: Any, kind: type[T], where: str) -> T:
    """A decoded JSON value as `kind`; `where` is the path of the value for the error."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as exc:
        raise _misfit(str(exc), prefix=where) from exc


def parse(text: bytes | str) -> Any:
    """Plain values out of JSON text. Raises BadRequest; numbers beyond 64 bits stay whole."""
    return decode(text.encode() if isinstance(text, str) else text, _ANY)


def parse_or_none(text: bytes | str) -> Any:
    """Plain values out of JSON text, None where it is no JSON."""
    try:
        return _ANY.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def object_or_none(text: bytes | str) -> dict[str, Any] | None:
    """A JSON object, None for anything else."""
    value = parse_or_none(text)
    return value if isinstance(value, dict) else None


def string(text: str) -> bytes:
    """One JSON string, quotes included."""
    return encode(text)


def check_limits(body: bytes) -> None:
    """Refuse bodies whose nesting or number of values would cost far more than their size.

    Looks closely only where there are enough brackets or commas for trouble. Source: faults.md 3, F093.
    """
    openers = body.count(b"[") + body.count(b"{")
    if openers <= MAX_DEPTH and body.count(b",") <= MAX_NODES:
        return
    outside = _outside_strings(body)
    if outside.count(b",") + outside.count(b"[") + outside.count(b"{") > MAX_NODES:
        raise BadRequest(f"The body holds more than {MAX_NODES} JSON values.", reason="json_limits")
    if _is_deeper(outside.translate(None, _NOT_BRACKETS), MAX_DEPTH):
        raise _too_deep()


def _outside_strings(body: bytes) -> bytes:
    """The brackets and commas of `body` that do not stand in strings.

    Without escapes, each quote opens or closes a string. Where one closes next to one that opens, both can
    go: that only joins two strings.
    """
    if b'\\"' in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = body.translate(None, _NOT_MARKS).replace(b'""', b"")
    return b"".join(marks.split(b'"')[::2])


def _is_deeper(brackets: bytes, depth: int) -> bool:
    """Whether a run of brackets nests deeper: taking away all innermost pairs lowers it by one.

    The kinds of brackets are not told apart: where they do not match, decoding fails anyway.
    """
    brackets = brackets.translate(_ONE_KIND)
    for _ in range(depth):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return b"[" in brackets


def _too_deep() -> BadRequest:
    return BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", reason="json_limits")


def _misfit(message: str, prefix: str = "") -> BadRequest:
    found = _PATH.search(message)
    path = found["path"].lstrip(".") if found else ""
    where = f"{prefix}{'' if path.startswith('[') or not (prefix and path) else '.'}{path}" or None
    said = message[: found.start()] if found else message
    missing = "missing required field" in said
    if missing and (named := re.search(r"`([^`]+)`$", said)):
        where = f"{where}.{named[1]}" if where else named[1]
    reason = "missing_required_parameter" if missing else "invalid_type"
    at = f"`{where}`: " if where else ""
    return BadRequest(f"{at}{said}.", where=where, reason=reason)


def _plain(exc: Exception) -> str:
    if isinstance(exc, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(exc).removeprefix("JSON is malformed: ")[:200]
