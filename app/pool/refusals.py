"""What a caller is told for whom no account could be had.

Pure. Messages name no account. Source: architecture.md 9.3, faults.md 2.
"""

from app.errors import (
    NoAccount,
    OAuthClientRejected,
    PoolBusy,
    PoolError,
    PoolExhausted,
    UpstreamError,
    UpstreamUnreachable,
)
from app.pool.model import Wait
from app.verdicts import FAIL

BUSY_RETRY_S = 2.0
NO_ACCOUNT_RETRY_S = 60.0
LEAST_RETRY_S = 1.0


def refusal(wait: Wait, failure: UpstreamError | None, *, now: float) -> PoolError | UpstreamError:
    """The error for a wait that led to nothing.

    `failure` is why the last account that was lent had no access token, if that happened.
    """
    if isinstance(failure, OAuthClientRejected):
        return failure
    if isinstance(failure, UpstreamUnreachable) and wait.why in ("tried", "cooling"):
        # The end of a request: nothing is to be tried again.
        return failure.anew(verdict=FAIL, retry_after_s=_hint(wait, now))
    match wait.why:
        case "none":
            message = "No account can serve this model until the operator acts."
            return NoAccount(message, retry_after_s=NO_ACCOUNT_RETRY_S)
        case "tried" if failure is not None:
            message = "No access token could be had for any account."
            return NoAccount(message, retry_after_s=NO_ACCOUNT_RETRY_S)
        case "tried":
            message = "Every usable account was tried for this request."
            return PoolExhausted(message, retry_after_s=_hint(wait, now))
        case "cooling":
            return PoolExhausted("Every usable account is resting.", retry_after_s=_hint(wait, now))
        case "busy":
            message = "All accounts are in use, and none became free in time."
            return PoolBusy(message, retry_after_s=BUSY_RETRY_S)
        case "full":
            message = "All accounts are in use, and too many requests wait for one."
            return PoolBusy(message, retry_after_s=BUSY_RETRY_S)


def _hint(wait: Wait, now: float) -> float:
    """Until the first account has room again, also for one that this request has tried."""
    return BUSY_RETRY_S if wait.room_at <= now else max(LEAST_RETRY_S, wait.room_at - now)
