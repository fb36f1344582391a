"""Whom requests keep away from that have failed for no clear reason.

Source: threats.md 5.2, faults.md F021.
"""

from app.ids import AccountId
from app.pool.model import Outcome, Trust
from app.pool.outcome import OK
from tests.unit.pool.test_lending import SOFT, World


def serve(world: World, name: str, times: int, outcome: Outcome = OK) -> None:
    for _ in range(times):
        world.end(world.must_take(only=name), outcome)


def test_whoever_has_failed_lately_is_passed_over_even_after_a_success() -> None:
    """A share of failures is hidden by each success in between."""
    world = World("anna", "ben")
    serve(world, "anna", 1, SOFT)
    serve(world, "anna", 1)
    serve(world, "ben", 1)

    assert world.taken_by() == "anna", "the longest unused comes first for those who have not failed"
    assert world.taken_by(trust=Trust.STEADY) == "ben"
    world.now += 600.0
    assert world.taken_by(trust=Trust.STEADY) == "anna"


def test_one_that_is_lent_is_waited_for_and_one_that_was_tried_is_not() -> None:
    world = World("anna", "ben")
    serve(world, "anna", 1, SOFT)
    held = world.must_take(only="ben")

    assert world.take(trust=Trust.STEADY) is None
    assert world.taken_by(trust=Trust.STEADY, avoid=frozenset({"ben"})) == "anna"
    world.end(held)
    assert world.taken_by(trust=Trust.STEADY) == "ben"


def test_where_most_have_failed_it_is_not_the_accounts() -> None:
    """threats.md 5.2: inference never takes more than half."""
    world = World("anna", "ben", "carla")
    serve(world, "anna", 1, SOFT)
    assert world.must_take(only="anna").unsteady

    serve(world, "ben", 1, SOFT)

    assert not world.must_take(only="ben").unsteady
    assert world.taken_by(trust=Trust.STEADY) == "carla"


def test_a_last_try_goes_where_others_were_served() -> None:
    world = World("anna", "ben", "carla")
    serve(world, "carla", 6)

    assert world.taken_by() == "anna"
    assert world.taken_by(trust=Trust.PROVEN) == "carla"
    serve(world, "carla", 1, SOFT)
    assert world.taken_by(trust=Trust.PROVEN) == "ben"


def test_before_anybody_is_proven_a_last_try_waits_for_those_who_may_become_so() -> None:
    world = World("anna", "ben", "carla")
    held = world.must_take(only="anna")

    assert world.take(trust=Trust.PROVEN) is None
    world.end(held)

    assert world.taken_by(trust=Trust.PROVEN) == "ben"


def test_one_who_has_left_or_was_mended_has_no_reputation() -> None:
    world = World("anna", "ben", "carla")
    serve(world, "anna", 1, SOFT)
    serve(world, "carla", 6)

    world.books.forgive(AccountId("anna"), world.now)
    world.books.drop(AccountId("carla"))

    assert not world.must_take(only="anna").unsteady
    assert world.taken_by(trust=Trust.PROVEN) is None, "anna is in flight and may prove good"
