"""How long the upstream asks to wait: durations, instants and sentences to seconds.

Pure. Every reader answers None for what it cannot read; nothing here decides what a wait means.
Source: upstream.md 7.6 and appendix B.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_DELAY_S: Final = 31 * 24 * 3600.0
"""Anything longer is no plan but nonsense: the longest quota window is a week."""

_SECONDS: Final = {
    "d": 86400.0,
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ns": 1e-9,
}
_STEP: Final = r"[0-9]{1,12}(?:\.[0-9]{1,18})?(?:ms|us|µs|μs|ns|d|h|m|s)"
_STEPS: Final = re.compile(_STEP)
_GO: Final = re.compile(rf"(?:{_STEP})+")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,18})?")
_SENTENCE: Final = re.compile(
    rf"\b(?:reset after|resets in|retry in|try again in|retry after|after)\s+((?:{_STEP})+)", re.IGNORECASE
)


def read_duration(text: str) -> float | None:
    """Seconds of a Go or protobuf duration such as `1h43m56s` or `0.48s`; bare numbers are seconds."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _GO.fullmatch(text):
        return None
    return sum(_step(found.group()) for found in _STEPS.finditer(text))


def read_instant(text: str) -> float | None:
    """Epoch seconds of an RFC 3339 timestamp."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


def read_retry_after(text: str, now: float | None) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or an HTTP date."""
    seconds = read_duration(text)
    if seconds is not None or now is None:
        return seconds
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None


def find_duration(sentence: str) -> float | None:
    """The wait that a message names in one of the known phrases, for example `Resets in 71h15m27s.`"""
    found = _SENTENCE.search(sentence)
    return read_duration(found.group(1)) if found else None


def believable(seconds: float | None) -> float | None:
    """`seconds` if somebody could mean it: above zero and below MAX_DELAY_S. Source: faults.md F028."""
    return seconds if seconds is not None and 0.0 < seconds <= MAX_DELAY_S else None


def _step(text: str) -> float:
    number = text.rstrip("dhmsuµμn")
    return float(number) * _SECONDS[text[len(number) :]]
