"""An addon's options described for a form: what each is, what it stands at, and who set it. Pure."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from app.hooks.options import fixed_by, is_secret, variable
from app.settings.addons import AddonValues

Kind: TypeAlias = Literal["flag", "count", "amount", "text", "choice", "list", "pairs", "other"]
Source: TypeAlias = Literal["default", "file", "environment", "panel"]

_KINDS: dict[Any, Kind] = {
    bool: "flag",
    int: "count",
    float: "amount",
    str: "text",
    Literal: "choice",
    tuple: "list",
    list: "list",
    dict: "pairs",
}
_PLAIN = (str, int, float, bool)


class FormField(Struct, frozen=True):
    """One option. `value` and `default` are as JSON has them; of a secret neither is told.

    `fixed_by` is what it is called where alone it can be set: in the environment or in the file.
    """

    name: str
    kind: Kind
    description: str
    choices: tuple[str, ...]
    schema: dict[str, Any]
    value: Any
    default: Any
    is_required: bool
    is_secret: bool
    is_set: bool
    source: Source
    fixed_by: str | None


def form_of(name: str, options: Struct, values: AddonValues, turned: set[str]) -> tuple[FormField, ...]:
    """The options of the addon `name` in order. `turned` are those that were changed while running."""
    kind = type(options)
    hints = get_type_hints(kind, include_extras=True)
    fixed = fixed_by(name, kind, values)
    return tuple(
        _field(one, hints[one.name], options, fixed.get(one.name), _source(name, one.name, values, turned))
        for one in msgspec.structs.fields(kind)
    )


def _field(
    one: msgspec.structs.FieldInfo, hint: Any, options: Struct, fixed: str | None, source: Source
) -> FormField:
    value, bare = getattr(options, one.name), _bare(hint)
    default = _default(one)
    hidden = is_secret(type(options), one.name)
    return FormField(
        name=one.name,
        kind=_kind(bare),
        description=_described(hint),
        choices=tuple(map(str, get_args(bare))) if get_origin(bare) is Literal else (),
        schema=_schema(hint),
        value=None if hidden else _plain(value),
        default=None if hidden or default is msgspec.NODEFAULT else _plain(default),
        is_required=default is msgspec.NODEFAULT,
        is_secret=hidden,
        is_set=bool(value) if hidden else value != default,
        source=source,
        fixed_by=fixed,
    )


def _source(addon: str, field: str, values: AddonValues, turned: set[str]) -> Source:
    if values.texts.get(variable(addon, field), "").strip():
        return "environment"
    if field in values.tables.get(addon, {}):
        return "file"
    return "panel" if field in turned else "default"


def _default(one: msgspec.structs.FieldInfo) -> Any:
    return one.default_factory() if one.default_factory is not msgspec.NODEFAULT else one.default


def _plain(value: Any) -> Any:
    """As JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _described(hint: Any) -> str:
    marks = getattr(hint, "__metadata__", ())
    return next((m.description for m in marks if isinstance(m, msgspec.Meta) and m.description), "")


def _schema(hint: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(hint)
    return {name: value for name, value in schema.items() if name not in ("title", "description")}


def _bare(hint: Any) -> Any:
    """The type without its limits and without `| None`."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        arms = [arm for arm in get_args(hint) if arm is not NoneType]
        return _bare(arms[0]) if len(arms) == 1 else hint
    return hint


def _kind(bare: Any) -> Kind:
    kind = _KINDS.get(get_origin(bare) or bare, "other")
    if kind in ("list", "pairs"):
        inner = [_bare(arm) for arm in get_args(bare) if arm is not Ellipsis]
        return kind if all(arm in _PLAIN for arm in inner) else "other"
    return kind
