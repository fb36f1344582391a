from collections.abc import Iterable

import pytest

from app.ids import AccountId, LeaseId
from app.pool.cooling import Cooling
from app.pool.lending import Lending
from app.pool.model import Grant, Outcome, Want
from app.pool.outcome import NEUTRAL, OK
from app.verdicts import Cool
from tests.support.pool import a_want, an_account, some_limits

SOFT = Outcome(word="failed", why="http_5xx", soft=True)
OPUS = {"group": "3p", "model": "claude-opus"}
SISTER = {"model": "gemini-3-pro"}


class World:
    """Books at an instant that the test moves, and all that they tell."""

    def __init__(self, *names: str, **limits: object) -> None:
        self.now = 100.0
        self.told: list[tuple[str, str | None, str]] = []
        self.books = Lending(some_limits(**limits), lambda: 0.0, self)
        self.put(names)

    def cooled(self, account: AccountId | None, what: str, rest: Cooling) -> None:
        self.told.append(("cooled", account, what))

    def returned(self, account: AccountId, what: str) -> None:
        self.told.append(("returned", account, what))

    def put(self, names: Iterable[str]) -> None:
        for name in names:
            self.books.put(an_account(name), self.now, pending=False)

    def take(self, **want: object) -> Grant | None:
        return self.books.take(a_want(**want), self.now)

    def must_take(self, **want: object) -> Grant:
        grant = self.take(**want)
        assert grant is not None
        return grant

    def end(self, grant: Grant, outcome: Outcome = OK) -> None:
        self.books.report(grant.lease, outcome, self.now)
        self.books.release(grant.lease, self.now)

    def fail(self, cool: Cool, cool_s: float | None = None, **want: object) -> None:
        self.end(self.must_take(**want), Outcome(word="failed", why="rate", cool=cool, cool_s=cool_s))

    def taken_by(self, **want: object) -> str | None:
        """Who would serve; nothing stays taken."""
        grant = self.take(**want)
        if grant is None:
            return None
        self.end(grant, NEUTRAL)
        return grant.lane.account


def test_an_account_is_lent_no_more_often_than_its_cap() -> None:
    world = World("anna", per_account=2)

    assert [world.take() is not None for _ in range(3)] == [True, True, False]


def test_a_model_is_lent_no_more_often_than_its_cap_over_all_accounts() -> None:
    """amendments.md 1: MAX_CONCURRENT_PER_MODEL."""
    world = World("anna", "ben", "carla", per_model=2)

    assert [world.take() is not None for _ in range(3)] == [True, True, False]
    assert world.take(**SISTER) is not None


def test_zero_is_no_cap() -> None:
    world = World("anna", per_account=0, per_model=0)

    assert all(world.take() is not None for _ in range(50))


def test_giving_back_twice_or_something_unknown_changes_nothing() -> None:
    """faults.md 1 rule 6."""
    world = World("anna")
    grant = world.must_take()
    world.end(grant)
    world.end(grant)
    world.books.release(LeaseId("never"), world.now)

    assert world.take() is not None
    assert world.take() is None


def test_a_conversation_stays_on_its_account() -> None:
    """upstream.md 8.5."""
    world = World("anna", "ben", "carla")
    home = world.taken_by(affinity="talk")
    for _ in range(3):
        world.taken_by()

    assert world.taken_by(affinity="talk") == home


def test_a_home_that_is_lent_just_now_stays_the_home() -> None:
    world = World("anna", "ben")
    busy = world.must_take(affinity="talk")
    assert world.taken_by(affinity="talk") == "ben"

    world.end(busy)

    assert world.taken_by(affinity="talk") == "anna"


def test_a_conversation_moves_for_good_when_its_home_cools() -> None:
    world = World("anna", "ben")
    world.fail(Cool.LANE, 10.0, affinity="talk")
    assert world.taken_by(affinity="talk") == "ben"

    world.now += 60.0

    assert world.taken_by(affinity="talk") == "ben"


def test_a_quota_cools_the_group_and_leaves_other_groups_alone() -> None:
    """faults.md F025."""
    world = World("anna")
    world.fail(Cool.LANE, 600.0)

    assert world.taken_by() is None
    assert world.taken_by(**SISTER) is None
    assert world.taken_by(**OPUS) == "anna"
    assert world.told == [("cooled", "anna", "gemini")]


def test_a_rate_limit_cools_one_model_of_one_account() -> None:
    """faults.md F024."""
    world = World("anna")
    world.fail(Cool.MODEL, 600.0)

    assert world.taken_by() is None
    assert world.taken_by(**SISTER) == "anna"


