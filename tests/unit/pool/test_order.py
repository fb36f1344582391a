"""In which order accounts are taken. Source: architecture.md 9.2, upstream.md 8.5."""

import pytest

from app.pool.model import PoolView, Strategy
from app.pool.order import step_of
from app.pool.policy import rank
from tests.support.pool import a_standing, a_want

ACCOUNTS = (
    a_standing("anna", number=1, turn=7, in_flight=0, used_at=9.0, left=0.1),
    a_standing("ben", number=2, turn=9, in_flight=2, used_at=1.0, left=0.9, is_home=True),
    a_standing("carla", number=3, turn=8, in_flight=1, used_at=5.0, left=None),
    a_standing("david", number=4, turn=6, in_flight=1, used_at=4.0, left=0.6),
)


def taken(strategy: Strategy) -> list[str]:
    view = PoolView(ACCOUNTS, strategy=strategy)
    return [candidate.lane.account for candidate in rank(a_want(affinity="talk"), view, 100.0)]


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("balanced", ["ben", "david", "carla", "anna"]),
        ("round_robin", ["david", "anna", "carla", "ben"]),
        ("fill_first", ["ben", "anna", "carla", "david"]),
    ],
)
def test_each_strategy_has_an_order_of_its_own(strategy: Strategy, order: list[str]) -> None:
    """balanced and fill_first leave a conversation where it is; round_robin takes turns whatever happens."""
    assert taken(strategy) == order


def test_what_has_just_failed_is_asked_after_the_others() -> None:
    """A retry should not meet the next account in trouble."""
    standings = (a_standing("anna", is_doubted=True, number=1), a_standing("ben", in_flight=3, number=2))

    strategies: tuple[Strategy, ...] = ("balanced", "fill_first")
    for strategy in strategies:
        order = rank(a_want(), PoolView(standings, strategy=strategy), 100.0)
        assert [each.lane.account for each in order] == ["ben", "anna"]


def test_quota_counts_in_coarse_steps_and_not_known_is_neither_good_nor_bad() -> None:
    """faults.md F074: a reading of nothing only comes last."""
    assert [step_of(left) for left in (1.0, 0.5, None, 0.49, 0.2, 0.19, 0.0)] == [0, 0, 0, 1, 1, 2, 3]
