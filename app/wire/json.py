"""JSON for the edges: strict decoding with paths, limits against hostile input, compact encoding.

Errors become BadRequest with the path of the field in the caller's body. Never: knowledge of a dialect.
"""

import re
from collections import Counter
from collections.abc import Collection
from typing import Any, Final, TypeVar

import msgspec

from app.errors import BadRequest

T = TypeVar("T")

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
MAX_DIGITS: Final = 400

encode: Final = msgspec.json.Encoder().encode
"""Any struct or plain value to compact JSON bytes."""

_ANY: Final = msgspec.json.Decoder()
_BOM: Final = b"\xef\xbb\xbf"
_PATH: Final = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`$")
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_NOT_MARKS: Final = bytes(set(range(256)) - set(b'[]{},"'))
_ONE_DIGIT: Final = bytes(ord("0") if byte in b"0123456789" else ord("-") for byte in range(256))
_PAIR: Final = len(r"\ud800\udc00")
_HALF_AT_END: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u)")
_STRIDE: Final = 40
_TOO_MANY_DIGITS: Final = b"0" * (MAX_DIGITS + 1)


def decode(body: bytes | memoryview, decoder: "msgspec.json.Decoder[T]", *, once: Collection[str] = ()) -> T:
    """`body` as the decoder's type. Raises BadRequest that names the field.

    Of members with the same name the last one counts; those in `once` must not be there twice.
    """
    whole = bytes(body)
    if whole.startswith(_BOM):  # some shells put one in front of every text they write
        body = whole = whole[len(_BOM) :]
    check_limits(whole)
    try:
        if not whole.isascii():
            str(whole, "utf-8")  # what stays raw is not looked at by the decoder
        decoded = decoder.decode(body)
    except msgspec.ValidationError as exc:
        raise _misfit(str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadRequest(f"The body is not valid JSON: {_plain(exc, whole)}.", reason="invalid_json") from exc
    except RecursionError as exc:
        raise _too_deep() from exc
    if once:
        _refuse_doubles(whole, once)
    return decoded


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

    Looks closely only where there are enough brackets, commas or digits for trouble. Source: faults.md 3,
    F093.
    """
    _check_digits(body)
    openers = body.count(b"[") + body.count(b"{")
    if openers <= MAX_DEPTH and body.count(b",") <= MAX_NODES:
        return
    outside = _outside_strings(body)
    if outside.count(b",") + outside.count(b"[") + outside.count(b"{") > MAX_NODES:
        raise BadRequest(f"The body holds more than {MAX_NODES} JSON values.", reason="json_limits")
    if _is_deeper(outside.translate(None, _NOT_BRACKETS), MAX_DEPTH):
        raise _too_deep()


def _check_digits(body: bytes) -> None:
    """Refuse endless numbers, whose cost grows with the square of their length.

    Every run of digits that is too long shows as ten digits in a row where only each fortieth byte is
    looked at; base64 practically never does.
    """
    if _TOO_MANY_DIGITS[::_STRIDE][1:] not in body[::_STRIDE].translate(_ONE_DIGIT):
        return
    outside = b'"'.join(_without_escapes(body).split(b'"')[::2])
    if _TOO_MANY_DIGITS in outside.translate(_ONE_DIGIT):
        raise BadRequest(f"The body holds a number of more than {MAX_DIGITS} digits.", reason="json_limits")


def _refuse_doubles(body: bytes, names: Collection[str]) -> None:
    """Refuse a valid JSON object in which one of `names` is a key twice. Source: faults.md F095.

    Quotes inside strings are escaped, so what looks like a key is one; brackets tell which are the
    outermost.
    """
    keys = list(re.finditer(rf'"({"|".join(names)})"\s*:'.encode(), body))
    if len(keys) == len({key[1] for key in keys}):
        return
    depth, seen_to = 0, 0
    outermost: Counter[str] = Counter()
    for key in keys:
        marks = _outside_strings(body[seen_to : key.start()]).translate(_ONE_KIND)
        depth += marks.count(b"[") - marks.count(b"]")
        seen_to = key.end()
        outermost[key[1].decode()] += depth == 1
    for name, times in outermost.items():
        if times > 1:
            raise BadRequest(
                f"`{name}`: the member is there {times} times.", where=name, reason="duplicate_key"
            )


def _outside_strings(body: bytes) -> bytes:
    """The brackets and commas of `body` that do not stand in strings.

    Without escapes, each quote opens or closes a string. Where one closes next to one that opens, both can
    go: that only joins two strings.
    """
    marks = _without_escapes(body).translate(None, _NOT_MARKS).replace(b'""', b"")
    return b"".join(marks.split(b'"')[::2])


def _without_escapes(body: bytes) -> bytes:
    """`body` in which every quote that is left opens or closes a string."""
    return body.replace(b"\\\\", b"").replace(b'\\"', b"") if b'\\"' in body else body


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


def _plain(exc: Exception, body: bytes) -> str:
    if isinstance(exc, UnicodeDecodeError):
        return "it is not UTF-8"
    if _HALF_AT_END.search(body, max(0, len(body) - _PAIR)):
        return "an escape of half a surrogate pair"  # the decoder takes it for the end of the text
    return str(exc).removeprefix("JSON is malformed: ")[:200]
