from math import inf

from app.ids import AccountId
from app.pool.cooling import Cooling, Scope
from app.pool.model import AccountState, Bucket, PoolLimits
from app.pool.policy import Shortage
from app.pool.roster import Roster
from app.pool.seat import Seat
from tests.support.pool import a_want, an_account, some_limits

BUCKET = Bucket("gemini", "flash")
GROUP = Scope("group", "gemini")
NOW = 100.0


class World:
    """A roster with one seat per account, at most one lease each."""

    def __init__(self, *names: str) -> None:
        self.roster = Roster(BUCKET, some_limits())
        self.seats = {name: Seat(an_account(name), number) for number, name in enumerate(names)}
        for seat in self.seats.values():
            self.roster.place(seat, NOW)

    def cool(self, name: str, seconds: float, now: float = NOW) -> None:
        seat = self.seats[name]
        seat.cool(GROUP, seconds, "rate", now=now, jitter=0.0, probe_s=3600.0)
        self.roster.place(seat, now)

    def lend(self, name: str, change: int, at: float) -> None:
        seat = self.seats[name]
        seat.in_flight += change
        seat.used_at = at
        self.roster.place(seat, at)

    @property
    def ready(self) -> list[str]:
        return [seat.account.id for seat in self.roster.ready()]


def test_ready_seats_come_longest_unused_first() -> None:
    world = World("anna", "ben", "carla")
    world.lend("anna", +1, 101.0)
    assert world.ready == ["ben", "carla"]

    world.lend("anna", -1, 105.0)

    assert world.ready == ["ben", "carla", "anna"]


def test_a_seat_that_cools_comes_back_where_its_last_use_puts_it() -> None:
    world = World("anna", "ben")
    world.lend("ben", +1, 101.0)
    world.lend("ben", -1, 102.0)
    world.cool("anna", 10.0)
    assert world.ready == ["ben"]
    assert world.roster.next_return(NOW) == 110.0

    world.roster.advance(109.9)
    assert world.ready == ["ben"]
    world.roster.advance(110.0)

    assert world.ready == ["anna", "ben"]
    assert world.roster.next_return(110.0) == inf


def test_a_cool_down_that_was_replaced_does_not_bring_a_seat_back() -> None:
    world = World("anna")
    world.cool("anna", 10.0)
    seat = world.seats["anna"]
    seat.rests[GROUP] = Cooling(300.0, 300.0, "quota", told=True)
    world.roster.place(seat, NOW)

    world.roster.advance(150.0)

    assert world.ready == []
    assert world.roster.next_return(150.0) == 300.0


def test_the_rest_of_the_whole_model_counts_as_a_return() -> None:
    world = World("anna")
    world.roster.rest = Cooling(108.0, 108.0, "capacity", told=True)

    assert world.roster.next_return(NOW) == 108.0
    assert world.roster.next_return(109.0) == inf


def test_accounts_that_only_a_person_can_mend_are_out() -> None:
    world = World("anna", "ben")
    for name, values in (("anna", {"enabled": False}), ("ben", {"models": frozenset({"opus"})})):
        world.seats[name].account = an_account(name, **values)
        world.roster.place(world.seats[name], NOW)

    assert world.ready == []
    assert world.roster.shortage(a_want()) == Shortage()
    assert {standing.returns_at for standing in world.roster.standings(NOW)} == {inf}


def test_one_to_verify_comes_back_for_a_probe_though_nobody_should_wait_for_it() -> None:
    """faults.md F016: ten minutes at a time."""
    world = World("anna")
    seat = world.seats["anna"]
    account = an_account("anna", state=AccountState.NEEDS_VERIFICATION)
    seat.become(account, pending=False, now=NOW, limits=PoolLimits())
    world.roster.place(seat, NOW)

    assert world.roster.shortage(a_want()) == Shortage()
    assert world.roster.next_return(NOW) == 700.0
    world.roster.advance(700.0)
    assert world.ready == ["anna"]


def test_the_shortage_leaves_out_what_is_avoided() -> None:
    world = World("anna", "ben", "carla")
    world.lend("anna", +1, NOW)
    world.cool("ben", 10.0)
    world.cool("carla", 20.0)

    assert world.roster.shortage(a_want()) == Shortage(lent=1, cooling=2, earliest=110.0, room_at=0.0)
    assert world.roster.shortage(a_want(avoid=frozenset({"anna", "ben"}))) == Shortage(
        cooling=1, tried=2, earliest=120.0, room_at=0.0
    )


def test_the_shortage_of_one_account_is_about_that_one() -> None:
    world = World("anna", "ben")
    world.cool("ben", 10.0)

    assert world.roster.shortage(a_want(only=AccountId("ben"))) == Shortage(
        cooling=1, earliest=110.0, room_at=0.0
    )
    assert world.roster.shortage(a_want(only=AccountId("nobody"))) == Shortage(room_at=0.0)


def test_removing_a_seat_twice_or_one_that_is_unknown_changes_nothing() -> None:
    world = World("anna", "ben")
    for name in ("anna", "anna", "nobody"):
        world.roster.remove(AccountId(name))

    assert world.ready == ["ben"]
    assert world.roster.some_standings([AccountId("anna")], None, NOW) == ()


def test_the_cap_of_a_model_counts_all_accounts_and_zero_is_no_cap() -> None:
    roster = Roster(BUCKET, some_limits(per_account=0))
    roster.in_flight = 3

    assert not roster.has_room(3)
    assert roster.has_room(4)
    assert roster.has_room(0)


def test_nobody_waits_for_the_end_of_a_cool_down_that_brings_nobody_back() -> None:
    """faults.md 3: an account switched off while it rests is not coming when its rest is over."""
    world = World("anna", "ben")
    world.cool("anna", 100.0)
    world.cool("ben", 10.0)
    seat = world.seats["ben"]

    seat.become(an_account("ben", enabled=False), pending=False, now=NOW, limits=some_limits())
    world.roster.place(seat, NOW)

    assert world.roster.next_return(NOW) == 200.0
    assert world.roster.shortage(a_want(group="gemini", model="flash")).earliest == 200.0
