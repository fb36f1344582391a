"""Spans of time that a page can be asked for by a word in its address. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from app.store.grains import DAY_S, HOUR_S
from app.web.panel.formats import Zone

SPANS: Final[dict[str, float]] = {
    "hour": HOUR_S,
    "day": DAY_S,
    "week": 7 * DAY_S,
    "month": 30 * DAY_S,
    "year": 365 * DAY_S,
}
CUSTOM: Final = "custom"
_DEFAULT: Final = "day"
_SHORTEST_S: Final = HOUR_S


class Range(Struct, frozen=True, kw_only=True):
    """From `since` up to `until`, in epoch seconds. `first` and `last` are days by choice."""

    name: str
    since: float
    until: float
    first: str = ""
    last: str = ""

    @property
    def address(self) -> dict[str, str]:
        """The same span in an address."""
        own = {"first": self.first, "last": self.last} if self.name == CUSTOM else {}
        return {"range": self.name, **own}

    @property
    def grain(self) -> Literal["minute"] | None:
        """A span this short is told by the minute; what suits longer ones, the desk knows."""
        return "minute" if self.name == "hour" else None

    @property
    def wider(self) -> str:
        """The word for the next longer span, "" where there is none."""
        names = list(SPANS)
        at = names.index(self.name) + 1 if self.name in names else len(names)
        return names[at] if at < len(names) else ""


def read(args: Mapping[str, str], zone: Zone, now: float) -> Range:
    """The span in an address; what cannot be read is the last day."""
    name = args.get("range", _DEFAULT)
    if name == CUSTOM:
        first, last = args.get("first", ""), args.get("last", "")
        since, until = zone.day(first), zone.day(last)
        if since is not None and until is not None and 0 <= since <= until:
            return Range(
                name=CUSTOM, since=since, until=min(until + DAY_S, now + DAY_S), first=first, last=last
            )
    name = name if name in SPANS else _DEFAULT
    # By the minute an hour is sixty whole ones.
    return Range(name=name, since=now - SPANS[name] + (60 if name == "hour" else 0), until=now)
