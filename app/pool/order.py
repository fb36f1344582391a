"""In which order accounts that could serve are taken, for each strategy. Pure.

balanced: most quota left in coarse steps, fewest in flight, longest unused.
round_robin: strictly in turn, whatever the conversation, the quota or the load.
fill_first: the oldest account until it is used up, then the next.
"""

from typing import Final, TypeAlias

from app.pool.model import Strategy

Worth: TypeAlias = tuple[float, ...]
"""Smaller comes first. Ends with the account's age, so that no two are equal."""

KEEPS_HOMES: Final = frozenset[Strategy]({"balanced", "fill_first"})
"""Strategies under which a conversation stays with the account that knows it."""

PLENTY: Final = 0.5
LITTLE: Final = 0.2


def worth(
    strategy: Strategy, *, left: float | None, in_flight: int, used_at: float, turn: int, number: int
) -> Worth:
    """Where an account stands in the order."""
    if strategy == "balanced":
        return (step_of(left), in_flight, used_at, number)
    if strategy == "round_robin":
        return (turn, number)
    return (number,)


def step_of(left: float | None) -> int:
    """Quota in steps: readings lag, and finer ones would send all traffic to one account.

    Not known stands between plenty and little. A reading of nothing is no refusal, so it only comes last.
    """
    if left is None:
        return 1
    if left >= PLENTY:
        return 0
    if left >= LITTLE:
        return 2
    return 3 if left > 0 else 4
