"""Tool declarations in every accepted shape to ToolSpecs.

OpenAI's nested and flat functions, Anthropic's `input_schema`, free-form tools, the legacy `functions`.
Tools that the vendor itself would run are dropped, and remembered, so that nobody can be forced to call
them. Source: openai.md 5.4, 9. Never: reduction of schemas.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Raw, Struct

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import WireRequest, WireTool, WireToolFunction
from app.errors import BadRequest
from app.ir.prompt import ToolSpec

_BUILT_IN: Final = (
    "web_search",
    "google_search",
    "file_search",
    "code_interpreter",
    "mcp",
    "computer",
    "tool_search",
    "local_shell",
    "shell",
    "apply_patch",
    "image_generation",
    "namespace",
    "url_context",
    "code_execution",
)
_SEARCHES: Final = ("web_search", "google_search")
_FREEFORM_SCHEMA: Final = (
    b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],'
    b'"additionalProperties":false}'
)


class Toolbox(Struct, frozen=True):
    """The declared tools. `dropped` are the types that cannot be had; `searches`: one was a web search."""

    specs: tuple[ToolSpec, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def is_search_only(self) -> bool:
        """Whether web search is all that was asked for."""
        return (
            not self.specs and bool(self.dropped) and all(kind.startswith(_SEARCHES) for kind in self.dropped)
        )


def read_tools(request: WireRequest) -> Toolbox:
    """All tools of a request; of two with the same name the first one counts."""
    specs: dict[str, ToolSpec] = {}
    dropped: list[str] = []
    for spec in _declared(request):
        if isinstance(spec, str):
            dropped.append(spec)
        else:
            specs.setdefault(spec.name, spec)
    return Toolbox(tuple(specs.values()), tuple(dropped))


def _declared(request: WireRequest) -> Iterator[ToolSpec | str]:
    """Specs, and the type instead where a tool is dropped."""
    for index, tool in enumerate(request.tools or ()):
        yield _read(tool, f"tools[{index}]")
    for index, function in enumerate(() if request.tools else request.functions or ()):
        yield _function(function, f"functions[{index}]")


def _read(tool: WireTool, where: str) -> ToolSpec | str:
    if tool.function is not None:
        return _function(tool.function, f"{where}.function")
    kind = values.text(tool.type, f"{where}.type")
    if tool.input_schema and kind in (None, "custom", "function"):
        return _spec(tool.name, tool.description, tool.input_schema, where, "input_schema")
    match kind:
        case None | "function":
            at = where if tool.name is not None else f"{where}.function"
            return _spec(tool.name, tool.description, tool.parameters, at, "parameters")
        case "custom":
            return _freeform(tool, where)
        case _ if kind.startswith(_BUILT_IN):
            return kind
        case _:
            raise values.unknown(f"{where}.type", kind, "function, custom")


def _function(function: WireToolFunction, where: str) -> ToolSpec:
    return _spec(function.name, function.description, function.parameters, where, "parameters")


def _spec(name: Any, description: Any, schema: Raw, where: str, member: str) -> ToolSpec:
    return ToolSpec(
        values.name(name, f"{where}.name"),
        values.text(description, f"{where}.description") or "",
        _schema(schema, f"{where}.{member}"),
    )


def _schema(sent: Raw, where: str) -> bytes:
    """The schema as it came. An empty array is what some languages make of an empty object."""
    schema = values.raw(sent)
    if schema.startswith(b"{") or not schema:
        return schema
    if schema.startswith(b"[") and not schema[1:-1].strip():
        return b""
    raise BadRequest(f"`{where}` must be an object.", where=where, reason="invalid_type")


def _freeform(tool: WireTool, where: str) -> ToolSpec:
    """A tool with one text input; the model reads in the description how the text must look."""
    own, at = (tool.custom, f"{where}.custom") if tool.custom is not None else (tool, where)
    name = values.name(own.name, f"{at}.name")
    description = values.text(own.description, f"{at}.description") or ""
    grammar = _grammar(own.format, f"{at}.format")
    return ToolSpec(name, "\n\n".join(filter(None, (description, grammar))), _FREEFORM_SCHEMA, freeform=True)


def _grammar(sent: Any, where: str) -> str:
    form = values.members(sent, where)
    form = values.members(form.get("grammar"), f"{where}.grammar") or form
    definition = values.text(form.get("definition"), f"{where}.definition")
    if not definition:
        return ""
    syntax = values.text(form.get("syntax"), f"{where}.syntax")
    kind = f"{syntax} grammar" if syntax else "grammar"
    return f"The input must match this {kind}:\n{definition}"
