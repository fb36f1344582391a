"""`tool_choice` in all its spellings: may, must or must not the model call, and which tools.

Source: openai.md 5.5, 9. Never: how an upstream is told.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from app.dialects.openai_chat import values
from app.dialects.openai_chat.tools import Toolbox
from app.dialects.openai_chat.wire import WireRequest
from app.errors import BadRequest
from app.ir.parts import ToolCall
from app.ir.prompt import ToolChoice, ToolSpec, Turn

_WHERE: Final = "tool_choice"
_KNOWN: Final = "none, auto, required, or a named tool"
_NAMED: Final = ("function", "custom", "tool")


class Choice(Struct, frozen=True):
    """The choice, and the tools that are left to choose from."""

    tools: tuple[ToolSpec, ...]
    choice: ToolChoice = ToolChoice()


def read_choice(request: WireRequest, toolbox: Toolbox, turns: Sequence[Turn]) -> Choice:
    """What the request says, checked against the tools it declares.

    `turns` are looked at only for an allowed subset with `required`: what history calls stays declared.
    """
    sent = values.present(request.tool_choice)
    if sent is None:
        return _legacy(request, toolbox)
    if isinstance(sent, str):
        return _word(sent, toolbox, _WHERE)
    shape = values.members(sent, _WHERE)
    kind = shape.get("type")
    if kind == "allowed_tools":
        return _allowed(shape, toolbox, turns)
    if kind in _NAMED or (kind is None and "function" in shape):
        return _forced((_name(shape, _WHERE),), toolbox, _WHERE)
    if kind in ("auto", "any", "none", "required"):
        return _word(kind, toolbox, _WHERE)
    if isinstance(kind, str) and kind in toolbox.dropped:
        raise values.unsupported(_WHERE, f"The tool `{kind[:100]}` is not available here.")
    raise values.unknown(_WHERE, kind if kind is not None else sent, _KNOWN)


def _legacy(request: WireRequest, toolbox: Toolbox) -> Choice:
    """The `function_call` of the time before tools."""
    sent, where = values.present(request.function_call), "function_call"
    if sent is None:
        return Choice(toolbox.specs)
    if isinstance(sent, str):
        return _word(sent, toolbox, where)
    name = values.name(values.members(sent, where).get("name"), f"{where}.name")
    return _forced((name,), toolbox, where)


def _word(word: str, toolbox: Toolbox, where: str) -> Choice:
    match word:
        case "auto":
            return Choice(toolbox.specs)
        case "none":
            return Choice(toolbox.specs, ToolChoice("none") if toolbox.specs else ToolChoice())
        case "required" | "any":
            if not toolbox.specs:
                raise BadRequest(f"`{where}` demands a call, but there are no tools.", where=where)
            return Choice(toolbox.specs, ToolChoice("any"))
        case _:
            raise values.unknown(where, word, _KNOWN)


def _forced(names: tuple[str, ...], toolbox: Toolbox, where: str) -> Choice:
    _check_declared(names, toolbox, where)
    return Choice(toolbox.specs, ToolChoice("any", names))


def _allowed(shape: dict[str, Any], toolbox: Toolbox, turns: Sequence[Turn]) -> Choice:
    inner = values.members(shape.get("allowed_tools"), f"{_WHERE}.allowed_tools")
    where = f"{_WHERE}.allowed_tools" if inner else _WHERE
    listed = (inner or shape).get("tools")
    if not isinstance(listed, list) or not listed:
        raise BadRequest(f"`{where}.tools` must list tools.", where=f"{where}.tools")
    names = tuple(_name(entry, f"{where}.tools[{index}]") for index, entry in enumerate(listed))
    _check_declared(names, toolbox, _WHERE)
    kept = set(names)
    match (inner or shape).get("mode", "auto"):
        case "auto":
            choice = ToolChoice()
        case "required":
            choice = ToolChoice("any", names)
            kept.update(part.name for turn in turns for part in turn.parts if isinstance(part, ToolCall))
        case other:
            raise values.unknown(f"{where}.mode", other, "auto, required")
    return Choice(tuple(spec for spec in toolbox.specs if spec.name in kept), choice)


def _name(shape: Any, where: str) -> str:
    """The name in a nested or flat reference to a tool."""
    outer = values.members(shape, where)
    for member in ("function", "custom"):
        if isinstance(inner := outer.get(member), dict):
            return values.name(inner.get("name"), f"{where}.{member}.name")
    return values.name(outer.get("name"), f"{where}.name")


def _check_declared(names: Sequence[str], toolbox: Toolbox, where: str) -> None:
    declared = {spec.name for spec in toolbox.specs}
    for name in names:
        if name not in declared:
            raise BadRequest(f"`{where}` names `{name[:100]}`, which is not among the tools.", where=where)
