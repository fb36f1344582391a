"""What a list of requests is narrowed to: read from the address, and written into others.

Never: which requests those are.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from app.admin.schemas.requests import RequestQuery
from app.web.panel.formats import Zone
from app.web.panel.forms import shaped
from app.web.panel.words import Words

SLOW_MS: Final = 10_000
"""What the chip "slow" means."""
ANY: Final = "any"
RESULTS: Final = ("ok", "failed", "refused", "client_gone", "running")
ORIGINS: Final = ("client", "playground", "probe")
_FIELDS: Final = ("result", "key", "account", "model", "dialect", "client", "origin", "id")
_SWITCHES: Final = ("slow_ms", "retried", "fallback")
_SPAN: Final = ("since", "until")
NAMES: Final = (*_FIELDS, *_SWITCHES, *_SPAN)
_ROWS: Final = 50


class Chip(Struct, frozen=True):
    """A wish that is switched on or off with one click. `query` is the address it leads to."""

    name: str
    is_on: bool
    query: Mapping[str, str]


class Tag(Struct, frozen=True):
    """A wish in words; `query` is the address without it."""

    name: str
    text: str
    query: Mapping[str, str]


class Filters(Struct, frozen=True):
    """The wishes by name, those that are empty left out."""

    asked: Mapping[str, str]
    cursor: str = ""
    follow: bool = True

    @property
    def address(self) -> dict[str, str]:
        """The wishes as a part of an address."""
        return {**self.asked, **({} if self.follow else {"follow": "off"})}

    @property
    def turned(self) -> dict[str, str]:
        """The address with following switched."""
        return {**self.asked, **({"follow": "off"} if self.follow and not self.cursor else {})}

    def get(self, name: str) -> str:
        """One wish; "" where there is none."""
        return self.asked.get(name, "")

    @property
    def origin(self) -> str:
        """Where wanted requests come from; whoever looks for an id wants it from anywhere."""
        return self.get("origin") or (ANY if self.get("id") else "client")

    def without(self, *names: str) -> dict[str, str]:
        """The address without these wishes."""
        return {name: value for name, value in self.address.items() if name not in names}

    def query(self, accounts: Mapping[str, str], *, cursor: str = "") -> RequestQuery:
        """The wishes as the desk takes them; an account may be named by its address. Raises Refused."""
        ids = {email: account for account, email in accounts.items()}
        origin = self.origin
        changed = {
            "account": ids.get(self.get("account"), self.get("account")),
            "origin": None if origin == ANY else origin,
        }
        return shaped({**self.asked, **changed, "cursor": cursor, "limit": _ROWS}, RequestQuery)

    def chips(self) -> list[Chip]:
        """The common wishes."""
        wishes = {
            "failed": ("result", "failed"),
            "slow": ("slow_ms", str(SLOW_MS)),
            "retried": ("retried", "1"),
            "fallback": ("fallback", "1"),
        }
        chips = []
        for chip, (name, value) in wishes.items():
            is_on = self.get(name) == value
            query = self.without(name) | ({} if is_on else {name: value})
            chips.append(Chip(chip, is_on, query))
        return chips

    def tags(self, words: Words, zone: Zone, names: Mapping[str, Mapping[str, str]]) -> list[Tag]:
        """Every wish in words. `names` are what keys and accounts are called, by the wish's name and id."""
        return [
            Tag(name, _told(words, zone, name, names.get(name, {}).get(value, value)), self.without(name))
            for name, value in self.asked.items()
        ]


def read(args: Mapping[str, str]) -> Filters:
    """The wishes in an address."""
    asked = {name: value for name in NAMES if (value := args.get(name, "").strip())}
    return Filters(asked, args.get("cursor", ""), args.get("follow") != "off")


def _told(words: Words, zone: Zone, name: str, value: str) -> str:
    match name:
        case "result" | "origin":
            value = words.either(f"requests.{name}_{value}", value)
        case "slow_ms":
            value = str(int(value) // 1000) if value.isdigit() else value
        case "since" | "until":
            value = zone.stamp(float(value))
        case "retried" | "fallback":
            return words(f"requests.tag_{name}")
    return words(f"requests.tag_{name}", value=value)
