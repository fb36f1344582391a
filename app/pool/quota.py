"""What is known of an account's quota, as it counts for the order of choice.

A reading is advice: it never sets anything aside, and it is worth nothing once its window has been reset or
it is too old. A refusal is the truth until its reset or the next success. Not known is None, never 1.
Pure; instants are handed in. Source: upstream.md 8, faults.md F074.
"""

from math import inf

from msgspec import Struct

from app.pool.model import Window

MOST_AGE_S = 6 * 3600.0
"""An older reading says nothing any more."""


class Reading(Struct, frozen=True):
    """One window of one group, on the monotonic clock: `left` counts until `ends_at`."""

    group: str
    left: float
    ends_at: float


class Known(Struct, frozen=True):
    """What is left of a group, 0..1 or None, as far as can be said until `until`."""

    left: float | None
    until: float


UNKNOWN = Known(None, inf)


class Quota:
    """The quota of one account over all its groups."""

    __slots__ = ("_known", "_readings", "_refusals", "windows")

    def __init__(self) -> None:
        self.windows: tuple[Window, ...] = ()
        self._readings: tuple[Reading, ...] = ()
        self._refusals: dict[str, float] = {}
        self._known: dict[str, Known] = {}

    def tell(self, windows: tuple[Window, ...], now: float, now_epoch: float) -> None:
        """Take over what the upstream told last; it replaces what it told before."""
        self.windows = windows
        ahead = now_epoch - now
        self._readings = tuple(
            Reading(window.group, window.left, _end_of(window, now_epoch) - ahead)
            for window in windows
            if window.left is not None
        )
        self._known.clear()

    def after_sleep(self, seconds: float, now: float, now_epoch: float) -> None:
        """The clock stood still for so long; resets are instants of the wall clock."""
        self._refusals = {group: until - seconds for group, until in self._refusals.items()}
        self.tell(self.windows, now, now_epoch)

    def refuse(self, group: str, until: float) -> None:
        """The upstream has refused for want of quota: nothing is left, whatever was read."""
        self._refusals[group] = until
        self._known.clear()

    def serve(self, group: str) -> None:
        """The upstream has answered: an earlier refusal is out of date."""
        if self._refusals.pop(group, None) is not None:
            self._known.clear()

    def read(self, group: str, now: float) -> float | None:
        """What the readings alone say, whatever was refused."""
        counted = [each.left for each in self._readings if each.group == group and now < each.ends_at]
        return min(counted, default=None)

    def mend(self) -> None:
        """Forget every refusal."""
        self._refusals.clear()
        self._known.clear()

    def of(self, group: str, now: float) -> Known:
        """What the tightest window of a group leaves."""
        if not self._readings and not self._refusals:
            return UNKNOWN
        known = self._known.get(group)
        if known is None or known.until <= now:
            known = self._known[group] = self._look(group, now)
        return known

    def _look(self, group: str, now: float) -> Known:
        refused_until = self._refusals.get(group, 0.0)
        if refused_until > now:
            return Known(0.0, refused_until)
        counted = [each for each in self._readings if each.group == group and now < each.ends_at]
        if not counted:
            return UNKNOWN
        return Known(min(each.left for each in counted), min(each.ends_at for each in counted))


def _end_of(window: Window, now_epoch: float) -> float:
    age_ends = (now_epoch if window.read_at is None else window.read_at) + MOST_AGE_S
    return age_ends if window.resets_at is None else min(window.resets_at, age_ends)
