"""Hours, days and months of UTC, as lengths of time that sums are kept for. Pure.

Instants are epoch seconds. Never: a time zone of its own; a day begins when it begins in UTC.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Grain: TypeAlias = Literal["hour", "day", "month"]
Dimension: TypeAlias = Literal["all", "model", "account", "key", "client"]

GRAINS: Final[tuple[Grain, ...]] = ("hour", "day", "month")
DIMENSIONS: Final[tuple[Dimension, ...]] = ("all", "model", "account", "key", "client")

HOUR_S: Final = 3600
DAY_S: Final = 86_400

# Longest spans that a grain is chosen for. Accounts and keys are many, so their sums are taken sooner from
# coarser grains: a table over them reads a row per value and start.
_FEW: Final[tuple[tuple[Grain, int], ...]] = (("hour", 8 * DAY_S), ("day", 190 * DAY_S))
_MANY: Final[tuple[tuple[Grain, int], ...]] = (("hour", 2 * DAY_S), ("day", 35 * DAY_S))


@lru_cache(maxsize=4096)
def start_of(grain: Grain, instant: float) -> int:
    """When the hour, day or month began that an instant is in."""
    whole = int(instant)
    if grain == "hour":
        return whole - whole % HOUR_S
    if grain == "day":
        return whole - whole % DAY_S
    day = datetime.fromtimestamp(whole, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())


def next_start(grain: Grain, start: int) -> int:
    """When the following hour, day or month begins."""
    # From any instant of a month, 32 days on from its first day is a day of the next.
    return start_of(grain, start + {"hour": HOUR_S, "day": DAY_S, "month": 32 * DAY_S}[grain])


def starts_between(grain: Grain, since: float, until: float) -> tuple[int, ...]:
    """The starts of all hours, days or months that reach into a span, oldest first."""
    found, start = [], start_of(grain, since)
    while start < until:
        found.append(start)
        start = next_start(grain, start)
    return tuple(found)


def grain_for(dimension: Dimension, since: float, until: float) -> Grain:
    """The finest grain in which a span is still cheap to read."""
    steps = _MANY if dimension in ("account", "key") else _FEW
    for grain, longest in steps:
        if until - since <= longest:
            return grain
    return "month"
