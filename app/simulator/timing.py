"""How long the backend takes: to answer at all, to the first content, from chunk to chunk.

Profiles are rows of numbers; a sleep itself is the clock's. Source: upstream.md 9.7 and the captured
figures of 7.1.
"""

import math
from random import Random

from msgspec import Struct

from app.simulator.catalog import Pace
from app.simulator.options import Profile


class Speed(Struct, frozen=True):
    """The pace of one kind of model: seconds and tokens per second."""

    first_content_s: float
    thought_rate: float
    text_rate: float


class Timing(Struct, frozen=True):
    """One profile. All zero means: no waiting at all."""

    headers_low_s: float = 0.0
    headers_high_s: float = 0.0
    control_low_s: float = 0.0
    control_high_s: float = 0.0
    per_1k_prompt_s: float = 0.0
    jitter: float = 0.0
    slowdown: float = 0.0

    def headers_s(self, rng: Random) -> float:
        """From the request to the head of a stream."""
        return _between(self.headers_low_s, self.headers_high_s, rng)

    def control_s(self, rng: Random) -> float:
        """For a control method."""
        return _between(self.control_low_s, self.control_high_s, rng)

    def error_s(self, status: int, rng: Random) -> float:
        """Until an error is told; some classes are known to be slower than others."""
        if not self.slowdown:
            return 0.0
        low, high = _ERROR_RANGES.get(status, (0.15, 0.45))
        return _between(low, high, rng) * self.slowdown

    def first_content_s(self, pace: Pace, prompt_tokens: int, rng: Random) -> float:
        """From the head to the first event."""
        if not self.slowdown:
            return 0.0
        base = SPEEDS[pace].first_content_s * self.slowdown + prompt_tokens / 1000 * self.per_1k_prompt_s
        return self._jittered(base, rng)

    def chunk_s(self, pace: Pace, tokens: int, rng: Random, *, is_thought: bool) -> float:
        """Before a chunk of so many tokens."""
        if not self.slowdown:
            return 0.0
        speed = SPEEDS[pace]
        rate = speed.thought_rate if is_thought else speed.text_rate
        return self._jittered(tokens / rate * self.slowdown, rng)

    def _jittered(self, seconds: float, rng: Random) -> float:
        return seconds * rng.uniform(1 - self.jitter, 1 + self.jitter)


SPEEDS: dict[Pace, Speed] = {
    "flash": Speed(0.6, 150, 120),
    "pro": Speed(2.0, 80, 70),
    "claude": Speed(1.5, 60, 60),
    "gpt_oss": Speed(0.6, 150, 150),
    "image": Speed(8.0, 150, 120),
}

_ERROR_RANGES = {429: (0.147, 0.445), 500: (0.415, 0.424), 503: (0.535, 1.045), 400: (0.6, 1.6)}

PROFILES: dict[Profile, Timing] = {
    "instant": Timing(),
    "bench": Timing(),
    "realistic": Timing(0.10, 0.35, 0.15, 0.50, 0.010, 0.2, 1.0),
    "slow": Timing(0.5, 1.5, 0.6, 2.0, 0.020, 0.2, 4.0),
}


def _between(low: float, high: float, rng: Random) -> float:
    if high <= 0:
        return 0.0
    # Log-normal around the geometric middle, cut at the ends: most answers are quick, a few are late.
    middle = math.sqrt(low * high)
    return min(high, max(low, float(middle * rng.lognormvariate(0.0, 0.35))))
