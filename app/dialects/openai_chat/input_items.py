"""A Responses-shaped `input`, which some editors send to the chat path, as chat messages.

One item becomes one message at the same index, so that paths in errors stay true; history repair merges.
Source: openai.md 5.1 (`input`), 12.2. Never: stored items, reasoning blobs.
"""

from collections.abc import Iterator

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import (
    WireCall,
    WireCustomCall,
    WireFunction,
    WireItem,
    WireMessage,
)


def to_messages(sent: str | list[WireItem]) -> Iterator[WireMessage | None]:
    """A message per item; None for an item that says nothing to a model."""
    if isinstance(sent, str):
        yield WireMessage(role="user", content=sent)
        return
    for item in sent:
        yield _message(item)


def _message(item: WireItem) -> WireMessage | None:
    match values.present(item.type):
        case None | "message":
            return WireMessage(role=item.role, content=item.content)
        case "function_call":
            function = WireFunction(item.name, item.arguments)
            return WireMessage(role="assistant", tool_calls=[WireCall(item.call_id, function=function)])
        case "custom_tool_call":
            custom = WireCustomCall(item.name, item.input)
            return WireMessage(role="assistant", tool_calls=[WireCall(item.call_id, custom=custom)])
        case "function_call_output" | "custom_tool_call_output":
            return WireMessage(role="tool", tool_call_id=item.call_id, content=item.output)
        case _:
            return None
