"""An addon's options: from settings and environment to its struct, and described for a form.

One declaration, three faces: `[addons.NAME]` in `config.toml`, variables `ADDON_NAME_FIELD`, a form.
Never: keeps a value.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from app.hooks.errors import BadOption, FixedOption
from app.settings.addons import AddonValues

Secret: TypeAlias = Annotated[str, msgspec.Meta(extra={"secret": True})]
"""Text that is never shown: a form takes it, and only says whether there is one."""

_SECRET_NAMES: Final = ("password", "secret", "token", "api_key")

_TRUE: Final = frozenset({"1", "true", "on", "yes"})
_FALSE: Final = frozenset({"0", "false", "off", "no"})
_LISTS: Final = (tuple, list, set, frozenset)


def read_options(name: str, kind: type[Struct], values: AddonValues) -> Struct:
    """The options of the addon `name`. Raises BadOption with a sentence that repeats no value."""
    table = dict(values.tables.get(name, {}))
    if unknown := sorted(table.keys() - set(kind.__struct_fields__)):
        raise BadOption(f"`[addons.{name}]` sets `{unknown[0]}`, which is no option of it")
    given: dict[str, Any] = {}
    bare, hints = get_type_hints(kind), get_type_hints(kind, include_extras=True)
    for field in kind.__struct_fields__:
        text = values.texts.get(variable(name, field), "").strip()
        if text:
            where, raw = f"`{variable(name, field)}`", _from_text(text, bare[field])
        elif field in table:
            where, raw = f"`{field}` in `[addons.{name}]`", table[field]
        else:
            continue
        given[field] = _typed(where, raw, hints[field], field)
    return _made(kind, given)


def changed_options(
    options: Struct, changes: Mapping[str, Any], fixed: Mapping[str, str] | None = None
) -> Struct:
    """The options with some fields at new values, as JSON has them. Raises BadOption.

    FixedOption is raised for those that are `fixed`, see `fixed_by`.
    """
    kind = type(options)
    given = {field: getattr(options, field) for field in kind.__struct_fields__}
    hints = get_type_hints(kind, include_extras=True)
    for field, value in changes.items():
        if field not in given:
            raise BadOption(f"there is no option `{field}`", where=field)
        if fixed and field in fixed:
            raise FixedOption(
                f"`{field}` is set by `{fixed[field]}` where the gateway is started, and only there",
                where=field,
            )
        given[field] = _typed(f"`{field}`", value, hints[field], field)
    return _made(kind, given)


def fixed_by(name: str, kind: type[Struct], values: AddonValues) -> dict[str, str]:
    """Which options can be set by the environment or the file only: field to what it is called there.

    Those are the ones that are set there, and secrets, which are not stored with other options.
    """
    found: dict[str, str] = {}
    for field in kind.__struct_fields__:
        if values.texts.get(variable(name, field), "").strip():
            found[field] = variable(name, field)
        elif field in values.tables.get(name, {}):
            found[field] = f"[addons.{name}] {field}"
        elif is_secret(kind, field):
            found[field] = variable(name, field)
    return found


def is_secret(kind: type[Struct], field: str) -> bool:
    """Whether an option must not be shown: it says so, or its name does."""
    hint = get_type_hints(kind, include_extras=True)[field]
    marks = (arm for each in (hint, *get_args(hint)) for arm in getattr(each, "__metadata__", ()))
    says_so = any(isinstance(mark, msgspec.Meta) and (mark.extra or {}).get("secret") for mark in marks)
    return says_so or field.lower().endswith(_SECRET_NAMES)


def secrets_in(options: Struct) -> Iterator[str]:
    """The values that must not be shown."""
    for field in options.__struct_fields__:
        if is_secret(type(options), field) and isinstance(value := getattr(options, field), str):
            yield value


def variable(name: str, field: str) -> str:
    """The environment variable of one option."""
    return f"ADDON_{name}_{field}".upper().replace("-", "_")


def schema_of(kind: type[Struct]) -> dict[str, Any]:
    """The JSON schema of the options, which a form is drawn from."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {**schema, "$defs": parts}


def unclaimed(values: AddonValues, options: Iterable[tuple[str, type[Struct] | None]]) -> list[str]:
    """Sentences about values that no addon takes."""
    known = [(name, kind.__struct_fields__ if kind else ()) for name, kind in options]
    names = {name for name, _ in known}
    variables = {variable(name, field) for name, fields in known for field in fields}
    return [
        *(
            f"`[addons.{name}]`: no addon of that name is loaded."
            for name in sorted(values.tables.keys() - names)
        ),
        *(f"`{text}`: no addon has that option." for text in sorted(values.texts.keys() - variables)),
    ]


def _made(kind: type[Struct], given: dict[str, Any]) -> Struct:
    try:
        return kind(**given)
    except TypeError as exc:
        raise BadOption(f"an option has no value: {exc}") from exc


def _typed(where: str, raw: Any, hint: Any, field: str) -> Any:
    try:
        return msgspec.convert(raw, hint, strict=False)
    except msgspec.ValidationError as exc:
        raise BadOption(f"{where} is not valid: {_lowered(str(exc))}", where=field) from exc


def _from_text(text: str, hint: Any) -> Any:
    """What a variable's text stands for: JSON in brackets, lists and pairs by commas, on and off."""
    if text[0] in "[{":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    kind = get_origin(hint) or hint
    if kind in _LISTS:
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind is dict:
        pairs = (item.partition("=") for item in text.split(",") if item.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}
    if bool in (kind, *get_args(hint)) and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    return text


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
