"""Options of an addon as texts of a form, and back.

Never: decides whether a value is good; the addon does.
"""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from app.admin.refusals import Refused
from app.admin.schemas.addons import OptionView
from app.web.panel.settings import spoken


class OptionField(Struct, frozen=True):
    """One option as a form shows it: its text, and whether that is put in several lines."""

    option: OptionView
    text: str

    @property
    def is_long(self) -> bool:
        """Whether it takes a field of several lines."""
        return self.option.kind in ("list", "pairs", "other")

    @property
    def choices(self) -> list[str]:
        """What can be chosen; nothing where anything may be written."""
        known = ["on", "off"] if self.option.kind == "flag" else self.option.choices
        return known if not known or self.text in known else [self.text, *known]


def field_name(option: str) -> str:
    """What its field is called in the form."""
    return f"option-{option}"


def fields(options: list[OptionView], values: Mapping[str, str] | None = None) -> list[OptionField]:
    """The options in order, with what was entered where something was."""
    said = values or {}
    return [OptionField(one, said.get(field_name(one.name), text_of(one, one.value))) for one in options]


def text_of(option: OptionView, value: Any) -> str:
    """A value as one writes it into the field."""
    match value:
        case None:
            return ""
        case list() if option.kind == "list":
            return "\n".join(map(spoken, value))
        case dict() if option.kind == "pairs":
            return "\n".join(f"{name} = {spoken(to)}" for name, to in value.items())
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, indent=2)
        case _:
            return spoken(value)


def changed(options: list[OptionView], values: Mapping[str, str]) -> dict[str, Any]:
    """What was changed in the form, as JSON has it. Raises Refused that names the option."""
    found = {}
    for one in options:
        text = values.get(field_name(one.name))
        if text is None or one.fixed_by is not None:
            continue
        text = text.replace("\r\n", "\n")
        if text != text_of(one, one.value).strip():
            found[one.name] = _value(one, text)
    return found


def _value(option: OptionView, text: str) -> Any:
    if not text and _takes_null(option):
        return None
    match option.kind:
        case "flag":
            return text == "on"
        case "list":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "pairs":
            return dict(_pair(option, line) for line in text.splitlines() if line.strip())
        case "other":
            return _json(option, text)
        case _:
            return text


def _takes_null(option: OptionView) -> bool:
    arms = option.schema.get("anyOf", [])
    return option.schema.get("type") == "null" or {"type": "null"} in arms


def _pair(option: OptionView, line: str) -> tuple[str, str]:
    name, sign, to = line.partition("=")
    if not sign or not name.strip():
        raise Refused(400, "not_a_pair", "Write `name = value` on each line.", where=option.name)
    return name.strip(), to.strip()


def _json(option: OptionView, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        raise Refused(400, "not_json", f"This is not JSON: {exc}.", where=option.name) from exc
