"""In which order accounts that could serve are taken, for each strategy. Pure.

balanced: what has just failed comes later, and little quota left too, in coarse steps; then the fewest in
flight, the longest unused.
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
    strategy: Strategy,
    *,
    left: float | None,
    is_doubted: bool,
    in_flight: int,
    used_at: float,
    turn: int,
    number: int,
) -> Worth:
    """Where an account stands in the order. One that is doubted has just failed for no clear reason."""
    if strategy == "balanced":
        return (is_doubted, step_of(left), in_flight, used_at, number)
    if strategy == "round_robin":
        return (turn, number)
    return (is_doubted, number)


def step_of(left: float | None) -> int:
    """Quota in steps: readings lag, and finer ones would send all traffic to one account.

    An account that nobody has looked at is neither preferred nor avoided; a reading of nothing is no refusal,
    so it only comes last.
    """
    if left is None or left >= PLENTY:
        return 0
    if left >= LITTLE:
        return 1
    return 2 if left > 0 else 3
