"""Tools and tool choice: what the model is told about, what is dropped, what is refused.

Source: anthropic.md 6, 17. Never: names and schemas on the upstream's wire.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from app.dialects.anthropic.builtin import builtin_tool
from app.dialects.anthropic.findings import Findings
from app.dialects.anthropic.wire import WireTool, WireToolChoice, kind_of, refusal, text_of
from app.ir.prompt import ToolChoice, ToolSpec, WebSearch

_SEARCH: Final = "web_search_"
_FINDER: Final = "tool_search_tool_"
_UNSUPPORTED: Final = ("web_fetch_", "code_execution_", _FINDER, "mcp_toolset", "advisor_")
"""Tools that run on Anthropic's servers and have no like here."""


class Toolbox(Struct, frozen=True):
    """What became of `tools` and `tool_choice`."""

    tools: tuple[ToolSpec, ...] = ()
    choice: ToolChoice = ToolChoice()
    parallel: bool = True
    search: WebSearch | None = None


class _Offer(Struct, frozen=True):
    """One entry of `tools`, sorted by what can be done with it."""

    where: str
    name: str
    kind: str
    spec: ToolSpec | None
    deferred: bool


def read_tools(
    tools: Sequence[WireTool] | None, choice: WireToolChoice | str | None, findings: Findings
) -> Toolbox:
    """The toolbox of a request whose messages have been read. Raises BadRequest."""
    wish = WireToolChoice(choice) if isinstance(choice, str) else choice or WireToolChoice("auto")
    if wish.type not in ("auto", "any", "tool", "none"):
        raise refusal("tool_choice.type", "tool_choice is one of auto, any, tool, none")
    if wish.type == "tool" and not wish.name:
        raise refusal("tool_choice.name", "tool_choice of type tool needs a `name`")
    offers = [_offer(tool, f"tools.{place}") for place, tool in enumerate(tools or ())]
    parallel = wish.disable_parallel_tool_use is not True
    searches = [
        (offer, tool) for offer, tool in zip(offers, tools or (), strict=True) if offer.kind == "search"
    ]
    functions = [offer for offer in offers if offer.spec is not None]
    if offers and not functions and not searches:
        raise refusal(offers[0].where, "this server tool is not available here, and no other tool is given")
    if searches and not functions:
        return Toolbox(parallel=parallel, search=_search(searches, wish, findings, len(offers)))
    _drop_others(offers, wish, findings)
    declared = _declared(functions, offers, wish, findings)
    return Toolbox(declared, _choice(wish, functions, declared), parallel)


def _offer(tool: WireTool, where: str) -> _Offer:
    kind, name = tool.type or "custom", tool.name or ""
    deferred = tool.defer_loading is True
    has_schema = kind_of(tool.input_schema) == "object"
    if not has_schema and kind.startswith(_SEARCH):
        return _Offer(where, name or "web_search", "search", None, deferred)
    if not has_schema and kind.startswith(_UNSUPPORTED):
        return _Offer(where, name, kind, None, deferred)
    builtin = None if has_schema else builtin_tool(kind)
    if builtin is not None:
        spec = ToolSpec(name or builtin.name, tool.description or builtin.description, builtin.schema)
        return _Offer(where, spec.name, "function", spec, deferred)
    if not name.strip():
        raise refusal(f"{where}.name", "a tool needs a `name`", "missing_required_parameter")
    schema = bytes(tool.input_schema) if has_schema else b""
    return _Offer(where, name, "function", ToolSpec(name, tool.description or "", schema), deferred)


def _drop_others(offers: Sequence[_Offer], wish: WireToolChoice, findings: Findings) -> None:
    """Server tools beside functions are dropped, unless the caller demands one."""
    names = {offer.name for offer in offers if offer.spec is not None}
    for offer in offers:
        if offer.spec is None:
            findings.note("tools-dropped")
            if wish.type == "tool" and wish.name == offer.name and offer.name not in names:
                raise refusal(offer.where, f"tool_choice demands `{offer.name}`, which is not available here")


def _declared(
    functions: Iterable[_Offer], offers: Iterable[_Offer], wish: WireToolChoice, findings: Findings
) -> tuple[ToolSpec, ...]:
    """The tools that the model may know of; of equal names the first. Source: anthropic.md 6.5."""
    all_known = any(offer.kind.startswith(_FINDER) for offer in offers)
    declared: dict[str, ToolSpec] = {}
    for offer in functions:
        known = (
            not offer.deferred
            or offer.name in findings.called
            or (wish.type == "tool" and wish.name == offer.name)
            or findings.loaded.get(offer.name, all_known)
        )
        if known and offer.spec is not None:
            declared.setdefault(offer.name, offer.spec)
    return tuple(declared.values())


def _choice(wish: WireToolChoice, functions: Iterable[_Offer], declared: Sequence[ToolSpec]) -> ToolChoice:
    match wish.type:
        case "tool":
            name = wish.name or ""
            if name not in {offer.name for offer in functions}:
                raise refusal("tool_choice.name", f"`{name}` is not among the tools")
            return ToolChoice("any", (name,))
        case "any" if not declared:
            raise refusal("tool_choice", "a call is demanded, but there is no tool to call")
        case "any":
            return ToolChoice("any")
        case "none" if declared:
            return ToolChoice("none")
        case _:
            return ToolChoice()


def _search(
    searches: Sequence[tuple[_Offer, WireTool]], wish: WireToolChoice, findings: Findings, count: int
) -> WebSearch | None:
    """The caller asks for web search and nothing else that can be done."""
    if count > len(searches):
        findings.note("tools-dropped")
    if wish.type == "tool" and wish.name not in {offer.name for offer, _ in searches}:
        raise refusal("tool_choice.name", f"`{wish.name}` is not among the tools")
    allowed: list[str] = []
    blocked: list[str] = []
    for offer, tool in searches:
        allowed += _domains(tool.allowed_domains, f"{offer.where}.allowed_domains")
        blocked += _domains(tool.blocked_domains, f"{offer.where}.blocked_domains")
        if allowed and blocked:
            raise refusal(offer.where, "allowed_domains and blocked_domains exclude each other")
    return None if wish.type == "none" else WebSearch(tuple(allowed), tuple(blocked))


def _domains(value: object, where: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(domain, str) for domain in value):
        raise refusal(where, "domains are a list of strings", "invalid_type")
    return [text_of(domain) for domain in value]
