from math import inf

import pytest

from app.pool.model import PoolView, Wait
from app.pool.policy import Shortage, rank, room_at, shortage_of, wait_for
from tests.support.pool import a_standing, a_want

NOW = 100.0


def names(*standings: object, now: float = NOW, **want: object) -> list[str]:
    view = PoolView(tuple(standings))  # type: ignore[arg-type]  # builders give standings
    return [candidate.lane.account for candidate in rank(a_want(**want), view, now)]


def test_the_account_that_knows_the_conversation_comes_first() -> None:
    """upstream.md 8.5."""
    order = names(a_standing("anna"), a_standing("ben", in_flight=2, used_at=99.0, is_home=True))

    assert order == ["ben", "anna"]


def test_fewest_in_flight_comes_before_longest_unused() -> None:
    """upstream.md 8.5."""
    order = names(
        a_standing("anna", in_flight=1, used_at=1.0),
        a_standing("ben", used_at=50.0),
        a_standing("carla", used_at=20.0),
    )

    assert order == ["carla", "ben", "anna"]


def test_a_lane_that_cools_is_passed_over_even_if_it_is_the_home() -> None:
    """architecture.md 9.2."""
    assert names(a_standing("anna", returns_at=200.0, is_home=True), a_standing("ben")) == ["ben"]


def test_a_lane_whose_cool_down_is_over_is_offered_again() -> None:
    assert names(a_standing("anna", returns_at=NOW)) == ["anna"]


@pytest.mark.parametrize("values", [{"has_room": False}, {"pending": True}, {"returns_at": inf}])
def test_what_cannot_serve_is_not_offered(values: dict[str, object]) -> None:
    assert names(a_standing("anna", **values)) == []


def test_avoided_accounts_and_all_but_the_only_one_are_not_offered() -> None:
    standings = (a_standing("anna"), a_standing("ben"), a_standing("carla"))

    assert names(*standings, avoid=frozenset({"anna"})) == ["ben", "carla"]
    assert names(*standings, only="carla") == ["carla"]


@pytest.mark.parametrize("bucket", [{"bucket_has_room": False}, {"bucket_returns_at": NOW + 1}])
def test_nothing_is_offered_while_the_whole_model_is_full_or_rests(bucket: dict[str, float]) -> None:
    """faults.md F030: the model rests over all accounts."""
    view = PoolView((a_standing("anna"),), **bucket)  # type: ignore[arg-type]  # one of two fields

    assert rank(a_want(), view, NOW) == []


def test_room_comes_with_the_first_lane_that_returns_but_not_before_the_model_does() -> None:
    view = PoolView((a_standing("anna", returns_at=300.0), a_standing("ben", returns_at=200.0)))

    assert room_at(a_want(), view) == 200.0
    assert room_at(a_want(avoid=frozenset({"ben"})), view) == 300.0
    assert room_at(a_want(), PoolView(view.standings, bucket_returns_at=250.0)) == 250.0
    assert room_at(a_want(), PoolView(())) == inf


def test_a_shortage_counts_each_account_once() -> None:
    view = PoolView(
        (
            a_standing("ready"),
            a_standing("lent", has_room=False),
            a_standing("pending", pending=True),
            a_standing("late", returns_at=300.0),
            a_standing("soon", returns_at=150.0),
            a_standing("out", returns_at=inf),
            a_standing("tried"),
        ),
        bucket_returns_at=120.0,
    )

    counted = shortage_of(a_want(avoid=frozenset({"tried", "out"})), view, NOW)

    assert counted == Shortage(
        ready=1, lent=1, pending=1, cooling=2, tried=1, earliest=150.0, bucket_returns_at=120.0, room_at=0.0
    )


@pytest.mark.parametrize(
    ("shortage", "wait"),
    [
        (Shortage(), Wait("none", inf, inf)),
        (Shortage(tried=1, room_at=0.0), Wait("tried", NOW, NOW)),
        (Shortage(tried=1, room_at=130.0), Wait("tried", NOW, 130.0)),
        (Shortage(lent=1, cooling=3, earliest=110.0, room_at=0.0), Wait("busy", NOW, NOW)),
        (Shortage(pending=1, room_at=0.0), Wait("busy", NOW, NOW)),
        (Shortage(ready=1, room_at=0.0), Wait("busy", NOW, NOW)),
        (Shortage(cooling=2, earliest=110.0, room_at=104.0, tried=1), Wait("cooling", 110.0, 104.0)),
        (Shortage(ready=1, bucket_returns_at=108.0, room_at=0.0), Wait("cooling", 108.0, 108.0)),
        (Shortage(bucket_returns_at=108.0), Wait("none", inf, inf)),
    ],
)
def test_what_is_missing_says_what_to_wait_for(shortage: Shortage, wait: Wait) -> None:
    """architecture.md 9.3."""
    assert wait_for(shortage, NOW) == wait
