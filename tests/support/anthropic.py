"""Clients of the Anthropic dialect: requests as bytes, and the vendor's SDK at the end of a stream."""

import json
from collections.abc import Iterable
from typing import Any, cast

import anthropic
import httpx2

from app.dialects.anthropic.dialect import AnthropicDialect
from app.dialects.base import Endpoint, Params
from app.ids import Ids
from app.ir.events import Event
from app.ir.prompt import Prompt
from tests.support.events import counted_ids

GENERATE = Endpoint("POST", "/v1/messages", "generate")
COUNT = Endpoint("POST", "/v1/messages/count_tokens", "count")

SEARCH_TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}


def user(*content: object) -> dict[str, Any]:
    """A user message: a string, or blocks."""
    return _message("user", content)


def assistant(*content: object) -> dict[str, Any]:
    """An assistant message: a string, or blocks."""
    return _message("assistant", content)


def text(said: str, **more: object) -> dict[str, Any]:
    """A text block."""
    return {"type": "text", "text": said, **more}


def call(call_id: str, name: str = "Bash", **given: object) -> dict[str, Any]:
    """A tool_use block."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def result(call_id: str, content: object = "done", **more: object) -> dict[str, Any]:
    """A tool_result block."""
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def a_tool(name: str = "Bash", **more: object) -> dict[str, Any]:
    """A custom tool."""
    return {"name": name, "input_schema": {"type": "object", "properties": {}}, **more}


def a_request(*messages: object, **more: object) -> bytes:
    """The body of a request; without messages the user says hello."""
    body = {"model": "claude-sonnet-4-6", "max_tokens": 1000, "messages": list(messages) or [user("hello")]}
    return json.dumps(body | more).encode()


def parsed(*messages: object, headers: dict[str, str] | None = None, **more: object) -> Prompt:
    """The prompt that a generate request comes to."""
    return AnthropicDialect().parse(GENERATE, a_request(*messages, **more), Params(headers=headers or {}))


def counted(*messages: object, **more: object) -> Prompt:
    """The prompt that a count request comes to."""
    return AnthropicDialect().parse(COUNT, a_request(*messages, **more), Params())


def written(events: Iterable[Event], prompt: Prompt | None = None, ids: Ids | None = None) -> bytes:
    """The whole body of a stream."""
    writer = AnthropicDialect().writer(prompt or parsed(), ids or counted_ids(), 0)
    return b"".join(map(writer.feed, events))


def spoken(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Name and data of the events in a stream's body, each held to the wire form of anthropic.md 13."""
    events: list[tuple[str, dict[str, Any]]] = []
    for frame in body.split(b"\n\n")[:-1]:
        name, data = frame.split(b"\n")
        assert name.startswith(b"event: ")
        assert data.startswith(b"data: ")
        value = json.loads(data.removeprefix(b"data: "))
        assert value["type"] == name.removeprefix(b"event: ").decode()
        events.append((value["type"], value))
    return events


def kinds(body: bytes) -> list[str]:
    """The names of a stream's events, deltas by their own type."""
    return [data["delta"]["type"] if name == "content_block_delta" else name for name, data in spoken(body)]


def accumulated(body: bytes) -> dict[str, Any]:
    """What the vendor's SDK makes of a stream. Raises what it raises."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    with (
        httpx2.Client(transport=httpx2.MockTransport(answer)) as transport,
        anthropic.Anthropic(
            api_key="sk-test", base_url="http://127.0.0.1:1", http_client=transport, max_retries=0
        ) as client,
        client.messages.stream(
            model="claude-sonnet-4-6", max_tokens=1000, messages=[{"role": "user", "content": "hello"}]
        ) as stream,
    ):
        return cast("dict[str, Any]", stream.get_final_message().to_dict(mode="json"))


def _message(role: str, content: tuple[object, ...]) -> dict[str, Any]:
    only = content[0] if len(content) == 1 else None
    return {"role": role, "content": only if isinstance(only, str) else list(content)}
