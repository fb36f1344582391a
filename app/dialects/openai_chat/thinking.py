"""The wish about thinking, which clients express in at least nine ways.

The first place that says something wins, but a number of tokens beats a word. Source: openai.md 5.7.
Never: what a model can do; that is settled later, against its profile.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from app.dialects.openai_chat import values
from app.dialects.openai_chat.wire import WireRequest
from app.ir.prompt import Thinking
from app.wire import json as wire_json

_EFFORTS: Final = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max", "auto"})
_KNOWN_EFFORTS: Final = "none, minimal, low, medium, high, xhigh, max, auto"
_KNOWN_TYPES: Final = "enabled, disabled, adaptive"


def read_thinking(request: WireRequest) -> Thinking:
    """What the request wants. Raises BadRequest for an unknown effort or type."""
    said = [wish for read in _PLACES if (wish := read(request)) is not None]
    wish = said[0] if said else Thinking()
    if wish.mode == "on" and wish.budget is None:
        budget = next((other.budget for other in said if other.budget is not None), None)
        wish = replace(wish, budget=budget)
    return wish if _is_shown(request) else replace(wish, shown=False)


def _thinking(request: WireRequest) -> Thinking | None:
    """Anthropic's member, also as a bare boolean."""
    sent = values.present(request.thinking)
    if sent is None or isinstance(sent, bool):
        return _switch(sent)
    member = values.members(sent, "thinking")
    budget = _first(member, "thinking", "budget_tokens", "budgetTokens")
    effort = _effort(member.get("effort"), "thinking.effort")
    match values.present(member.get("type")):
        case "disabled":
            return Thinking("off")
        case "enabled" | "adaptive":
            return _on(budget, effort) or Thinking("on")
        case None:
            return _on(budget, effort)
        case other:
            raise values.unknown("thinking.type", other, _KNOWN_TYPES)


def _budget(request: WireRequest) -> Thinking | None:
    budget = values.integer(request.thinking_budget, "thinking_budget", least=-1)
    if budget is None:
        budget = values.integer(request.budget_tokens, "budget_tokens", least=-1)
    return _on(budget, None)


def _google(request: WireRequest) -> Thinking | None:
    where = "google.thinking_config"
    config = _google_config(request)
    budget = _first(config, where, "thinking_budget", "thinkingBudget")
    level = config.get("thinking_level", config.get("thinkingLevel"))
    if isinstance(level, str) and level.lower() == "thinking_level_unspecified":
        level = None
    return _on(budget, _effort(level, f"{where}.thinking_level"))


def _generation_config(request: WireRequest) -> Thinking | None:
    where = "generationConfig.thinkingConfig"
    config = _overlay_config(request)
    budget = _first(config, where, "thinkingBudget", "thinking_budget")
    level = config.get("thinkingLevel", config.get("thinking_level"))
    return _on(budget, _effort(level, f"{where}.thinkingLevel"))


def _reasoning(request: WireRequest) -> Thinking | None:
    """OpenRouter's and the Responses API's member."""
    sent = values.present(request.reasoning)
    if sent is None or isinstance(sent, bool):
        return _switch(sent)
    member = values.members(sent, "reasoning")
    budget = values.integer(member.get("max_tokens"), "reasoning.max_tokens", least=-1)
    wish = _on(budget, _effort(member.get("effort"), "reasoning.effort"))
    enabled = values.boolean(member.get("enabled"), "reasoning.enabled")
    return Thinking("off") if enabled is False else wish or _switch(enabled)


def _words(request: WireRequest) -> Thinking | None:
    for where, sent in (
        ("reasoning_effort", request.reasoning_effort),
        ("thinking_effort", request.thinking_effort),
    ):
        if (effort := _effort(sent, where)) is not None:
            return _on(None, effort)
    return _switch(values.boolean(request.enable_thinking, "enable_thinking"))


_PLACES: Final[tuple[Callable[[WireRequest], Thinking | None], ...]] = (
    _thinking,
    _budget,
    _google,
    _generation_config,
    _reasoning,
    _words,
)


def _is_shown(request: WireRequest) -> bool:
    """Whether thoughts are to be delivered; several members can say no, none can overrule that."""
    reasoning = request.reasoning if isinstance(request.reasoning, dict) else {}
    google, overlay = _google_config(request), _overlay_config(request)
    hidden = values.boolean(reasoning.get("exclude"), "reasoning.exclude") is True
    wanted = (
        values.boolean(request.include_reasoning, "include_reasoning"),
        values.boolean(request.include_thoughts, "include_thoughts"),
        values.boolean(
            google.get("include_thoughts", google.get("includeThoughts")),
            "google.thinking_config.include_thoughts",
        ),
        values.boolean(overlay.get("includeThoughts"), "generationConfig.thinkingConfig.includeThoughts"),
    )
    return not hidden and False not in wanted


def _google_config(request: WireRequest) -> dict[str, Any]:
    google = values.members(request.google, "google")
    sent = google.get("thinking_config", google.get("thinkingConfig"))
    return values.members(sent, "google.thinking_config")


def _overlay_config(request: WireRequest) -> dict[str, Any]:
    overlay = request.generation_config_camel or request.generation_config or {}
    sent = overlay.get("thinkingConfig", overlay.get("thinking_config"))
    if sent is None:
        return {}
    return values.members(wire_json.parse(bytes(sent)), "generationConfig.thinkingConfig")


def _first(member: dict[str, Any], where: str, *names: str) -> int | None:
    found = (values.integer(member.get(name), f"{where}.{name}", least=-1) for name in names)
    return next((budget for budget in found if budget is not None), None)


def _effort(sent: Any, where: str) -> str | None:
    effort = values.text(sent, where)
    if effort is None:
        return None
    if effort.lower() not in _EFFORTS:
        raise values.unknown(where, effort, _KNOWN_EFFORTS)
    return effort.lower()


def _on(budget: int | None, effort: str | None) -> Thinking | None:
    """A wish by number or word; zero tokens and `none` switch off."""
    if budget is not None:
        return Thinking("off") if budget == 0 else Thinking("on", budget, effort)
    if effort is None:
        return None
    return Thinking("off", effort=effort) if effort == "none" else Thinking("on", effort=effort)


def _switch(enabled: bool | None) -> Thinking | None:
    return None if enabled is None else Thinking("on" if enabled else "off")
