"""From files, environment and flags to one settings tree.

Later sources win: defaults, `config.toml`, environment, flags. Everything that is wrong is collected and
told at once. The environment is an argument: only the command reads the real one, and `.env` with it.
Never: reads a secret file (app/settings/secrets.py), or puts a value into a message.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from dotenv import dotenv_values
from msgspec import Struct

from app.settings.addons import AddonValues, texts_of
from app.settings.checks import Problem, problems_of
from app.settings.fields import Field, all_fields, checked, fields_by_name
from app.settings.schema import Settings
from app.settings.sources import COMMAND_LINE, ENVIRONMENT, Sources


class Loaded(Struct, frozen=True):
    """A valid tree, remarks for the operator, and where each value that is not a default came from."""

    settings: Settings
    remarks: tuple[str, ...] = ()
    sources: dict[str, str] = {}


class SettingsError(Exception):
    """Settings with which the gateway does not start. The text has one line per problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Given(Struct, frozen=True):
    """One value of one source. `is_text` where the source knows nothing but text."""

    name: str
    value: Any
    source: str
    is_text: bool


def load(
    environ: Mapping[str, str], *, config: Path | None = None, flags: Mapping[str, Any] | None = None
) -> Loaded:
    """The settings. `flags` holds values by field name; None in it stands for "not given".

    `config` is read when it is given and must then exist. Raises SettingsError.
    """
    remarks: list[str] = []
    problems: list[Problem] = []
    tables = _read_toml(config) if config is not None else {}
    addon_tables = _taken_addon_tables(tables)
    given = [
        *(_from_toml(tables, config.name, remarks) if config is not None else ()),
        *_from_environ(environ),
        *_from_flags(flags or {}),
    ]
    values, sources = _settled(given, problems)
    addon_values = AddonValues(addon_tables, texts_of(environ))
    settings = msgspec.structs.replace(_tree(values), addon_values=addon_values, sources=Sources(sources))
    problems.extend(p for p in problems_of(settings) if p.variable not in {q.variable for q in problems})
    if problems:
        raise SettingsError(tuple(problems))
    return Loaded(settings, tuple(remarks), sources)


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a `.env` file; none when there is no file. `$` in a value is a plain character."""
    if not path.is_file():
        return {}
    return {
        name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None
    }


def _settled(given: list[Given], problems: list[Problem]) -> tuple[dict[str, Any], dict[str, str]]:
    """The last valid value of each field. A bad value is a problem even when a later source overrides it."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for item in given:
        field = fields_by_name()[item.name]
        try:
            values[item.name] = checked(field, item.value, is_text=item.is_text)
        except ValueError as exc:
            problems.append(Problem(field.variable, f"{exc} (from {item.source})"))
        sources[item.name] = item.source
    return values, sources


def _tree(values: Mapping[str, Any]) -> Settings:
    settings = Settings()
    for field in all_fields():
        if field.name in values:
            settings = with_value(settings, field, values[field.name])
    return settings


def with_value(settings: Settings, field: Field, value: Any) -> Settings:
    """The tree with one field changed; `value` is of the field's type."""
    section = msgspec.structs.replace(getattr(settings, field.section), **{field.name: value})
    return msgspec.structs.replace(settings, **{field.section: section})


def _from_environ(environ: Mapping[str, str]) -> Iterator[Given]:
    """An empty variable counts as not set, as container files often have it."""
    for field in all_fields():
        if text := environ.get(field.variable, "").strip():
            yield Given(field.name, text, ENVIRONMENT, is_text=True)


def _from_flags(flags: Mapping[str, Any]) -> Iterator[Given]:
    for name, value in flags.items():
        if value is not None:
            yield Given(name, value, COMMAND_LINE, is_text=isinstance(value, str))


def _taken_addon_tables(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables below `[addons]`, taken out: they are options, which only the addons know."""
    addons = tables.get("addons")
    if not isinstance(addons, dict):
        return {}
    return {name: addons.pop(name) for name, value in list(addons.items()) if isinstance(value, dict)}


def _from_toml(tables: Mapping[str, Any], source: str, remarks: list[str]) -> Iterator[Given]:
    for section, entries in tables.items():
        if not isinstance(entries, dict):
            remarks.append(f"{source}: `{section}` stands outside a section and is ignored.")
            continue
        for name, value in entries.items():
            field = fields_by_name().get(name)
            if field is None or field.section != section:
                remarks.append(f"{source}: there is no setting `{section}.{name}`; it is ignored.")
                continue
            yield Given(name, value, source, is_text=False)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsError((Problem(str(path), f"cannot be read: {exc.strerror}"),)) from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError((Problem(str(path), f"is not valid TOML: {exc}"),)) from exc
