"""An account's quota as bars: two windows for each family of models, whether they are known or not. Pure.

Instants are epoch seconds. Never: an unknown quota as a full one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from app.admin.schemas.accounts import AccountView
from app.pool.model import Window
from app.web.panel.words import Words

SPANS: Final = ("5h", "weekly")
OLD_S: Final = 1800.0
"""An older reading is marked as such."""
_LOW: Final = 0.2


class Names(Struct, frozen=True):
    """What families and spans are called, by what the upstream calls them."""

    families: Mapping[str, str]
    spans: Mapping[str, str]


class Bar(Struct, frozen=True):
    """One window, called `span`. `left` is a share of 1, None when it is not known; `look` is a class of the
    style sheet."""

    span: str
    left: float | None
    resets_at: float | None

    @property
    def look(self) -> str:
        """How full it looks."""
        if self.left is None or self.left > _LOW:
            return ""
        return "low" if self.left > 0 else "out"


class Family(Struct, frozen=True):
    """The windows of one family of models."""

    name: str
    bars: Sequence[Bar]


def families(account: AccountView, names: Names, now: float) -> list[Family]:
    """The bars of an account."""
    return [
        Family(
            name, [_bar(account.windows, f"{group}-{span}", said, now) for span, said in names.spans.items()]
        )
        for group, name in names.families.items()
    ]


def window_name(words: Words, window: str) -> str:
    """What people call a window such as `gemini-weekly`."""
    group, _, span = window.rpartition("-")
    family = words.either(f"accounts.family_{group}", group)
    return f"{family} · {words.either(f'accounts.span_{span}', span)}"


def age_s(account: AccountView, now: float) -> float | None:
    """How old the reading is."""
    return None if account.read_at is None else max(0.0, now - account.read_at)


class Rest(Struct, frozen=True):
    """What of an account comes back by itself, when, and why it rests."""

    until: float
    what: str
    why: str


def resting(account: AccountView) -> list[Rest]:
    """What of an account rests and comes back by itself, soonest first."""
    rests = [Rest(one.until, one.what, one.why) for one in account.cooling if one.until is not None]
    return sorted(rests, key=lambda one: one.until)


def _bar(windows: Iterable[Window], name: str, span: str, now: float) -> Bar:
    for window in windows:
        if window.name == name:
            is_over = window.resets_at is not None and window.resets_at <= now
            return Bar(span, None if is_over else window.left, window.resets_at)
    return Bar(span, None, None)
