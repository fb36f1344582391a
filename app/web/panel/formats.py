"""Numbers and times as people read them. Source: admin-ui.md 2.6. Pure.

Instants are epoch seconds. A thin space groups digits, so that a number reads the same in every language.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.plain import shown
from app.web.panel.words import Words

UNKNOWN = "–"
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2066-\u2069]")
_THIN = "\u202f"
_STEPS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_UNITS: Final = {sign: sign for _, sign in _STEPS}


def number(value: float | None) -> str:
    """`1 204`, and from a million on `15.8 M`."""
    if value is None:
        return UNKNOWN
    for size, sign in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.1f}{_THIN}{sign}"
    return f"{round(value):,}".replace(",", _THIN)


def size(value: float | None) -> str:
    """Bytes: `512 B`, `1.2 MiB`."""
    if value is None:
        return UNKNOWN
    for sign in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{value:.0f}{_THIN}{sign}" if sign == "B" else f"{value:.1f}{_THIN}{sign}"
        value /= 1024
    return f"{value:.1f}{_THIN}GiB"


def percent(share: float | None) -> str:
    """A share of one: `0.4 %`, `42 %`."""
    if share is None:
        return UNKNOWN
    return f"{share * 100:.1f}{_THIN}%" if 0 < share < 0.1 else f"{share * 100:.0f}{_THIN}%"


def millis(value: float | None) -> str:
    """Milliseconds as a span: `840 ms`, `31.3 s`."""
    if value is None:
        return UNKNOWN
    return f"{value:.0f}{_THIN}ms" if value < 1000 else span(value / 1000)


def span(seconds: float | None, units: Mapping[str, str] = _UNITS) -> str:
    """How long: `31 s`, `4 min`, `3 h 12 min`, `2 d 4 h`. `units` names each of them in another language."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{seconds:.{1 if seconds < 10 and seconds % 1 else 0}f}{_THIN}{units['s']}"
    for (unit, sign), (less, lesser) in pairwise(_STEPS):
        if seconds >= unit:
            whole, rest = divmod(seconds, unit)
            part = round(rest // less)
            more = f" {part}{_THIN}{units[lesser]}" if part and less >= 60 else ""
            return f"{whole:.0f}{_THIN}{units[sign]}{more}"
    return UNKNOWN


def units_of(words: Words) -> dict[str, str]:
    """What the units of time are called in a language, by their signs."""
    return {sign: words(f"frame.unit_{sign}") for sign in _UNITS}


def ago(seconds: float | None, words: Words) -> str:
    """How long ago in whole units; what is not a second old is from just now."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return words("frame.just_now")
    return words("frame.ago", span=span(seconds // 1, units_of(words)))


def visible(value: object) -> object:
    """What stands for a value on a page: terminal codes and marks that turn text around are spelled out.

    For everything that templates put out; what is markup already stays. Source: threats.md S35.
    """
    if isinstance(value, str) and not hasattr(value, "__html__") and not value.isprintable():
        return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
    return value


def coded(text: str) -> Markup:
    """A sentence of ours in which names stand between backticks, those as code."""
    pieces = [escape(visible(piece)) for piece in text.split("`")]
    if len(pieces) % 2 == 0:  # one that has no partner is only itself
        pieces[-2:] = [pieces[-2] + Markup("`") + pieces[-1]]
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else piece for at, piece in enumerate(pieces)
    )


class Zone:
    """Instants in one viewer's time zone."""

    def __init__(self, name: str) -> None:
        self._zone = _zone(name)

    def stamp(self, at: float | None) -> str:
        """`2026-11-25 13:04:09`."""
        return UNKNOWN if at is None else f"{datetime.fromtimestamp(at, self._zone):%Y-%m-%d %H:%M:%S}"

    def clock(self, at: float | None) -> str:
        """`13:04:09`."""
        return UNKNOWN if at is None else f"{datetime.fromtimestamp(at, self._zone):%H:%M:%S}"

    def short(self, at: float | None) -> str:
        """`11-25 13:04`."""
        return UNKNOWN if at is None else f"{datetime.fromtimestamp(at, self._zone):%m-%d %H:%M}"

    def day(self, text: str) -> float | None:
        """When the day `2026-11-25` begins; None for what is no day."""
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=self._zone).timestamp()
        except (ValueError, OverflowError, OSError):
            return None


def iso(at: float | None) -> str:
    """For machines, in UTC."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, or no such thing: a cookie may say anything
        return UTC


@pass_context
def _span(context: Context, seconds: float | None) -> str:
    return span(seconds, units_of(context["t"]))


@pass_context
def _ago(context: Context, seconds: float | None) -> str:
    return ago(seconds, context["t"])


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "size": size,
    "percent": percent,
    "millis": millis,
    "span": _span,
    "ago": _ago,
    "coded": coded,
    "iso": iso,
    "shown": shown,
}
