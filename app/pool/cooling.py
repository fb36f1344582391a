"""How long something rests: told resets, the ladder where nobody told, probes, and bursts that count once.

Pure; randomness and instants are handed in. Source: faults.md 1 rules 11 and 12, F023 to F028.
"""

from typing import Literal, NamedTuple

from msgspec import Struct

LADDER_FIRST_S = 5.0
LADDER_LAST_S = 120.0
LEAST_S = 1.0
JITTER = 0.2
FOR_QUOTA = frozenset({"quota", "credits"})
"""Reasons that mean: used up, and not just too much at once."""
MOST_JITTER_S = 60.0


class Scope(NamedTuple):
    """What of an account rests: all of it, one quota group, or one model."""

    kind: Literal["account", "group", "model"]
    name: str = ""


ACCOUNT = Scope("account")


class Cooling(Struct, frozen=True):
    """One cool-down. `probe_at` is when a single attempt may find out early whether it must go on.

    `told`: the length came from the upstream, not from the ladder.
    """

    until: float
    probe_at: float
    why: str
    told: bool

    def is_over(self, now: float) -> bool:
        """Whether nothing rests any more."""
        return self.until <= now

    @property
    def is_for_quota(self) -> bool:
        """Whether it rests because its quota is used up."""
        return self.why in FOR_QUOTA

    def probing(self, now: float, probe_s: float) -> "Cooling":
        """The same cool-down once a probe has left at `now`: the next one goes `probe_s` later."""
        return Cooling(self.until, min(self.until, now + probe_s), self.why, self.told)

    def after_sleep(self, seconds: float) -> "Cooling":
        """The same cool-down on a clock that stood still for so long."""
        return Cooling(self.until - seconds, self.probe_at - seconds, self.why, self.told)


def cooling_for(
    cool_s: float | None, step: int, why: str, *, now: float, jitter: float, probe_s: float
) -> Cooling:
    """A new cool-down from `now`. `step` counts the earlier guesses in a row, `jitter` is 0..1."""
    told = cool_s is not None
    base = max(LEAST_S, cool_s) if cool_s is not None else ladder_s(step)
    until = now + base + min(base * JITTER, MOST_JITTER_S) * jitter
    return Cooling(until, min(until, now + probe_s), why, told)


def ladder_s(step: int) -> float:
    """The length of the guess number `step`, counted from 0."""
    return min(LADDER_LAST_S, LADDER_FIRST_S * 2.0 ** min(step, 16))


def replaces(fresh: Cooling, standing: Cooling | None, now: float) -> bool:
    """Whether `fresh` takes the place of what rests already.

    While a cool-down is open the same failure again is part of one burst and changes nothing; only a told
    reset beats a guess, and a later one of another kind beats what was told.
    """
    if standing is None or standing.is_over(now):
        return True
    if not fresh.told:
        return False
    return not standing.told or (fresh.why != standing.why and fresh.until > standing.until)
