"""The shapes that an upstream error comes in, read into one flat value.

Objects, arrays of one, JSON as text inside of the message, stray commas, HTML, plain text, nothing.
Never: what an error means for accounts or callers. Source: upstream.md 7.1.
"""

import re
from html import unescape
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.wire import json

_MOST_NESTED: Final = 4
_STRAY_COMMA: Final = re.compile(r",(?=\s*[,\]}])|(?<=[\[{])\s*,")
_TITLE_WITHIN: Final = 4096
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_CODES: Final = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


class ErrorShape(Struct, frozen=True, kw_only=True):
    """What an error says, wherever it said it.

    `status` is the HTTP status, or the error's own code where it came within a good answer. `name` is the
    canonical status word, `reason` and `metadata` stem from ErrorInfo, `kind` from a nested Claude error.
    """

    status: int
    message: str = ""
    name: str = ""
    reason: str = ""
    kind: str = ""
    metadata: dict[str, str] = {}
    retry_delay: str = ""
    quota_ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    is_structured: bool = False
    is_page: bool = False


def read_shape(status: int, body: bytes) -> ErrorShape:
    """`body` as an ErrorShape. Total: any bytes give one."""
    error = _error_in(_loads(body))
    if error is None:
        return _shape_of_text(status, body.decode("utf-8", "replace").strip())
    return _unwrapped(_shape_of(status, error))


def _loads(body: bytes | str) -> Any:
    value = json.parse_or_none(body)
    if value is None and isinstance(body, bytes):
        value = json.parse_or_none(_STRAY_COMMA.sub("", body.decode("utf-8", "replace")))
    return value


def _error_in(value: Any) -> dict[str, Any] | None:
    if isinstance(value, list):
        return next((error for error in map(_error_in, value[:4]) if error is not None), None)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("response"), dict) and "error" not in value:
        value = value["response"]
    error = value.get("error", value if "message" in value else None)
    if isinstance(error, str):
        return {"message": value.get("error_description") or error, "status": error}
    return error if isinstance(error, dict) else None


def _shape_of(status: int, error: dict[str, Any]) -> ErrorShape:
    name = _text(error.get("status"))
    code = error.get("code")
    if status < 300:
        status = code if isinstance(code, int) and 300 <= code < 600 else _CODES.get(name, 500)
    details = error.get("details")
    facts = _Details()
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            facts.read(detail)
    return ErrorShape(
        status=status,
        message=_text(error.get("message")),
        name=name,
        reason=facts.reason,
        kind=_text(error.get("type")),
        metadata=facts.metadata,
        retry_delay=facts.retry_delay,
        quota_ids=tuple(facts.quota_ids),
        links=tuple(facts.links),
        is_structured=True,
    )


class _Details:
    """Collects what the members of `details` tell."""

    def __init__(self) -> None:
        self.reason = ""
        self.metadata: dict[str, str] = {}
        self.retry_delay = ""
        self.quota_ids: list[str] = []
        self.links: list[str] = []

    def read(self, detail: dict[str, Any]) -> None:
        match _text(detail.get("@type")).rpartition(".")[2]:
            case "ErrorInfo":
                self.reason = self.reason or _text(detail.get("reason"))
                metadata = detail.get("metadata")
                if isinstance(metadata, dict):
                    self.metadata |= {key: value for key, value in metadata.items() if isinstance(value, str)}
            case "RetryInfo":
                self.retry_delay = _text(detail.get("retryDelay"))
            case "QuotaFailure":
                self.quota_ids += [_text(one.get("quotaId")) for one in _objects(detail.get("violations"))]
            case "Help":
                self.links += [_text(one.get("url")) for one in _objects(detail.get("links"))]
            case _:
                pass


def _unwrapped(shape: ErrorShape) -> ErrorShape:
    """Errors travel as JSON text within the message of another, sometimes twice; the innermost speaks."""
    for _ in range(_MOST_NESTED):
        if not shape.message.lstrip().startswith(("{", "[")):
            return shape
        error = _error_in(_loads(shape.message))
        if error is None:
            return shape
        inner = _shape_of(shape.status, error)
        shape = msgspec.structs.replace(
            shape,
            message=inner.message,
            name=shape.name or inner.name,
            reason=shape.reason or inner.reason,
            kind=inner.kind or shape.kind,
            metadata=shape.metadata or inner.metadata,
            retry_delay=shape.retry_delay or inner.retry_delay,
            quota_ids=shape.quota_ids or inner.quota_ids,
            links=shape.links or inner.links,
        )
    return shape


def _shape_of_text(status: int, text: str) -> ErrorShape:
    status = status if status >= 300 else 500
    if not text.startswith("<"):
        return ErrorShape(status=status, message=text)
    title = _TITLE.search(text, 0, _TITLE_WITHIN)  # the search takes quadratic time
    return ErrorShape(status=status, message=unescape(title.group(1)).strip() if title else "", is_page=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
