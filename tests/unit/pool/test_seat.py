from math import inf

from msgspec.structs import replace

from app.pool.cooling import ACCOUNT, Scope
from app.pool.model import AccountState, PoolLimits
from app.pool.seat import Seat
from tests.support.pool import an_account

GROUP = Scope("group", "gemini")
MODEL = Scope("model", "flash")
SCOPES = (ACCOUNT, GROUP, MODEL)
LIMITS = PoolLimits()


def a_seat(**values: object) -> Seat:
    return Seat(an_account("anna", **values), number=1)


def cool(seat: Seat, scope: Scope, cool_s: float | None, now: float = 100.0) -> bool:
    return seat.cool(scope, cool_s, "rate", now=now, jitter=0.0, probe_s=3600.0) is not None


def test_an_account_returns_when_the_last_of_its_cool_downs_ends() -> None:
    seat = a_seat()
    cool(seat, GROUP, 10.0)
    cool(seat, MODEL, 30.0)

    assert seat.returns_at(SCOPES) == 130.0
    assert seat.returns_at((ACCOUNT, GROUP)) == 110.0
    assert seat.returns_at((ACCOUNT,)) == 0.0


def test_a_burst_moves_the_ladder_one_step_only() -> None:
    """faults.md F026."""
    seat = a_seat()

    opened = [cool(seat, MODEL, None), cool(seat, MODEL, None), cool(seat, MODEL, None)]

    assert opened == [True, False, False]
    assert seat.rests[MODEL].until == 105.0


def test_the_ladder_goes_on_after_the_cool_down_until_a_success() -> None:
    """faults.md F026."""
    seat = a_seat()
    cool(seat, MODEL, None)
    cool(seat, MODEL, None, now=106.0)
    assert seat.rests[MODEL].until == 116.0

    seat.succeed(SCOPES, probed=False, now=120.0)
    cool(seat, MODEL, None, now=121.0)

    assert seat.rests[MODEL].until == 126.0


def test_a_success_that_began_before_a_cool_down_does_not_end_it() -> None:
    seat = a_seat()
    cool(seat, GROUP, 300.0)

    assert not seat.succeed(SCOPES, probed=False, now=110.0)
    assert seat.is_resting(GROUP, 110.0)


def test_a_good_probe_ends_a_cool_down() -> None:
    """faults.md 1 rule 11."""
    seat = a_seat()
    cool(seat, GROUP, 100_000.0)

    assert seat.returns_at(SCOPES) == 3700.0
    assert seat.probe(SCOPES, now=3700.0, limits=LIMITS)
    assert seat.returns_at(SCOPES) == 7300.0
    assert seat.succeed(SCOPES, probed=True, now=3710.0)
    assert seat.returns_at(SCOPES) == 0.0


def test_a_probe_without_a_word_may_be_repeated_at_once() -> None:
    seat = a_seat()
    cool(seat, GROUP, 100_000.0)
    seat.probe(SCOPES, now=3700.0, limits=LIMITS)

    seat.release_probe(SCOPES, now=3705.0)

    assert seat.returns_at(SCOPES) == 3705.0


def test_an_attempt_during_no_cool_down_probes_nothing() -> None:
    assert not a_seat().probe(SCOPES, now=100.0, limits=LIMITS)


def test_what_is_over_is_forgiven() -> None:
    seat = a_seat()
    cool(seat, GROUP, 10.0)

    seat.forgive(now=110.0)

    assert seat.rests == {}


def test_one_to_verify_rests_without_end_but_for_probes_and_is_free_once_verified() -> None:
    """faults.md F016."""
    seat = a_seat()
    to_verify = replace(seat.account, state=AccountState.NEEDS_VERIFICATION)
    seat.become(to_verify, pending=False, now=100.0, limits=LIMITS)
    assert (seat.rests[ACCOUNT].until, seat.rests[ACCOUNT].probe_at) == (inf, 700.0)
    assert seat.is_lendable
    assert seat.probe(SCOPES, now=700.0, limits=LIMITS)
    assert seat.rests[ACCOUNT].probe_at == 1300.0

    seat.become(an_account("anna"), pending=False, now=800.0, limits=LIMITS)

    assert seat.rests == {}


def test_only_ready_accounts_are_lendable() -> None:
    states = {state: a_seat(state=state).is_lendable for state in AccountState}

    assert [state for state, lendable in states.items() if lendable] == [
        AccountState.READY,
        AccountState.NEEDS_VERIFICATION,
    ]
    assert not a_seat(enabled=False).is_lendable


def test_one_that_is_being_set_up_counts_while_it_is_pending() -> None:
    seat = a_seat(state=AccountState.ONBOARDING)
    seat.pending = True

    assert seat.is_lendable


def test_an_account_offers_what_it_lists_and_everything_when_nobody_told() -> None:
    assert a_seat().offers("flash")
    assert a_seat(models=frozenset({"flash"})).offers("flash")
    assert not a_seat(models=frozenset({"flash"})).offers("opus")
