"""Quota windows, rate limiter and model capacity: how much of what is left for whom, and until when.

Two anchored windows per account and group: 5 hours and a week. Gemini quota is counted per host, the
third-party group across hosts. Pure of I/O; every method gets the time. Source: upstream.md 8.
"""

from msgspec import Struct, field

HOUR = 3600.0
FIVE_HOURS = 5 * HOUR
WEEK = 7 * 24 * HOUR

WINDOW_SPANS = {"5h": FIVE_HOURS, "weekly": WEEK}


class Window(Struct):
    """One window: unused until the first use anchors it, then fixed until its reset."""

    span: float
    capacity: float
    used: float = 0.0
    resets_at: float | None = None

    def refresh(self, now: float) -> None:
        """Start afresh when the reset has passed."""
        if self.resets_at is not None and now >= self.resets_at:
            self.used = 0.0
            self.resets_at = None

    def reset_time(self, now: float) -> float:
        """When the window resets; moves with the clock while it is unused."""
        self.refresh(now)
        return now + self.span if self.resets_at is None else self.resets_at

    def fraction(self, now: float) -> float:
        """What is left, 0 to 1."""
        self.refresh(now)
        return max(0.0, 1.0 - self.used / self.capacity)

    def spend(self, units: float, now: float) -> None:
        """Use units, anchoring the window if this is its first use."""
        self.refresh(now)
        if self.resets_at is None:
            self.resets_at = now + self.span
        self.used += units

    def exhaust(self, now: float, *, resets_in: float | None = None) -> None:
        """Use up everything; the reset may be set as well."""
        self.spend(max(self.capacity - self.used, 0.0), now)
        if resets_in is not None:
            self.resets_at = now + resets_in


class Reading(Struct, frozen=True):
    """What is published of a window."""

    fraction: float
    resets_at: float


class QuotaBook(Struct):
    """All windows of all accounts."""

    capacity: dict[str, float] = field(default_factory=lambda: {"5h": 5_000.0, "weekly": 50_000.0})
    publication_delay_s: float = 0.0
    per_token: bool = False
    windows: dict[tuple[str, str, str], dict[str, Window]] = field(default_factory=dict)
    published: dict[tuple[str, str, str], tuple[float, dict[str, Reading]]] = field(default_factory=dict)

    def of(self, account_id: str, host: str, group: str, *, scale: float = 1.0) -> dict[str, Window]:
        """The windows of one account, host and group; only Gemini is counted per host."""
        key = _key(account_id, host, group)
        if key not in self.windows:
            self.windows[key] = {
                name: Window(span, self.capacity[name] * scale) for name, span in WINDOW_SPANS.items()
            }
        return self.windows[key]

    def exhausted_until(self, windows: dict[str, Window], now: float) -> float | None:
        """The reset of the exhausted window that lasts longest, None when there is room in all."""
        resets = [window.reset_time(now) for window in windows.values() if window.fraction(now) <= 0]
        return max(resets, default=None)

    def readings(
        self, account_id: str, host: str, group: str, now: float, *, scale: float = 1.0
    ) -> dict[str, Reading]:
        """The published state, which may lag behind the true one by the publication delay."""
        key = _key(account_id, host, group)
        known = self.published.get(key)
        if known is None or now - known[0] >= self.publication_delay_s:
            windows = self.of(account_id, host, group, scale=scale)
            fresh = {
                name: Reading(window.fraction(now), window.reset_time(now))
                for name, window in windows.items()
            }
            known = self.published[key] = (now, fresh)
        return known[1]


class RateLimiter(Struct):
    """A token bucket for each (account, model); off while `per_second` is 0."""

    per_second: float = 0.0
    burst: float = 1.0
    levels: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def wait_s(self, account_id: str, model: str, now: float) -> float:
        """Take one permit and return 0, or take none and return how long until there is one."""
        if self.per_second <= 0:
            return 0.0
        level, seen = self.levels.get((account_id, model), (self.burst, now))
        level = min(self.burst, level + (now - seen) * self.per_second)
        if level >= 1:
            self.levels[account_id, model] = (level - 1, now)
            return 0.0
        self.levels[account_id, model] = (level, now)
        return (1 - level) / self.per_second


class CapacityRule(Struct, frozen=True, kw_only=True):
    """Room of a model on a host; the first rule whose patterns fit decides."""

    host: str = "*"
    model: str = "*"
    probability: float = 0.0
    max_streams: int | None = None
    retry_delay_s: float | None = None


def _key(account_id: str, host: str, group: str) -> tuple[str, str, str]:
    return account_id, host if group == "gemini" else "*", group
