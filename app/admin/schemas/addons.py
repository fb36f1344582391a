"""Addons as the admin API takes and shows them. Never: the value of an option that is a secret."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from app.admin.schemas.base import Body

OptionKind: TypeAlias = Literal["flag", "count", "amount", "text", "choice", "list", "pairs", "other"]
OptionSource: TypeAlias = Literal["default", "file", "environment", "panel"]


class AddonOptionsBody(Body, frozen=True, kw_only=True):
    """New values by option, as JSON has them. Options that are left out stay as they are."""

    values: dict[str, Any]


class OptionView(Struct, frozen=True, kw_only=True):
    """One option of an addon.

    `kind` says which control shows it, `schema` everything as JSON Schema. `value` and `default` are as JSON
    has them, and null for a secret, of which `is_set` says whether there is one. An option with `fixed_by`
    can only be changed where the gateway is started; that is what it is called there.
    """

    name: str
    kind: OptionKind
    description: str
    choices: list[str]
    schema: dict[str, Any]
    value: Any
    default: Any
    is_required: bool
    is_secret: bool
    is_set: bool
    source: OptionSource
    fixed_by: str | None


class AddonView(Struct, frozen=True, kw_only=True):
    """One addon. `source` is where it comes from: `built in`, a path, `module:name` or an entry point.

    `enabled` is the switch, `active` whether its hooks are called: an addon may have nothing to do as it is
    configured. `hooks` are those it has, in the order in which a request meets them; `stages`, `dialects`,
    `models` and `views` is what else it brings. `errors` counts what went wrong since the start, `last_error`
    is a sentence without secrets, `last_error_at` in epoch seconds.
    """

    name: str
    version: str
    description: str
    source: str
    is_builtin: bool
    is_file: bool
    enabled: bool
    can_switch: bool
    active: bool
    tolerant: bool
    hooks: list[str]
    stages: list[str]
    dialects: list[str]
    models: list[str]
    views: list[str]
    jobs: int
    errors: int
    last_error: str
    last_error_at: float | None
    remarks: list[str]
    options: list[OptionView]


class AddonList(Struct, frozen=True, kw_only=True):
    """Every addon, in the order in which they are called."""

    addons: list[AddonView]
