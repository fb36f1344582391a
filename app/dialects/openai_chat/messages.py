"""Messages to system texts and turns, in the order in which they came.

Pairing of calls and results, merging and gaps are the business of history repair. Source: openai.md 5.2.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from app.dialects.openai_chat import calls, content, values
from app.dialects.openai_chat.wire import WireMessage
from app.errors import BadRequest
from app.ir.parts import Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn

_ROLES: Final = "system, developer, user, assistant, tool, function"


class History(Struct, frozen=True):
    """What was said so far."""

    system: tuple[str, ...]
    turns: tuple[Turn, ...]


def read_messages(messages: Iterable[WireMessage | None], where: str = "messages") -> History:
    """System texts and turns. None stands for an entry of `where` that says nothing.

    Where there is a system text only, the last one becomes the user's: no upstream takes an empty
    conversation. Raises BadRequest, `empty_array` where nothing at all is left.
    """
    reader = _Reader()
    for index, message in enumerate(messages):
        if message is not None:
            reader.read(message, index, f"{where}[{index}]")
    system, turns = reader.system, reader.turns
    if not turns and system:
        turns = [Turn("user", (Text(system.pop()),))]
    if not turns:
        raise BadRequest(f"`{where}` has nothing to answer in it.", where=where, reason="empty_array")
    return History(tuple(system), tuple(turns))


class _Reader:
    """Walks the messages once; remembers by name the legacy calls that still wait for their result."""

    def __init__(self) -> None:
        self.system: list[str] = []
        self.turns: list[Turn] = []
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)

    def read(self, message: WireMessage, index: int, where: str) -> None:
        match message.role:
            case "user":
                self._add(Turn("user", tuple(content.read_content(message.content, f"{where}.content"))))
            case "assistant" | "model":
                self._add(Turn("model", self._said(message, index, where)))
            case "tool" | "function":
                self._add(Turn("user", (self._result(message, where),)))
            case "system" | "developer":
                if text := content.read_system(message.content, f"{where}.content"):
                    self.system.append(text)
            case _:
                raise _bad_role(message.role, f"{where}.role")

    def _add(self, turn: Turn) -> None:
        if turn.parts:
            self.turns.append(turn)

    def _said(self, message: WireMessage, index: int, where: str) -> tuple[Part, ...]:
        """Thoughts first, then text and images, calls last: for Claude that order is a rule."""
        parts = _visible(message, where)
        if text := _reasoning(message, where):
            parts.insert(0, Thought(text))
        for number, call in enumerate(message.tool_calls or ()):
            parts.append(calls.read_call(call, f"{where}.tool_calls[{number}]"))
        if message.function_call is not None:
            legacy = calls.read_legacy_call(message.function_call, index, f"{where}.function_call")
            self._waiting[legacy.name].append(legacy.id)
            parts.append(legacy)
        if len(parts) > 1:
            parts.sort(key=_place)
        return tuple(parts)

    def _result(self, message: WireMessage, where: str) -> ToolResult:
        call_id, _ = calls.split_id(values.text(message.tool_call_id, f"{where}.tool_call_id") or "")
        name = values.text(message.name, f"{where}.name") or ""
        if not call_id:
            call_id = self._answered(name)
        return ToolResult(call_id, name, content.read_result(message.content, f"{where}.content"))

    def _answered(self, name: str) -> str:
        """The id of the first legacy call of that name without a result; empty if there is none."""
        ids = self._waiting.get(name)
        return ids.popleft() if ids else ""


def _visible(message: WireMessage, where: str) -> list[Part]:
    parts = content.read_content(message.content, f"{where}.content")
    if not parts and message.refusal is not None:
        refusal = values.text(message.refusal, f"{where}.refusal")
        parts = [Text(refusal)] if refusal else []
    if message.images:
        parts.extend(content.read_images(message.images, f"{where}.images"))
    return parts


def _reasoning(message: WireMessage, where: str) -> str | None:
    """Thoughts that a client sends back. OpenRouter's `reasoning` may also be an object: not a text."""
    if message.reasoning_content is not None:
        return values.text(message.reasoning_content, f"{where}.reasoning_content")
    return values.present(message.reasoning) if isinstance(message.reasoning, str) else None


def _place(part: Part) -> int:
    match part:
        case Thought():
            return 0
        case ToolCall():
            return 2
        case _:
            return 1


def _bad_role(role: object, where: str) -> BadRequest:
    if role is None:
        return BadRequest(f"`{where}` is missing.", where=where, reason="missing_required_parameter")
    if not isinstance(role, str):
        return BadRequest(f"`{where}` must be a string.", where=where, reason="invalid_type")
    return values.unknown(where, role, _ROLES)
