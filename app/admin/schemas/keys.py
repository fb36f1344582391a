"""Client keys as the admin API takes and shows them. Never: a key, except in the answer to its making."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.admin.schemas.base import Body, Text
from app.allowance import UNLIMITED, Allowance
from app.plain import LINE_PATTERN
from app.store.keys import KeyStanding

KeyName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=LINE_PATTERN)]
Note = Annotated[str, msgspec.Meta(max_length=2000)]
Models = Annotated[list[Text], msgspec.Meta(min_length=1, max_length=200)]
Addresses = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=2, max_length=64)]],
    msgspec.Meta(min_length=1, max_length=100),
]
Most = Annotated[int, msgspec.Meta(ge=1, le=10**15)]


class LimitsBody(Body, frozen=True, kw_only=True):
    """What a key may use; null is no limit. Tokens are prompt and answer together, days are those of UTC."""

    daily_tokens: Most | None = None
    monthly_tokens: Most | None = None
    requests_per_minute: Most | None = None
    tokens_per_minute: Most | None = None
    concurrent: Most | None = None


class KeyBody(Body, frozen=True, kw_only=True):
    """A key to be made. `models` null is every model, `addresses` (or CIDR blocks) null is everywhere."""

    name: KeyName
    note: Note = ""
    models: Models | None = None
    addresses: Addresses | None = None
    expires_at: float | None = None
    limits: LimitsBody = LimitsBody()


class KeyPatch(Body, frozen=True, kw_only=True):
    """What is said anew of a key. What is left out stays as it is; `limits` are said anew as a whole."""

    name: KeyName | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    models: Models | UnsetType | None = UNSET
    addresses: Addresses | UnsetType | None = UNSET
    expires_at: float | UnsetType | None = UNSET
    limits: LimitsBody | UnsetType = UNSET


class RotateBody(Body, frozen=True, kw_only=True):
    """For how many hours the old key goes on working beside the new one; 0 ends it at once."""

    keep_old_hours: Annotated[float, msgspec.Meta(ge=0, le=24 * 365)] = 24.0


class KeyQuery(Struct, frozen=True, kw_only=True):
    """Which keys: those of a state, those with a text in name, note or id. A page goes on behind `cursor`."""

    state: Literal["active", "paused", "expired", "revoked"] | None = None
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class KeyUse(Struct, frozen=True, kw_only=True):
    """What a key has used: `minute_` in the last 60 s, `day_` and `month_` in those of UTC."""

    in_flight: int
    minute_requests: int
    minute_tokens: int
    day_requests: int
    day_failures: int
    day_tokens: int
    month_tokens: int


class KeyView(Struct, frozen=True, kw_only=True):
    """One key. `shown` is its beginning and its end, which people recognise it by."""

    id: str
    name: str
    note: str
    shown: str
    state: KeyStanding
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    models: list[str] | None
    addresses: list[str] | None
    limits: Allowance
    use: KeyUse


class KeyList(Struct, frozen=True, kw_only=True):
    """A page of keys, newest first. `next` is the cursor of the following page."""

    keys: list[KeyView]
    next: str | None


class FreshKeyView(Struct, frozen=True, kw_only=True):
    """A key that was just made. `secret` is the key itself; it is told this once."""

    key: KeyView
    secret: str

    def __repr__(self) -> str:
        return f"FreshKeyView({self.key!r}, ***)"


class Preset(Struct, frozen=True, kw_only=True):
    """A sensible start for a new key. `days` is how long it lives, null for ever."""

    id: str
    title: str
    days: int | None
    limits: Allowance


PRESETS = (
    Preset(id="only_me", title="Only me", days=None, limits=UNLIMITED),
    Preset(
        id="a_friend",
        title="A friend",
        days=90,
        limits=Allowance(daily_tokens=5_000_000, requests_per_minute=20, concurrent=2),
    ),
    Preset(
        id="ci",
        title="CI",
        days=365,
        limits=Allowance(
            monthly_tokens=200_000_000,
            requests_per_minute=60,
            tokens_per_minute=2_000_000,
            concurrent=4,
        ),
    ),
)


class PresetList(Struct, frozen=True, kw_only=True):
    """What a new key may start from."""

    presets: list[Preset]
