"""What each key has used: this day, this month, and in the last minute. Pure; instants are given.

Days and months are those of UTC. What is under way is held back from the budgets by the most that it can come
to, so that many requests at once do not overdraw them.
"""

import calendar
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from app.allowance import Allowance
from app.ids import KeyId

MINUTE_S: Final = 60.0
_DAY_S: Final = 86_400.0

SOON_S: Final = 5.0
"""When to ask again for what only waits for other requests of the key."""


class Refusal(Struct, frozen=True):
    """Why a request may not go on, and after how many seconds the next may."""

    text: str
    retry_after_s: float


class Request(Struct, frozen=True):
    """What a request is held back for, in tokens: `prompt` by estimate, `most` with its answer."""

    prompt: int = 0
    most: int = 0


class Counters(Struct, frozen=True, kw_only=True):
    """What a key has used up to now. `requests` and `tokens` are those of the last minute."""

    in_flight: int = 0
    requests: int = 0
    tokens: int = 0
    day_tokens: int = 0
    month_tokens: int = 0


class _Use(Struct):
    """One key. `recent` holds (epoch, tokens) of the last minute, `asked` the epochs of its requests.

    `day` is that of the epoch, `month` a year and a month.
    """

    day: int = -1
    month: tuple[int, int] = (0, 0)
    day_tokens: int = 0
    month_tokens: int = 0
    in_flight: int = 0
    held_prompt: int = 0
    held_most: int = 0
    recent_tokens: int = 0
    recent: deque[tuple[float, int]] = deque()
    asked: deque[float] = deque()


class Spending:
    """refusal(...) -> None; ask(key, request); settle(key, request, 1200, now) -> 1,200 tokens are used."""

    def __init__(self) -> None:
        self._uses: dict[KeyId, _Use] = {}

    def restore(self, key: KeyId, now: float, *, day_tokens: int, month_tokens: int) -> None:
        """Take over what the books say of a key, at the start."""
        use = self._use(key, now)
        use.day_tokens, use.month_tokens = day_tokens, month_tokens

    def refusal(self, key: KeyId, allowance: Allowance, request: Request, now: float) -> Refusal | None:
        """Why a request may not go on now; None if it may."""
        use = self._use(key, now)
        return next(_refusals(use, allowance, request, now), None)

    def ask(self, key: KeyId, request: Request, now: float) -> None:
        """A request goes on: count it and hold its tokens back."""
        use = self._use(key, now)
        use.asked.append(now)
        use.in_flight += 1
        use.held_prompt += request.prompt
        use.held_most += request.most

    def settle(self, key: KeyId, request: Request, tokens: int, now: float) -> None:
        """A request is over: count what it really used in place of what was held back for it."""
        use = self._use(key, now)
        use.in_flight -= 1
        use.held_prompt -= request.prompt
        use.held_most -= request.most
        use.day_tokens += tokens
        use.month_tokens += tokens
        use.recent_tokens += tokens
        use.recent.append((now, tokens))

    def counters(self, key: KeyId, now: float) -> Counters:
        """What a key has used up to now, for people."""
        use = self._use(key, now) if key in self._uses else _Use()
        return Counters(
            in_flight=use.in_flight,
            requests=len(use.asked),
            tokens=use.recent_tokens,
            day_tokens=use.day_tokens,
            month_tokens=use.month_tokens,
        )

    def _use(self, key: KeyId, now: float) -> _Use:
        """The key's use as of now: an ended day, month or minute counts no more."""
        use = self._uses.get(key)
        if use is None:
            use = self._uses[key] = _Use(recent=deque(), asked=deque())
        if (day := int(now // _DAY_S)) != use.day:
            use.day, use.day_tokens = day, 0
            today = datetime.fromtimestamp(now, UTC)
            if (month := (today.year, today.month)) != use.month:
                use.month, use.month_tokens = month, 0
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
    return now // _DAY_S * _DAY_S


def _refusals(use: _Use, allowance: Allowance, request: Request, now: float) -> Iterator[Refusal]:
    most = allowance.concurrent
    if most is not None and use.in_flight >= most:
        yield Refusal(f"This API key may have {most} requests under way at once.", SOON_S)
    most = allowance.requests_per_minute
    if most is not None and len(use.asked) >= most:
        wait = use.asked[0] + MINUTE_S - now if use.asked else MINUTE_S
        yield Refusal(f"This API key may send {most} requests a minute.", wait)
    most = allowance.tokens_per_minute
    if most is not None and use.recent_tokens + use.held_prompt + request.prompt > most:
        wait = _until_room(use, most, request.prompt, now)
        yield Refusal(f"This API key may use {most} tokens a minute.", wait)
    budgets = (
        (allowance.daily_tokens, use.day_tokens, "a day", _until_tomorrow),
        (allowance.monthly_tokens, use.month_tokens, "a month", _until_next_month),
    )
    for most, used, span, wait_of in budgets:
        if most is not None and used + request.prompt > most:
            yield Refusal(f"This API key may use {most} tokens {span}.", wait_of(now))
        # Alone, a request may use up what is left; beside others only what they surely leave.
        if most is not None and use.in_flight and used + use.held_most + request.most > most:
            yield Refusal(
                f"This API key may use {most} tokens {span}, and what it has under way may need the rest.",
                SOON_S,
            )


def _until_room(use: _Use, most: int, prompt: int, now: float) -> float:
    """Seconds until enough of the last minute's tokens have aged; a minute when that is not all of it."""
    over = use.recent_tokens + use.held_prompt + prompt - most
    for at, tokens in use.recent:
        over -= tokens
        if over <= 0:
            return at + MINUTE_S - now
    return MINUTE_S


def _until_tomorrow(now: float) -> float:
    return day_began(now) + _DAY_S - now


def _until_next_month(now: float) -> float:
    today = datetime.fromtimestamp(now, UTC)
    days = calendar.monthrange(today.year, today.month)[1]
    return month_began(now) + days * _DAY_S - now
