"""What an upstream error means for pool and retry: a value that the attempt loop and the pool act upon.

Never: knowledge of which error means what; each error names its own verdict.
"""

from enum import StrEnum

from msgspec import Struct

ANY_NUMBER = 1_000_000
"""For `Verdict.switches`: as many other accounts as there are."""


class Cool(StrEnum):
    """What is set aside after an upstream error."""

    NOTHING = "nothing"
    LANE = "lane"  # this account for the whole quota group
    MODEL = "model"  # this account for this one model
    EVERYONE = "everyone"  # this model on every account; no account is blamed


class Mark(StrEnum):
    """A lasting state that an upstream error puts an account into; each needs somebody to act."""

    NEEDS_SIGN_IN = "needs_sign_in"
    NEEDS_VERIFICATION = "needs_verification"
    SUSPENDED = "suspended"
    PROJECT_ERROR = "project_error"


class Repair(StrEnum):
    """What to mend before the same account is tried again."""

    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of an act, not a password
    REDISCOVER = "rediscover"


class Verdict(Struct, frozen=True, kw_only=True):
    """What an upstream error means. Source: upstream.md 7.10, faults.md 6 B.

    `tries_here`: further attempts on the same account, each after `wait_s` (seconds) and the `repair`.
    `switches`: how many other accounts one request may try because of this error.
    `cool_s` is None where the pool's own ladder decides how long.
    `flag` names what operators are told of an account until it serves again; it is not set aside for it.
    `unclear` failures count against the retry budget, refusals that name an account do not.
    """

    tries_here: int = 0
    wait_s: float = 0.0
    repair: Repair | None = None
    switches: int = 0
    next_host: bool = False
    cool: Cool = Cool.NOTHING
    cool_s: float | None = None
    mark: Mark | None = None
    link: str | None = None
    unclear: bool = False
    flag: str = ""


LOCATION = "location"
"""The flag of an account that the upstream does not serve from here, or from where its owner lives."""

FAIL = Verdict()
