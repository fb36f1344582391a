"""Settings that may change while the gateway runs.

A knob is a setting marked as one in the schema. What is stored is its value as JSON; the settings in force
are the start-up settings with the stored knobs put over them, except over what a file, a variable or a flag
has set: that is meant to hold. Pure.
"""

from collections.abc import Mapping

import msgspec

from app.settings.addons import STORED_PREFIX
from app.settings.checks import problems_of
from app.settings.fields import Field, checked, fields_by_name
from app.settings.load import SettingsError, with_value
from app.settings.schema import Settings


def knob(name: str) -> Field:
    """The knob of that name. Raises KeyError for anything else, settings that are no knobs included."""
    field = fields_by_name()[name]
    if not field.is_knob:
        raise KeyError(name)
    return field


def in_force(settings: Settings, stored: Mapping[str, str]) -> tuple[Settings, tuple[str, ...]]:
    """Settings with the stored knobs over them, and the names that could not be used and why.

    A stored value leaves the start-up value in place when it no longer fits (another version wrote it), and
    when the setting is set where the gateway is started.
    """
    unusable: list[str] = []
    for name, text in sorted(stored.items()):
        if name.startswith(STORED_PREFIX):
            continue
        if (fixed := fixed_by(settings, name)) is not None:
            unusable.append(f"{name}: it is set by {fixed}")
            continue
        try:
            settings = turned(settings, name, text)
        except KeyError:
            unusable.append(f"{name}: there is no such knob")
        except ValueError as exc:
            unusable.append(f"{name}: {exc}")
    return settings, tuple(unusable)


def fixed_by(settings: Settings, name: str) -> str | None:
    """What has settled a setting where the gateway was started; None for one that a knob may change."""
    field = fields_by_name().get(name)
    return None if field is None else settings.sources.fixed_by(field.section, name)


def turned(settings: Settings, name: str, text: str) -> Settings:
    """Settings with one knob at the value that `text` is the JSON of.

    Raises KeyError for an unknown knob and ValueError, with a sentence, for a value it cannot have.
    """
    field = knob(name)
    try:
        value = checked(field, msgspec.json.decode(text), is_text=False)
    except msgspec.DecodeError as exc:
        raise ValueError("is not valid JSON") from exc
    changed = with_value(settings, field, value)
    if problems := [p for p in problems_of(changed) if p.variable == field.variable]:
        raise ValueError(str(SettingsError(tuple(problems))))
    return changed
