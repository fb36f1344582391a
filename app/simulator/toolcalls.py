"""Which tools the simulated model calls, and with which arguments.

A call is made when a directive or the calling mode asks for it, or when the user's words point at a tool.
Arguments satisfy the declared schema and are taken from the user's words where that is easy. Never calls in
mode NONE.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec import Struct

from app.simulator.arguments import fill
from app.simulator.directives import ToolWish, Wishes
from app.simulator.wire import FunctionDeclaration, GenerateRequest

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# fmt: off
_EMPTY_WORDS = frozenset({
    "get", "set", "the", "a", "an", "of", "for", "to", "and", "or", "in", "on", "with", "by", "from",
    "is", "are", "what", "which", "who", "how", "please", "me", "my",
})
# fmt: on
_HEARD = 2000
_TELLING_LENGTH = 6


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
    filled = fill(schema, "", text, rng)
    return filled if isinstance(filled, dict) else {}


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
    tail = text[-_HEARD:]
    if _is_named(declared.name, tail):
        return 100
    said = {word.lower() for word in _WORD.findall(tail)}
    named = _words(declared.name)
    if _is_telling(declared.name, named) and named <= said:
        return 50 + len(named)
    return _likeness(declared.description, said)


def _likeness(description: str, said: set[str]) -> int:
    """How many telling words text and description share; 0 unless they are most of what was said."""
    telling = {word for word in said if len(word) >= _TELLING_LENGTH - 1}
    shared = telling & _words(description)
    return len(shared) if len(shared) >= 3 and 2 * len(shared) >= len(telling) else 0


def _is_named(name: str, text: str) -> bool:
    """Whether the text names the tool. Short everyday words (`read`, `Write`) must be meant as a name."""
    pattern = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    if name.isalpha() and len(name) < _TELLING_LENGTH:
        is_exact = name != name.lower() and re.search(pattern, text) is not None
        return is_exact or re.search(rf"{pattern}\W{{1,3}}tool\b", text, re.IGNORECASE) is not None
    return re.search(pattern, text, re.IGNORECASE) is not None


def _is_telling(name: str, words: set[str]) -> bool:
    """Whether the words of a name are enough to mean it: `get_weather`, but not `read`."""
    return bool(words) and (not name.isalpha() or len(name) >= _TELLING_LENGTH)


def _words(text: str) -> set[str]:
    spaced = _CAMEL.sub(" ", text)
    return {word.lower() for word in _WORD.findall(spaced.replace("_", " "))} - _EMPTY_WORDS
