"""Which tools the simulated model calls, and with which arguments.

A call is made when a directive or the calling mode asks for it, or when the user's words point at a tool.
Arguments satisfy the declared schema and are taken from the user's words where that is easy. Never calls in
mode NONE.
"""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec import Struct

from app.simulator.directives import ToolWish, Wishes
from app.simulator.wire import FunctionDeclaration, GenerateRequest

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_URL = re.compile(r"https?://[^\s\"'<>]+")
_PATH = re.compile(r"(?<![\w/])(?:\.{0,2}/)?[\w.-]+(?:/[\w.-]+)+|\b[\w-]+\.[a-z]{1,5}\b")
_PLACE = re.compile(r"\b(?:in|for|at|of|near|to|from)\s+((?:[A-ZÀ-Þ][\wÀ-ÿ'-]*)(?:\s+[A-ZÀ-Þ][\wÀ-ÿ'-]*)*)")
_SUM = re.compile(r"\d[\d\s.+*/()-]*[+*/-][\d\s.+*/()-]*\d")
# fmt: off
_EMPTY_WORDS = frozenset({
    "get", "set", "the", "a", "an", "of", "for", "to", "and", "or", "in", "on", "with", "by", "from",
    "is", "are", "what", "which", "who", "how", "please", "me", "my",
})
# fmt: on
_PLACE_NAMES = ("city", "location", "place", "town", "country", "destination")
_TEXT_NAMES = (
    "query",
    "question",
    "prompt",
    "text",
    "message",
    "input",
    "description",
    "content",
    "search",
    "q",
)
_MAX_DEPTH = 12


class PlannedCall(Struct, frozen=True):
    """A call to be made."""

    name: str
    args: dict[str, Any]


def plan_calls(
    request: GenerateRequest, wishes: Wishes, text: str, rounds_done: int, rng: Random
) -> list[PlannedCall]:
    """The calls of this turn, none for a plain answer.

    `rounds_done` counts the turns with calls since the last user text.
    """
    config = request.tool_config.function_calling_config
    declared = {item.name: item for item in request.declarations}
    if config.mode == "NONE" or not declared:
        return []
    allowed = [name for name in config.allowed_function_names if name in declared] or list(declared)
    if wishes.tools and rounds_done < wishes.rounds:
        return [_fulfil(wish, index, allowed, declared, text, rng) for index, wish in enumerate(wishes.tools)]
    if config.mode == "ANY":
        names = _mentioned([declared[name] for name in allowed], text)[:1] or allowed[:1]
    elif rounds_done:
        names = []
    else:
        names = _mentioned(list(declared.values()), text)[:1]
    return [PlannedCall(name, arguments(declared[name], text, rng)) for name in names]


def arguments(declared: FunctionDeclaration, text: str, rng: Random) -> dict[str, Any]:
    """Arguments that satisfy the declaration."""
    schema = declared.parameters
    if schema is None:
        schema = declared.parameters_json_schema or {}
    filled = fill(schema, "", text, rng, depth=0)
    return filled if isinstance(filled, dict) else {}


def fill(
    schema: dict[str, Any], name: str, text: str, rng: Random, *, depth: int, is_whole: bool = False
) -> Any:
    """A value of the schema; `is_whole` fills optional properties as well."""
    kind = _kind(schema)
    if schema.get("enum"):
        return _from_enum(schema["enum"], kind, text)
    if schema.get("anyOf"):
        return fill(schema["anyOf"][0], name, text, rng, depth=depth + 1, is_whole=is_whole)
    if depth > _MAX_DEPTH:
        return {} if kind == "object" else [] if kind == "array" else None
    if kind == "object":
        return _object(schema, text, rng, depth=depth, is_whole=is_whole)
    if kind == "array":
        count = max(1, int(schema.get("minItems") or 1))
        items = schema.get("items") or {"type": "string"}
        return [fill(items, name, text, rng, depth=depth + 1, is_whole=is_whole) for _ in range(count)]
    if kind in {"number", "integer"}:
        return _numeric(schema, kind, text, rng)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    return _string(schema, name, text)


