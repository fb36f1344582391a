"""What each key has used: this day, this month, and in the last minute. Pure; instants are given.

Days and months are those of UTC. What is under way is held back from the budget by its estimate, so that
many requests at once do not overdraw it by much.
"""

import calendar
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from app.allowance import Allowance
from app.ids import KeyId

MINUTE_S: Final = 60.0


class Refusal(Struct, frozen=True):
    """Why a request may not go on, and after how many seconds the next may."""

    text: str
    retry_after_s: float


class _Use(Struct):
    """One key. `recent` holds (epoch, tokens) of the last minute, `asked` the epochs of its requests."""

    day: str = ""
    month: str = ""
    day_tokens: int = 0
    month_tokens: int = 0
    held: int = 0
    recent_tokens: int = 0
    recent: deque[tuple[float, int]] = deque()
    asked: deque[float] = deque()


class Spending:
    """refusal(...) -> None; hold(key, 900); settle(key, 900, 1200, now) -> 1,200 tokens are used."""

    def __init__(self) -> None:
        self._uses: dict[KeyId, _Use] = {}

    def restore(self, key: KeyId, now: float, *, day_tokens: int, month_tokens: int) -> None:
        """Take over what the books say of a key, at the start."""
        use = self._use(key, now)
        use.day_tokens, use.month_tokens = day_tokens, month_tokens

    def refusal(self, key: KeyId, allowance: Allowance, estimate: int, now: float) -> Refusal | None:
        """Why a request of about so many tokens may not go on now; None if it may."""
        use = self._use(key, now)
        return next(_refusals(use, allowance, estimate, now), None)

    def ask(self, key: KeyId, estimate: int, now: float) -> None:
        """A request goes on: count it and hold its tokens back."""
        use = self._use(key, now)
        use.asked.append(now)
        use.held += estimate

    def settle(self, key: KeyId, estimate: int, tokens: int, now: float) -> None:
        """A request is over: count what it really used in place of what was held back for it."""
        use = self._use(key, now)
        use.held -= estimate
        use.day_tokens += tokens
        use.month_tokens += tokens
        use.recent_tokens += tokens
        use.recent.append((now, tokens))

    def _use(self, key: KeyId, now: float) -> _Use:
        """The key's use as of now: an ended day, month or minute counts no more."""
        use = self._uses.setdefault(key, _Use(recent=deque(), asked=deque()))
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        if use.day != day:
            use.day, use.day_tokens = day, 0
        if use.month != day[:7]:
            use.month, use.month_tokens = day[:7], 0
        while use.asked and use.asked[0] <= now - MINUTE_S:
            use.asked.popleft()
        while use.recent and use.recent[0][0] <= now - MINUTE_S:
            use.recent_tokens -= use.recent.popleft()[1]
        return use


def month_began(now: float) -> float:
    """Epoch of the first instant of the month."""
    return (
        datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    )


def day_began(now: float) -> float:
    """Epoch of the first instant of the day."""
    return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _refusals(use: _Use, allowance: Allowance, estimate: int, now: float) -> Iterator[Refusal]:
    most = allowance.requests_per_minute
    if most is not None and len(use.asked) >= most:
        wait = use.asked[0] + MINUTE_S - now if use.asked else MINUTE_S
        yield Refusal(f"This API key may send {most} requests a minute.", wait)
    most = allowance.tokens_per_minute
    if most is not None and use.recent_tokens + use.held + estimate > most:
        yield Refusal(f"This API key may use {most} tokens a minute.", _until_room(use, most, estimate, now))
    most = allowance.daily_tokens
    if most is not None and use.day_tokens + use.held + estimate > most:
        yield Refusal(f"This API key may use {most} tokens a day.", _until_tomorrow(now))
    most = allowance.monthly_tokens
    if most is not None and use.month_tokens + use.held + estimate > most:
        yield Refusal(f"This API key may use {most} tokens a month.", _until_next_month(now))


def _until_room(use: _Use, most: int, estimate: int, now: float) -> float:
    """Seconds until enough of the last minute's tokens have aged; a minute when that is not all of it."""
    over = use.recent_tokens + use.held + estimate - most
    for at, tokens in use.recent:
        over -= tokens
        if over <= 0:
            return at + MINUTE_S - now
    return MINUTE_S


def _until_tomorrow(now: float) -> float:
    return day_began(now) + timedelta(days=1).total_seconds() - now


def _until_next_month(now: float) -> float:
    today = datetime.fromtimestamp(now, UTC)
    days = calendar.monthrange(today.year, today.month)[1]
    return month_began(now) + timedelta(days=days).total_seconds() - now
