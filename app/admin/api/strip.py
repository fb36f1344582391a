"""The status of the pool in a few numbers, for the strip above every page."""

from collections import Counter

from msgspec import Struct

from app.gateway.parts import Gateway
from app.pool.model import State

NEEDS_YOU = frozenset({State.NEEDS_SIGN_IN, State.NEEDS_VERIFICATION, State.SUSPENDED, State.PROJECT_ERROR})
"""States that end only when a person does something."""


class Strip(Struct, frozen=True):
    """How many accounts are ready, come back by themselves, wait for a person, or are switched off."""

    ready: int
    waiting: int
    needs_you: int
    disabled: int
    alarms: tuple[str, ...]


def strip(gateway: Gateway) -> Strip:
    """The numbers as they are now."""
    counts = Counter(standing(status.shown) for status in gateway.pool.snapshot())
    return Strip(
        ready=counts["ready"],
        waiting=counts["waiting"],
        needs_you=counts["needs_you"],
        disabled=counts["disabled"],
        alarms=tuple(gateway.pool.alarms().values()),
    )


def standing(state: State) -> str:
    """Which of the numbers a state counts for."""
    if state is State.READY:
        return "ready"
    if state in NEEDS_YOU:
        return "needs_you"
    return "disabled" if state is State.DISABLED else "waiting"
