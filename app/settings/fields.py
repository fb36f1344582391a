"""The settings tree as a flat list, for whatever goes through all of them: loader, documents, knobs.

Never: reads values from outside.
"""

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from app.settings.schema import Section, Settings

Kind = Literal["flag", "count", "amount", "text", "choice", "list", "pairs"]


class Field(Struct, frozen=True):
    """One setting. `type` is its annotation with its limits, as msgspec reads it."""

    section: str
    name: str
    type: Any
    kind: Kind
    default: Any
    description: str
    is_secret: bool
    is_knob: bool
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable."""
        return self.name.upper()


@cache
def all_fields() -> tuple[Field, ...]:
    """Every setting, in the order of the tree."""
    sections = get_type_hints(Settings)
    return tuple(
        field
        for name, section in sections.items()
        if issubclass(section, Section)
        for field in _fields_of(name, section)
    )


@cache
def fields_by_name() -> dict[str, Field]:
    """Every setting under its name; names are unique in the tree."""
    return {field.name: field for field in all_fields()}


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every secret that is set, for who must keep them out of logs; of an address its password as well."""
    found: list[str] = []
    for field in all_fields():
        if field.is_secret and (value := getattr(getattr(settings, field.section), field.name)):
            found.extend([value] if isinstance(value, str) else value)
    return (*found, *filter(None, map(_password_in, found)))


def _password_in(secret: str) -> str | None:
    """What stands for a password in an address such as `http://user:password@host`."""
    try:
        return urlsplit(secret).password
    except ValueError:
        return None


def _fields_of(name: str, section: type[Section]) -> list[Field]:
    hints = get_type_hints(section, include_extras=True)
    defaults = section()
    return [_field(name, leaf, hints[leaf], getattr(defaults, leaf)) for leaf in section.__struct_fields__]


def _field(section: str, name: str, annotation: Any, default: Any) -> Field:
    described = next(mark for mark in annotation.__metadata__ if mark.description)
    bare = _bare(annotation)
    return Field(
        section=section,
        name=name,
        type=annotation,
        kind=_kind(bare),
        default=default,
        description=described.description,
        is_secret=described.extra["secret"],
        is_knob=described.extra["knob"],
        choices=get_args(bare) if get_origin(bare) is Literal else (),
    )


def _bare(annotation: Any) -> Any:
    """The type without its limits and without `| None`."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (arm for arm in get_args(annotation) if arm is not NoneType)
    return annotation


def _kind(bare: Any) -> Kind:
    kinds: dict[Any, Kind] = {
        bool: "flag",
        int: "count",
        float: "amount",
        str: "text",
        Literal: "choice",
        tuple: "list",
        dict: "pairs",
    }
    return kinds[get_origin(bare) or bare]


def checked(field: Field, value: Any, *, is_text: bool) -> Any:
    """`value` in the field's type; `is_text` when it comes from a source that only has text.

    Raises ValueError with a sentence that does not repeat the value.
    """
    raw = _from_text(field, value) if is_text else value
    try:
        return msgspec.convert(raw, field.type, strict=not is_text)
    except msgspec.ValidationError as exc:
        raise ValueError(_readable(field, str(exc))) from exc


_TRUE = frozenset({"1", "true", "on", "yes"})
_FALSE = frozenset({"0", "false", "off", "no"})


def _from_text(field: Field, text: str) -> Any:
    match field.kind:
        case "flag":
            return _flag(text)
        case "list":
            return [item.strip() for item in text.split(",") if item.strip()]
        case "pairs":
            return dict(_pair(item) for item in text.split(",") if item.strip())
        case "choice":
            return text.lower()
        case _:
            return text


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("is neither on nor off")
    return word in _TRUE


def _pair(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ValueError("is not of the form name=value,name=value")
    return name.strip(), value.strip()


def _readable(field: Field, complaint: str) -> str:
    if field.kind == "choice":
        return f"is none of {', '.join(field.choices)}"
    return "is not valid: " + complaint[0].lower() + complaint[1:]
