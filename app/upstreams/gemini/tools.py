"""Declared tools, the choice among them, and how each travels.

Source: tool-schemas.md 5-8, anthropic.md 6, openai.md 5.4-5.5, upstream.md 5.7.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Raw, Struct

from app.catalog.profile import ModelProfile
from app.errors import BadRequest
from app.ir.parts import ToolCall, ToolResult
from app.ir.prompt import Prompt, ToolSpec
from app.upstreams.base import ToolBinding
from app.upstreams.gemini.names import ToolNames
from app.upstreams.gemini.schema import SchemaCache, Target
from app.upstreams.gemini.wire import SentCalling, SentDeclaration, SentTool, SentToolConfig

FREEFORM_SCHEMA: Final = b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}'


class Toolbox(Struct, frozen=True):
    """The tools of one request: as sent, and how to find the way back.

    `bindings` also has the tools that only history knows, so that their names find back as well.
    """

    names: ToolNames
    bindings: dict[str, ToolBinding]
    declarations: list[SentDeclaration]

    @property
    def sent(self) -> list[SentTool] | None:
        """All declarations in one element, None without any."""
        return [SentTool(function_declarations=self.declarations)] if self.declarations else None


def pack(prompt: Prompt, profile: ModelProfile, schemas: SchemaCache) -> Toolbox:
    """The toolbox for `prompt`; of several tools with one name the first counts."""
    specs = {spec.name: spec for spec in reversed(prompt.tools)}
    specs = {spec.name: specs[spec.name] for spec in prompt.tools}
    past = _past_names(prompt)
    names = ToolNames((*specs, *past))
    target = Target(profile.family, "tool")
    bindings: dict[str, ToolBinding] = {}
    declarations: list[SentDeclaration] = []
    for spec in specs.values():
        wire_name = names.wire(spec.name)
        cleaned = schemas.cleaned(_schema(spec), target)
        declarations.append(SentDeclaration(wire_name, Raw(cleaned.schema), spec.description))
        bindings[spec.name] = ToolBinding(
            spec, wire_name, cleaned.placeholder, cleaned.is_wrapped, cleaned.renames
        )
    for name in past:
        if name not in bindings and names.wire(name) != name:
            bindings[name] = ToolBinding(ToolSpec(name), names.wire(name))
    return Toolbox(names, bindings, declarations)


def choose(prompt: Prompt, profile: ModelProfile, toolbox: Toolbox) -> SentToolConfig | None:
    """May, must or must not the model call. Raises BadRequest for a choice that cannot be met."""
    choice = prompt.tool_choice
    if not toolbox.declarations:
        if choice.mode == "any":
            raise BadRequest("`tool_choice` demands a call, but there are no `tools`.", where="tool_choice")
        return None
    declared = {spec.name for spec in prompt.tools}
    for name in choice.names:
        if name not in declared:
            raise BadRequest(
                f"`tool_choice` names `{name[:100]}`, which is not among `tools`.", where="tool_choice"
            )
    match choice.mode:
        case "none":
            calling = SentCalling("NONE")
        case "any":
            calling = SentCalling("ANY", [toolbox.names.wire(name) for name in choice.names] or None)
        case "auto":
            # Validated calls hold Claude to the schema; a Gemini model answered them with malformed ones.
            calling = SentCalling("VALIDATED" if profile.family == "claude" else "AUTO")
    return SentToolConfig(calling)


def _schema(spec: ToolSpec) -> bytes:
    return FREEFORM_SCHEMA if spec.freeform and not spec.schema else spec.schema


def _past_names(prompt: Prompt) -> Iterable[str]:
    calls = (
        part.name
        for turn in prompt.turns
        for part in turn.parts
        if isinstance(part, ToolCall | ToolResult) and part.name
    )
    return tuple(dict.fromkeys(calls))
