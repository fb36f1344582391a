"""A whole answer as the page shows it where no script runs. Pure.

Reads what it needs of two dialects' answers and shows the rest as it came.
"""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from app.wire import json as wire_json


class Shown(Struct, frozen=True, kw_only=True):
    """What an answer says. `raw` is all of it, spread over lines where it is JSON."""

    id: str
    status: int
    text: str
    thoughts: str
    raw: str


def shown(request_id: str, status: int, body: bytes) -> Shown:
    """The parts of an answer, or the sentence of an error."""
    text = body.decode("utf-8", "replace")
    answer = wire_json.object_or_none(text)
    if answer is None:
        return Shown(id=request_id, status=status, text="", thoughts="", raw=text)
    pieces = list(_pieces(answer))
    return Shown(
        id=request_id,
        status=status,
        text="".join(piece for kind, piece in pieces if kind == "text"),
        thoughts="".join(piece for kind, piece in pieces if kind == "thought"),
        raw=json.dumps(answer, indent=2, ensure_ascii=False),
    )


def _pieces(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in _list(answer.get("choices")):
        message = _dict(choice.get("message"))
        yield "thought", _text(message.get("reasoning_content"))
        yield "text", _text(message.get("content"))
        for call in _list(message.get("tool_calls")):
            made = _dict(call.get("function"))
            yield "text", f"\n{_text(made.get('name'))}({_text(made.get('arguments'))})"
    for block in _list(answer.get("content")):
        yield "thought", _text(block.get("thinking"))
        yield "text", _text(block.get("text"))
        if block.get("type") == "tool_use":
            given = json.dumps(block.get("input"), ensure_ascii=False)
            yield "text", f"\n{_text(block.get('name'))}({given})"
    yield "text", _text(_dict(answer.get("error")).get("message"))


def _list(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
