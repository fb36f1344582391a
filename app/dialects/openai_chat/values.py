"""Reading single values of a request: what counts as absent, and the error words for what does not fit.

Null and the text `[undefined]`, which one desktop client sends for unset fields, count as absent.
Source: openai.md, general rules and 4.1. Never: which field means what.
"""

from typing import Any, Final

from msgspec import Raw

from app.dialects.openai_chat.wire import ABSENT
from app.errors import BadRequest

_UNDEFINED: Final = "[undefined]"


def present(value: Any) -> Any:
    """The value, None where it counts as absent."""
    return None if isinstance(value, str) and value == _UNDEFINED else value


def raw(value: Raw) -> bytes:
    """The JSON text of a carried member, empty where it counts as absent."""
    if value is ABSENT:
        return b""
    text = bytes(value)
    return b"" if text in (b"", b"null", b'"[undefined]"') else text


def text(value: Any, where: str) -> str | None:
    """A string or nothing."""
    value = present(value)
    if value is None or isinstance(value, str):
        return value
    raise _wrong_type(where, "a string", value)


def name(value: Any, where: str) -> str:
    """A string that must be there and not be empty."""
    found = text(value, where)
    if not found:
        raise BadRequest(f"`{where}` is missing.", where=where, reason="missing_required_parameter")
    return found


def boolean(value: Any, where: str) -> bool | None:
    """True, false or nothing."""
    value = present(value)
    if value is None or isinstance(value, bool):
        return value
    raise _wrong_type(where, "a boolean", value)


def integer(value: Any, where: str, *, least: int | None = None, most: int | None = None) -> int | None:
    """A whole number or nothing; `3.0` is one."""
    value = present(value)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(where, "an integer", value)
    _check_range(value, where, "integer", least, most)
    return value


def number(value: Any, where: str, *, least: float, most: float) -> float | None:
    """A number or nothing."""
    value = present(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(where, "a number", value)
    _check_range(value, where, "decimal", least, most)
    return float(value)


def members(value: Any, where: str) -> dict[str, Any]:
    """An object; empty where there is none."""
    value = present(value)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise _wrong_type(where, "an object", value)


def words(value: Any, where: str) -> tuple[str, ...]:
    """An array of strings; empty where there is none."""
    value = present(value)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong_type(where, "an array", value)
    for index, entry in enumerate(value):
        if not isinstance(entry, str):
            raise _wrong_type(f"{where}[{index}]", "a string", entry)
    return tuple(value)


def unknown(where: str, value: object, known: str) -> BadRequest:
    """The error for a word that is not in an enumeration; `known` names those that are."""
    return BadRequest(f"`{where}` is {_quoted(value)}; it must be one of {known}.", where=where)


def unsupported(where: str, message: str, *, reason: str = "unsupported_value") -> BadRequest:
    """The error for something that OpenAI has and the gateway has not."""
    return BadRequest(message, where=where, reason=reason)


def _check_range(value: float, where: str, kind: str, least: float | None, most: float | None) -> None:
    if least is not None and value < least:
        raise BadRequest(
            f"`{where}` must be at least {least}.", where=where, reason=f"{kind}_below_min_value"
        )
    if most is not None and value > most:
        raise BadRequest(f"`{where}` must be at most {most}.", where=where, reason=f"{kind}_above_max_value")


def _wrong_type(where: str, wanted: str, value: object) -> BadRequest:
    return BadRequest(f"`{where}` must be {wanted}, not {_kind(value)}.", where=where, reason="invalid_type")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _quoted(value: object) -> str:
    return f"`{value[:100]}`" if isinstance(value, str) else _kind(value)
