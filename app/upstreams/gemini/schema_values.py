"""Constants, enums and constraints of a node: what can be kept, and what becomes a hint.

Source: tool-schemas.md 3.6 and 3.9.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.upstreams.gemini.schema_node import Node
from app.wire import json

MOST_LISTED: Final = 20
MOST_CHARACTERS: Final = 200
MOST_EXAMPLES: Final = 3

_TEXTS: Final = ("format", "pattern")
_NUMBERS: Final = (
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
)
_LATE_NUMBERS: Final = ("minProperties", "maxProperties")
_CONSTRAINTS: Final = {*_TEXTS, *_NUMBERS, *_LATE_NUMBERS, "uniqueItems", "default", "examples", "not"}


def text_of(value: Any) -> str:
    """A JSON value as text: strings as they are, everything else as compact JSON."""
    return value if isinstance(value, str) else json.encode(value).decode()


def members(raw: dict[str, Any]) -> list[Any] | None:
    """The values that `const` or `enum` allow, null included; None where neither is there."""
    if "const" in raw:
        return [raw["const"]]
    listed = raw.get("enum")
    return listed if isinstance(listed, list) and listed else None


def type_of_members(values: list[Any]) -> str:
    """What a node without a type is, going by what it may be."""
    if values and all(isinstance(value, bool) for value in values):
        return "boolean"
    if values and not any(isinstance(value, bool) for value in values):
        if all(isinstance(value, int) for value in values):
            return "integer"
        if all(isinstance(value, int | float) for value in values):
            return "number"
    return "string"


def apply_members(node: Node, values: list[Any], *, keeps_numbers: bool) -> None:
    """Put the allowed values into the node, or into its hints where its type takes none."""
    values = [value for value in values if value is not None]
    if node.type in ("integer", "number") and keeps_numbers:
        node.enum = _distinct(value for value in values if _is_number(value))
    elif node.type == "string":
        kept = _distinct(values)
        node.enum = [text for text in kept if text]
        if "" in kept:
            node.hint("may be empty")
    elif values:
        node.hint("allowed: " + ", ".join(_distinct(values)[:MOST_LISTED]))


def constraints(raw: dict[str, Any]) -> Iterator[str]:
    """What limits the values of a node, as hints in a fixed order."""
    if not raw.keys() & _CONSTRAINTS:
        return
    for word in _TEXTS:
        if isinstance(raw.get(word), str) and raw[word]:
            yield f"{word}: {raw[word]}"
    yield from _limits(raw, _NUMBERS)
    if raw.get("uniqueItems") is True:
        yield "uniqueItems: true"
    yield from _limits(raw, _LATE_NUMBERS)
    if raw.get("default") is not None:
        yield f"default: {_short(raw['default'])}"
    examples = raw.get("examples")
    if isinstance(examples, list) and examples:
        yield "examples: " + ", ".join(_short(one) for one in examples[:MOST_EXAMPLES])
    if "not" in raw and raw["not"] is not None:
        yield f"not: {_short(raw['not'])}"


def _limits(raw: dict[str, Any], words: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        value = raw.get(word)
        if isinstance(value, int | float) and value is not False:
            yield f"{word}: {text_of(value)}"


def _short(value: Any) -> str:
    return json.encode(value).decode()[:MOST_CHARACTERS]


def _distinct(values: Any) -> list[str]:
    return list(dict.fromkeys(text_of(value) for value in values))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        value = json.parse_or_none(value)
    return isinstance(value, int | float) and not isinstance(value, bool)