def test_missing_capacity_rests_the_model_for_everyone_and_blames_nobody() -> None:
    """faults.md F030."""
    world = World("anna", "ben")
    world.fail(Cool.EVERYONE, 8.0)

    assert world.taken_by() is None
    assert world.taken_by(**SISTER) is not None
    assert world.books.why_not(a_want(), world.now).until == 108.0
    assert world.told == [("cooled", None, "gemini-3-flash")]
    world.now += 8.0
    assert world.taken_by() is not None


def test_a_burst_of_missing_capacity_counts_once() -> None:
    """faults.md 1 rule 12."""
    world = World("anna", "ben")
    first, second = world.must_take(), world.must_take()
    busy = Outcome(word="failed", cool=Cool.EVERYONE, cool_s=8.0)
    world.end(first, busy)
    world.now += 5.0
    world.end(second, busy)

    assert world.books.why_not(a_want(), world.now).until == 108.0


def test_a_long_cool_down_is_probed_by_one_attempt_after_an_hour() -> None:
    """faults.md F025: then ONE probe."""
    world = World("anna", per_account=0)
    world.fail(Cool.LANE, 300_000.0)
    world.now += 3600.0

    probe = world.must_take()

    assert probe.probes
    assert world.take() is None
    world.end(probe, OK)
    assert world.told[-1] == ("returned", "anna", "gemini-3-flash")
    assert not world.must_take().probes


def test_a_failed_probe_waits_another_hour() -> None:
    world = World("anna")
    world.fail(Cool.LANE, 300_000.0)
    world.now += 3600.0
    world.fail(Cool.LANE, 296_400.0)
    world.now += 3599.0
    assert world.take() is None

    world.now += 1.0

    assert world.take() is not None


def test_a_probe_whose_caller_left_is_repeated_by_the_next() -> None:
    world = World("anna")
    world.fail(Cool.LANE, 300_000.0)
    world.now += 3600.0
    world.end(world.must_take(), NEUTRAL)

    assert world.must_take().probes


def test_five_soft_failures_in_a_row_set_an_account_aside() -> None:
    """faults.md F021."""
    world = World("anna", "ben")
    for _ in range(5):
        world.end(world.must_take(only="anna"), SOFT)

    assert world.taken_by(only="anna") is None
    world.now += 60.0
    assert world.taken_by(only="anna") == "anna"


def test_a_success_between_soft_failures_starts_the_count_anew() -> None:
    """faults.md F021."""
    world = World("anna", "ben")
    for outcome in (SOFT, SOFT, SOFT, SOFT, OK, SOFT, SOFT, SOFT, SOFT):
        world.end(world.must_take(only="anna"), outcome)

    assert world.taken_by(only="anna") == "anna"


@pytest.mark.parametrize("names", [("anna",), ("anna", "ben", "carla")])
def test_no_more_than_half_of_the_accounts_are_set_aside_for_soft_failures(names: tuple[str, ...]) -> None:
    """faults.md F021: then it is not the accounts."""
    world = World(*names)
    for name in names:
        for _ in range(5):
            world.end(world.must_take(only=name), SOFT)

    resting = [name for name in names if world.taken_by(only=name) is None]
    assert len(resting) == len(names) // 2


def test_a_dropped_account_is_lent_no_more_and_its_lease_ends_well() -> None:
    """faults.md F072."""
    world = World("anna", "ben")
    running = world.must_take(only="anna")

    world.books.drop(AccountId("anna"))

    assert world.take(only="anna") is None
    world.end(running, SOFT)
    assert world.books.seat(AccountId("anna")) is None


def test_what_runs_on_an_account_still_counts_when_it_comes_back() -> None:
    """faults.md F072."""
    world = World("anna")
    running = world.must_take()
    world.books.drop(AccountId("anna"))
    world.put(["anna"])

    assert world.take() is None
    world.end(running)
    assert world.take() is not None


def test_the_longest_list_is_ranked_by_its_first() -> None:
    world = World(*(f"account-{number:03}" for number in range(200)))
    served = [world.taken_by() for _ in range(200)]

    assert len(set(served)) == 200
    assert world.taken_by() == served[0]


def test_many_avoided_accounts_do_not_hide_the_others() -> None:
    names = [f"account-{number:03}" for number in range(100)]
    world = World(*names)

    assert world.taken_by(avoid=frozenset(names[:99])) == names[99]


def test_an_account_set_aside_as_a_whole_serves_no_group() -> None:
    world = World("anna")
    world.books.rest(AccountId("anna"), 30.0, "token", world.now)

    assert world.taken_by() is None
    assert world.taken_by(**OPUS) is None


def test_the_view_shows_the_home() -> None:
    world = World("anna", "ben")
    world.taken_by(affinity="talk")
    want: Want = a_want(affinity="talk")

    standings = world.books.view(want, world.now).standings

    assert {standing.lane.account: standing.is_home for standing in standings} == {"anna": True, "ben": False}
