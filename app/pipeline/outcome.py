"""How a flow ended, in one word of a closed list. Pure. Source: faults.md 4."""

from app.errors import (
    ClientError,
    ClientLeft,
    GatewayError,
    LimitReached,
    ModelMissing,
    Overloaded,
    PoolError,
    TimedOut,
    UpstreamRefused,
)
from app.flow import Flow, OutcomeWord


def outcome_of(flow: Flow) -> OutcomeWord:
    """The word for a flow that is over; `flow.error` and `flow.reason` decide."""
    if flow.outcome != "running":
        return flow.outcome
    if flow.error is not None:
        return _bad(flow.error, has_output=flow.outbox.committed)
    if flow.reason == "blocked":
        return "blocked_partial" if flow.usage.output else "blocked"
    return "ok"


def _bad(error: GatewayError, *, has_output: bool) -> OutcomeWord:
    match error:
        case ClientLeft():
            return "client_closed"
        case TimedOut(kind="client"):
            return "client_stalled"
        case TimedOut() if has_output:
            return "idle_timeout"
        case _ if has_output:
            return "truncated"
        case LimitReached() | PoolError() | Overloaded():
            return "refused"
        case ClientError() | UpstreamRefused() | ModelMissing():
            return "client_fault"
        case _:
            return "failed"
