"""Takes secrets out of whatever is about to be logged; the last step before the text is made.

Knows the shapes of tokens and keys, names of fields that hold secrets, and exact secrets it was told of.
Every pattern takes linear time, and text is cut before it is looked at. Never: raises.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_LONGEST = 8000
_DEEPEST = 6
_MASK = "***"

_SHAPES = (
    (re.compile(r"ya29\.[\w.\-]+"), "ya29.***"),
    (re.compile(r"1//[\w\-]{6,}"), "1//***"),
    (re.compile(r"(?<![\w-])sk-[\w\-]{6,}"), "sk-***"),
    (re.compile(r"GOCSPX-[\w\-]+"), "GOCSPX-***"),
    (re.compile(r"AIza[\w\-]{20,}"), "AIza***"),
    (re.compile(r"(?<![\w-])eyJ[\w\-]{8,}\.[\w\-]+(?:\.[\w\-]*)?"), "eyJ***"),
    (re.compile(r"\b(Bearer|Basic)[ \t]+[\w.~+/=\-]+", re.IGNORECASE), r"\1 ***"),
    (
        re.compile(r"([?&;](?:key|code|token|access_token|refresh_token|id_token|password)=)[^&\s\"']+"),
        r"\1***",
    ),
    (re.compile(r"(://[^\s:/@]{1,64}):[^\s:/@]{1,128}@"), r"\1:***@"),
    (re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63})+)"), r"\1***@\2"),
)
_SECRET_FIELDS = frozenset(
    {
        "access_token",
        "admin_password",
        "api_key",
        "authorization",
        "client_secret",
        "cookie",
        "encryption_key",
        "jwt_secret",
        "oauth_client_secret",
        "password",
        "refresh_token",
        "secret",
        "set-cookie",
        "token",
        "x-api-key",
        "x-goog-api-key",
    }
)


class Redactor:
    """`known` are secrets to take out wherever they stand, whatever they look like."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        words = sorted({word for word in known if len(word) >= 8}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, words))) if words else None
        self._margin = len(words[0]) if words else 0

    def text(self, text: str) -> str:
        """The text without secrets, cut to 8,000 characters."""
        size = len(text)
        # With a margin, so that a known secret which the cut goes through is whole when it is looked for.
        text = self._without_known(text[: _LONGEST + self._margin])
        if size > _LONGEST:
            text = f"{text[:_LONGEST]}... ({size} characters)"
        return _without_shapes(text)

    def whole(self, text: str) -> str:
        """The whole text without secrets, however long."""
        return _without_shapes(self._without_known(text))

    def _without_known(self, text: str) -> str:
        return text if self._known is None else self._known.sub(_MASK, text)

    def event(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a log event without secrets."""
        return {name: self._field(name, value, _DEEPEST) for name, value in fields.items()}

    def _field(self, name: str, value: Any, depth: int) -> Any:
        if name.lower() in _SECRET_FIELDS and value:
            return _MASK
        return self._value(value, depth)

    def _value(self, value: Any, depth: int) -> Any:
        match value:
            case str():
                return self.text(value)
            case None | bool() | int() | float():
                return value
            case _ if depth == 0:
                return "..."
            case Mapping():
                return {self.text(str(k)): self._field(str(k), v, depth - 1) for k, v in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._value(item, depth - 1) for item in value]
            case _:
                return self.text(_shown(value))


def _without_shapes(text: str) -> str:
    for shape, mask in _SHAPES:
        text = shape.sub(mask, text)
    return text


def _shown(value: object) -> str:
    try:
        return repr(value) if not isinstance(value, BaseException) else f"{type(value).__name__}: {value}"
    # A value's own repr may do anything; a log line must not fail for it.
    except Exception as exc:  # noqa: BLE001
        return f"<{type(value).__name__} without a text form: {type(exc).__name__}>"