def _fulfil(
    wish: ToolWish,
    index: int,
    allowed: Sequence[str],
    declared: dict[str, FunctionDeclaration],
    text: str,
    rng: Random,
) -> PlannedCall:
    name = wish.name or allowed[index % len(allowed)]
    if wish.args is not None:
        return PlannedCall(name, wish.args)
    return PlannedCall(name, arguments(declared[name], text, rng) if name in declared else {})


def _mentioned(declared: Sequence[FunctionDeclaration], text: str) -> list[str]:
    """Names of the tools the text points at, the best first."""
    scored = [(_score(item, text), -index, item.name) for index, item in enumerate(declared)]
    found = [name for score, _, name in sorted(scored, reverse=True) if score > 0]
    asks_for_any = re.search(r"\b(?:use|call|invoke|try)\b[^.?!]{0,40}\btools?\b", text, re.IGNORECASE)
    return found or ([item.name for item in declared[:1]] if asks_for_any else [])


def _score(declared: FunctionDeclaration, text: str) -> int:
    tail = text[-2000:].lower()
    if re.search(rf"(?<![\w-]){re.escape(declared.name.lower())}(?![\w-])", tail):
        return 100
    said = {word.lower() for word in _WORD.findall(tail)}
    named = _words(declared.name)
    if named and named <= said:
        return 50 + len(named)
    described = {word for word in _words(declared.description) if len(word) >= 5}
    shared = len(described & said) if len(text) < 600 else 0
    return shared if shared >= 3 else 0


def _words(text: str) -> set[str]:
    spaced = _CAMEL.sub(" ", text)
    return {word.lower() for word in _WORD.findall(spaced.replace("_", " "))} - _EMPTY_WORDS


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _object(schema: dict[str, Any], text: str, rng: Random, *, depth: int, is_whole: bool) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties") or {}
    required = schema.get("required") or ()
    wanted = set(properties) if is_whole or not required else set(required)
    names = schema.get("propertyOrdering") or list(properties)
    return {
        name: fill(properties[name], name, text, rng, depth=depth + 1, is_whole=is_whole)
        for name in names
        if name in wanted and name in properties
    }


def _from_enum(members: Sequence[Any], kind: str, text: str) -> Any:
    lowered = text.lower()
    member = next((item for item in members if str(item).lower() in lowered), members[0])
    if kind in {"number", "integer"} and isinstance(member, str):
        try:
            return json.loads(member)
        except ValueError:
            return member
    return member


def _numeric(schema: dict[str, Any], kind: str, text: str, rng: Random) -> float | int:
    found = _NUMBER.search(text)
    low = schema.get("minimum", 1)
    high = schema.get("maximum", max(low, 100))
    number = (
        float(found.group()) if found else rng.randint(int(low), max(int(low), min(int(high), int(low) + 9)))
    )
    number = min(max(number, low), high)
    return int(number) if kind == "integer" or number == int(number) else number


def _string(schema: dict[str, Any], name: str, text: str) -> str:
    lowered = name.lower()
    found: str | None = None
    if any(word in lowered for word in _PLACE_NAMES):
        match = _PLACE.search(text)
        found = match.group(1) if match else None
    elif "url" in lowered or "uri" in lowered:
        found = _first(_URL, text) or "https://example.com/"
    elif "path" in lowered or "file" in lowered:
        found = _first(_PATH, text) or "./example.txt"
    elif "expression" in lowered or "formula" in lowered:
        found = _first(_SUM, text)
    elif schema.get("format") == "date-time":
        found = "2026-01-15T09:30:00Z"
    elif any(lowered == word or lowered.endswith(word) for word in _TEXT_NAMES):
        found = text[:200]
    return found or f"example {name}".strip()


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group().strip() if match else None
