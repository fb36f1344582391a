"""Values that satisfy a schema, taken from the user's words where that is easy.

Used for tool arguments and for answers with a response schema. Pure.
"""

import json
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_URL = re.compile(r"https?://[^\s\"'<>]+")
_PATH = re.compile(r"(?<![\w/])(?:\.{0,2}/)?[\w.-]+(?:/[\w.-]+)+|\b[\w-]+\.[a-z]{1,5}\b")
_PLACE = re.compile(r"\b(?:in|for|at|of|near|to|from)\s+((?:[A-ZÀ-Þ][\wÀ-ÿ'-]*)(?:\s+[A-ZÀ-Þ][\wÀ-ÿ'-]*)*)")
_SUM = re.compile(r"\d[\d\s.+*/()-]*[+*/-][\d\s.+*/()-]*\d")
_PLACE_NAMES = ("city", "location", "place", "town", "country", "destination")
_TEXT_NAMES = frozenset(
    ("query", "question", "prompt", "text", "message", "input", "description", "content", "search", "q")
)
_TEXT_LIMIT = 200
_MAX_DEPTH = 12


def fill(
    schema: Mapping[str, Any], name: str, text: str, rng: Random, *, depth: int = 0, is_whole: bool = False
) -> Any:
    """A value of the schema. `is_whole` fills every optional property, else only those the text speaks of."""
    kind = kind_of(schema)
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
    return _found(schema, name, text) or _default(name)


def kind_of(schema: Mapping[str, Any]) -> str:
    """The type of a schema in lower case; inferred where it is missing."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _object(
    schema: Mapping[str, Any], text: str, rng: Random, *, depth: int, is_whole: bool
) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties") or {}
    required = set(schema.get("required") or ())
    # A name with a leading underscore is a placeholder that says nothing; it does not count as an answer.
    is_vague = all(name.startswith("_") for name in required)
    wanted = {
        name
        for name, child in properties.items()
        if is_whole or is_vague or name in required or _is_spoken_of(child, name, text)
    }
    names = schema.get("propertyOrdering") or list(properties)
    return {
        name: fill(properties[name], name, text, rng, depth=depth + 1, is_whole=is_whole)
        for name in names
        if name in wanted
    }


def _is_spoken_of(schema: Mapping[str, Any], name: str, text: str) -> bool:
    if schema.get("enum"):
        lowered = text.lower()
        return any(re.search(rf"\b{re.escape(str(item).lower())}\b", lowered) for item in schema["enum"])
    is_plain_text = name.lower() in _TEXT_NAMES
    return kind_of(schema) == "string" and not is_plain_text and _found(schema, name, text) is not None


def _from_enum(members: Sequence[Any], kind: str, text: str) -> Any:
    lowered = text.lower()
    member = next((item for item in members if str(item).lower() in lowered), members[0])
    if kind in {"number", "integer"} and isinstance(member, str):
        try:
            return json.loads(member)
        except ValueError:
            return member
    return member


def _numeric(schema: Mapping[str, Any], kind: str, text: str, rng: Random) -> float | int:
    found = _NUMBER.search(text)
    low = schema.get("minimum", 1)
    high = schema.get("maximum", max(low, 100))
    number = float(found.group()) if found else float(low + rng.randrange(10))
    number = min(max(number, low), high)
    return int(number) if kind == "integer" or number == int(number) else number


def _found(schema: Mapping[str, Any], name: str, text: str) -> str | None:
    """What the text says for a property of this name; None when it says nothing."""
    lowered = name.lower()
    if any(word in lowered for word in _PLACE_NAMES):
        match = _PLACE.search(text)
        return match.group(1) if match else None
    if "url" in lowered or "uri" in lowered:
        return _first(_URL, text)
    if "path" in lowered or "file" in lowered:
        return _first(_PATH, text)
    if "expression" in lowered or "formula" in lowered:
        return _first(_SUM, text)
    if schema.get("format") == "date-time":
        return "2026-01-15T09:30:00Z"
    if lowered in _TEXT_NAMES or lowered.rpartition("_")[2] in _TEXT_NAMES:
        return text[:_TEXT_LIMIT] or None
    return None


def _default(name: str) -> str:
    lowered = name.lower()
    if "url" in lowered or "uri" in lowered:
        return "https://example.com/"
    if "path" in lowered or "file" in lowered:
        return "./example.txt"
    return f"example {name}".strip()


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group().strip() if match else None
