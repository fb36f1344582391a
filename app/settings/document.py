"""The settings as text for people: `.env.example` and `docs/reference/settings.md`.

Pure; a test compares both files with what this module gives.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import get_type_hints

from app.settings.fields import Field, all_fields
from app.settings.schema import Settings

_ENV_HEAD = """\
# Every setting of the gateway with its default. Copy this file to `.env` and uncomment what you change.
# The command reads `.env` from the folder it is started in; real environment variables win over it.
# Made from app/settings/schema.py; change it there.
"""

_REFERENCE_HEAD = """\
# Settings

Sources, later ones win: defaults, `config.toml`, environment variables (with those of `.env`), flags.
The name in `config.toml` is the variable in lower case, inside its section.
An empty variable counts as not set. Lists are separated by commas.
On and off may be written `on`/`off`, `true`/`false`, `yes`/`no`, `1`/`0`.
All problems are told at once, and the command ends with exit code 2 without having started anything.

Settings marked **knob** can also be changed while the gateway runs; a value set there holds where no other
source says anything.

This page is made from `app/settings/schema.py`.
"""


def env_example() -> str:
    """The content of `.env.example`."""
    blocks = [_ENV_HEAD]
    for section, fields in _by_section():
        blocks.append(f"# --- {section}: {_purpose(section)}\n\n" + "\n".join(_env_lines(fields)))
    return "\n".join(blocks)


def settings_reference() -> str:
    """The content of `docs/reference/settings.md`."""
    blocks = [_REFERENCE_HEAD]
    for section, fields in _by_section():
        rows = "\n".join(_row(field) for field in fields)
        blocks.append(
            f"## `[{section}]`\n\n{_purpose(section)}\n\n"
            f"| variable | default | meaning |\n| --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(blocks)


def _by_section() -> Iterator[tuple[str, list[Field]]]:
    for section, fields in groupby(all_fields(), key=lambda field: field.section):
        yield section, list(fields)


def _purpose(section: str) -> str:
    text = get_type_hints(Settings)[section].__doc__
    return str(text).strip()


def _env_lines(fields: list[Field]) -> Iterator[str]:
    for field in fields:
        yield f"# {_meaning(field)}"
        yield f"#{field.variable}={default_text(field)}\n"


def _row(field: Field) -> str:
    default = default_text(field)
    shown = f"`{default}`" if default else "none"
    mark = "**knob** " if field.is_knob else ""
    return f"| `{field.variable}` | {shown} | {mark}{_meaning(field)} |".replace("\n", " ")


def _meaning(field: Field) -> str:
    if not field.choices:
        return field.description
    return f"{field.description} One of: {', '.join(field.choices)}."


def default_text(field: Field) -> str:
    """The default as one would write it into the environment; empty for "not set"."""
    value = field.default
    match field.kind:
        case "flag":
            return "on" if value else "off"
        case "list":
            return ",".join(value)
        case "pairs":
            return ",".join(f"{name}={target}" for name, target in value.items())
        case "amount":
            return f"{value:g}"
        case _:
            return "" if value is None else str(value)


def main() -> None:
    """Write both files; run as `python -m app.settings.document` in the root of a checkout."""
    Path(".env.example").write_text(env_example(), encoding="utf-8")
    Path("docs/reference").mkdir(parents=True, exist_ok=True)
    Path("docs/reference/settings.md").write_text(settings_reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
