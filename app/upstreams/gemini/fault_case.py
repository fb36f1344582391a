"""A refusal as read: its shape, and the wait that it asks for. Source: upstream.md 7.6."""

import re
from collections.abc import Mapping

from msgspec import Struct

from app.upstreams.gemini.cleaning import cleaned
from app.upstreams.gemini.durations import (
    believable,
    find_duration,
    read_duration,
    read_instant,
    read_retry_after,
)
from app.upstreams.gemini.fault_shapes import ErrorShape, read_shape


class Case(Struct, frozen=True):
    """One refusal with everything that is known about it. `delay_s` is the wait it asks for, if any."""

    shape: ErrorShape
    delay_s: float | None

    @property
    def detail(self) -> str:
        """The upstream's own words, cleaned."""
        return cleaned(self.shape.message)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether the message has the words of `pattern`. Only where no structure decides."""
        return pattern.search(self.shape.message) is not None


def read_case(status: int, headers: Mapping[str, str], body: bytes, now: float | None) -> Case:
    """The refusal in `body`. Without `now` no instant can be turned into a wait."""
    shape = read_shape(status, body)
    return Case(shape, _delay(shape, headers, now))


def _delay(shape: ErrorShape, headers: Mapping[str, str], now: float | None) -> float | None:
    """Seconds to wait, from the most trustworthy place that names a believable wait."""
    metadata = shape.metadata
    instant = read_instant(metadata.get("quotaResetTimeStamp", ""))
    header = headers.get("retry-after") or headers.get("Retry-After")
    for seconds in (
        read_duration(shape.retry_delay),
        read_duration(metadata.get("quotaResetDelay", "")),
        instant - now if instant is not None and now is not None else None,
        read_retry_after(header, now) if header else None,
        find_duration(shape.message),
    ):
        if believable(seconds) is not None:
            return seconds
    return None
