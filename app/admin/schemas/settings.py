"""Settings as the admin API shows and changes them. Never: the value of a secret."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from app.admin.schemas.base import Body
from app.settings.fields import Kind

SettingSource: TypeAlias = Literal["default", "file", "environment", "command line", "panel", "generated"]


class SettingBody(Body, frozen=True, kw_only=True):
    """A new value, as JSON has it."""

    value: Any


class SettingView(Struct, frozen=True, kw_only=True):
    """One setting.

    `value` is the one in force and `default` what it would be by itself, as JSON has them; both are null for
    a secret, of which `is_set` says whether there is one. One with `fixed_by` can only be changed where the
    gateway is started; that is what it is called there. `effect` says when a change of it counts. `unit` is
    that of a quantity, "" for none.
    """

    name: str
    variable: str
    kind: Kind
    description: str
    unit: str
    choices: list[str]
    value: Any
    default: Any
    is_secret: bool
    is_set: bool
    is_knob: bool
    source: SettingSource
    fixed_by: str | None
    effect: Literal["now", "after restart"]


class SettingGroup(Struct, frozen=True, kw_only=True):
    """Settings that belong together. `purpose` is a sentence."""

    section: str
    purpose: str
    settings: list[SettingView]


class SettingList(Struct, frozen=True, kw_only=True):
    """Every setting, in groups."""

    groups: list[SettingGroup]
