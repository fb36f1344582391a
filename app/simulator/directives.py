"""In-band wishes: `[[sim: key=value …]]` inside of the last user text, for tests that see only the gateway.

Parses and strips them; what they do is decided in `generate` and the routes. Source: upstream.md 9.4.
Values end at a blank unless they are JSON. Numbers of `think` and `text` are tokens.
"""

import json
import re
from typing import Any

from msgspec import Struct

from app.simulator.errors import TEMPLATES
from app.simulator.faults import STREAM_EFFECTS, Fault

_DIRECTIVE = re.compile(r"\[\[sim:\s*(.*?)\]\](?!\])", re.DOTALL)
_KEY = re.compile(r"\s*([a-z_]+)(=)?")
_WORD = re.compile(r"[^\s]+")
_DECODER = json.JSONDecoder()

_STATUS_TEMPLATES = {
    "400": "400_generic",
    "401": "401_expired",
    "403": "403_plain",
    "404": "404_not_found",
    "413": "413_too_large",
    "429": "429_rate",
    "500": "500_internal",
    "502": "502_html",
    "503": "503_capacity",
    "504": "504",
    "529": "529",
}


class ToolWish(Struct, frozen=True):
    """A call that the text asks for; without a name any offered tool will do."""

    name: str | None = None
    args: dict[str, Any] | None = None


class Wishes(Struct):
    """All directives of one text, merged."""

    tools: list[ToolWish] = []
    rounds: int = 1
    parallel: bool = False
    think: int | None = None
    text: int | None = None
    say: str | None = None
    finish: str | None = None
    image: tuple[int, int] | None = None
    ground: int | None = None
    echo: bool = False
    faults: list[Fault] = []
    unknown: list[str] = []


def parse(text: str) -> Wishes:
    """The wishes in a text; unknown words are listed, not refused."""
    wishes = Wishes()
    for match in _DIRECTIVE.finditer(text):
        pairs = _pairs(match.group(1))
        for index, (key, value) in enumerate(pairs):
            args = pairs[index + 1][1] if index + 1 < len(pairs) and pairs[index + 1][0] == "args" else None
            _take(wishes, key, value, args)
    return wishes


def strip(text: str) -> str:
    """The text without its directives."""
    return _DIRECTIVE.sub("", text).strip()


def _pairs(inner: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    position = 0
    while (key := _KEY.match(inner, position)) is not None:
        position = key.end()
        value: Any = None
        if key.group(2):
            value, position = _value(inner, position)
        pairs.append((key.group(1), value))
    return pairs


def _value(inner: str, position: int) -> tuple[Any, int]:
    if inner[position : position + 1] in {"{", "[", '"'}:
        try:
            return _DECODER.raw_decode(inner, position)
        except ValueError:
            return inner[position:], len(inner)
    word = _WORD.match(inner, position)
    return (word.group(), word.end()) if word else ("", position)


def _take(wishes: Wishes, key: str, value: Any, args: Any) -> None:
    match key:
        case "tool":
            wishes.tools.append(ToolWish(str(value), args if isinstance(args, dict) else None))
        case "tools":
            wishes.tools.extend([ToolWish()] * int(value))
        case "rounds" | "think" | "text" | "ground":
            setattr(wishes, key, int(value))
        case "parallel" | "echo":
            setattr(wishes, key, True)
        case "say":
            wishes.say = str(value)
        case "finish":
            wishes.finish = str(value)
        case "image":
            wide, _, high = str(value).partition("x")
            wishes.image = (int(wide), int(high or wide))
        case "args":
            return
        case _:
            _take_fault(wishes, key, value)


def _take_fault(wishes: Wishes, key: str, value: Any) -> None:
    word = "" if value is None else str(value)
    if key == "error":
        wishes.faults.append(Fault(effect=_template_name(word)))
    elif key == "stream_error":
        name, _, after = word.partition("@")
        wishes.faults.append(
            Fault(effect=key, reason=_template_name(name or "503"), after_chunks=int(after or 0))
        )
    elif key == "cut":
        _, _, rest = word.partition("after:")
        after, _, how = rest.partition(":")
        kind = how if how in {"end", "reset", "truncate"} else "reset"
        wishes.faults.append(Fault(effect=key, after_chunks=int(after or 0), how=kind))  # type: ignore[arg-type]  # checked above
    elif key == "stall":
        seconds, _, after = word.partition("@")
        wishes.faults.append(Fault(effect=key, delay_s=float(seconds or 1), after_chunks=int(after or 0)))
    elif key == "delay":
        wishes.faults.append(Fault(effect=key, delay_s=float(word or 1)))
    elif key == "blocked":
        wishes.faults.append(Fault(effect="prompt_blocked", reason=word or "PROHIBITED_CONTENT"))
    elif key in STREAM_EFFECTS:
        wishes.faults.append(Fault(effect=key))
    else:
        wishes.unknown.append(key)


def _template_name(word: str) -> str:
    name = _STATUS_TEMPLATES.get(word, word)
    return name if name in TEMPLATES else "500_internal"
