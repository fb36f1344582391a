"""A request from the fields of a form, and as text that sends it from elsewhere. Pure.

Knows how two dialects spell the same wish; whatever else a client may send is written as JSON by hand.
"""

import json
import shlex
from pprint import pformat
from typing import Any, Final

from msgspec import Struct

from app.admin.refusals import Refused
from app.wire import json as wire_json

ANTHROPIC: Final = "anthropic"
EFFORTS: Final = ("off", "low", "medium", "high")
DEFAULT_MAX_TOKENS: Final = 4096
"""Anthropic's API wants a number."""
_SDK_ARGUMENTS: Final = {
    "openai_chat": ("model", "messages", "stream", "max_tokens", "reasoning_effort", "tools"),
    ANTHROPIC: ("model", "messages", "stream", "max_tokens", "system", "thinking", "tools"),
}
"""What the makers' own libraries take by name; everything else goes along as `extra_body`."""


class Image(Struct, frozen=True):
    """A picture. `data` is base64."""

    kind: str
    data: str


class Wish(Struct, frozen=True, kw_only=True):
    """What a form asks for. `turns` alternate, the user's first; `tools` and `raw` are JSON as text.

    With `raw` that is the whole body, whatever the other fields say.
    """

    dialect: str
    model: str = ""
    system: str = ""
    turns: tuple[str, ...] = ()
    effort: str = ""
    tools: str = ""
    image: Image | None = None
    max_tokens: int | None = None
    stream: bool = True
    raw: str = ""


def composed(wish: Wish) -> dict[str, Any]:
    """The body that a client would send. Raises Refused."""
    if wish.raw.strip():
        return _read_raw(wish.raw)
    if not any(turn.strip() for turn in wish.turns):
        raise Refused(400, "empty_message", "Write a message.", where="turn")
    tools = _read_tools(wish.tools)
    make = _anthropic if wish.dialect == ANTHROPIC else _openai
    return {**make(wish), **({"tools": tools} if tools else {})}


def as_curl(base_url: str, path: str, dialect: str, body: dict[str, Any]) -> str:
    """A line for a shell, with a placeholder for the key."""
    key = "x-api-key: YOUR_KEY" if dialect == ANTHROPIC else "authorization: Bearer YOUR_KEY"
    headers = [key, "content-type: application/json"]
    parts = [f"curl -sN {shlex.quote(base_url + path)}"]
    parts += [f"-H {shlex.quote(header)}" for header in headers]
    parts.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(parts)


def as_python(base_url: str, dialect: str, body: dict[str, Any]) -> str:
    """A program with the maker's own library."""
    known = _SDK_ARGUMENTS.get(dialect, _SDK_ARGUMENTS["openai_chat"])
    given = {name: value for name, value in body.items() if name in known}
    more = {name: value for name, value in body.items() if name not in known}
    if more:
        given["extra_body"] = more
    shown = pformat(given, width=96, sort_dicts=False)
    if dialect == ANTHROPIC:
        library, base, call = "anthropic", base_url, "client.messages.create"
        made = "Anthropic"
    else:
        library, base, call = "openai", f"{base_url}/v1", "client.chat.completions.create"
        made = "OpenAI"
    lines = [
        f"from {library} import {made}",
        "",
        f'client = {made}(base_url={base!r}, api_key="YOUR_KEY")',
        f"request = {shown}",
        f"answer = {call}(**request)",
        *(("for event in answer:", "    print(event)") if body.get("stream") else ("print(answer)",)),
    ]
    return "\n".join(lines)


def _openai(wish: Wish) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    if wish.system.strip():
        messages.append({"role": "system", "content": wish.system})
    messages += _turns(wish)
    if wish.image is not None:
        address = f"data:{wish.image.kind};base64,{wish.image.data}"
        messages[-1]["content"] = [
            {"type": "text", "text": messages[-1]["content"]},
            {"type": "image_url", "image_url": {"url": address}},
        ]
    body: dict[str, Any] = {"model": wish.model, "messages": messages, "stream": wish.stream}
    if wish.stream:
        body["stream_options"] = {"include_usage": True}
    if wish.max_tokens:
        body["max_tokens"] = wish.max_tokens
    if wish.effort in EFFORTS:
        body["reasoning_effort"] = "none" if wish.effort == "off" else wish.effort
    return body


def _anthropic(wish: Wish) -> dict[str, Any]:
    messages = _turns(wish)
    if wish.image is not None:
        source = {"type": "base64", "media_type": wish.image.kind, "data": wish.image.data}
        messages[-1]["content"] = [
            {"type": "image", "source": source},
            {"type": "text", "text": messages[-1]["content"]},
        ]
    body: dict[str, Any] = {
        "model": wish.model,
        "max_tokens": wish.max_tokens or DEFAULT_MAX_TOKENS,
        "messages": messages,
        "stream": wish.stream,
    }
    if wish.system.strip():
        body["system"] = wish.system
    if wish.effort == "off":
        body["thinking"] = {"type": "disabled"}
    elif wish.effort in EFFORTS:
        body |= {"thinking": {"type": "adaptive"}, "output_config": {"effort": wish.effort}}
    return body


def _turns(wish: Wish) -> list[dict[str, Any]]:
    """What was written, in order; the last turn is the user's."""
    turns = list(wish.turns)
    while turns and (not turns[-1].strip() or len(turns) % 2 == 0):
        turns.pop()
    roles = ("user", "assistant")
    said = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    return [one for one in said if one["content"].strip()]


def _read_raw(text: str) -> dict[str, Any]:
    body = wire_json.object_or_none(text)
    if body is None:
        raise Refused(400, "bad_json", "This is not a JSON object.", where="raw")
    return body


def _read_tools(text: str) -> list[Any]:
    if not text.strip():
        return []
    tools = wire_json.parse_or_none(text)
    if not isinstance(tools, list):
        raise Refused(
            400, "bad_tools", "Tools are a JSON list, spelled as the dialect has it.", where="tools"
        )
    return tools
