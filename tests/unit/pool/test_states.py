"""The machine of account states. Source: complaints.md 6, upstream.md 7.4, faults.md F015 to F017, F025."""

from itertools import product

import pytest

from app.ids import AccountId
from app.pool.cooling import Cooling
from app.pool.model import AccountState, Outcome, State
from app.pool.outcome import OK
from app.pool.states import (
    MOVE_OF_MARK,
    MOVES,
    WAY_OUT,
    IllegalMove,
    Move,
    kept_with_account,
    moved,
    state_of,
)
from app.verdicts import Cool, Mark
from tests.support.pool import GROUP, MODEL, PoolWorld, a_discovery, a_want, an_account

ANNA = AccountId("anna")
TABLE = """
from                served refused quota_refused time_up sign_in_refused verification_asked suspension_told project_refused set_up_begun set_up_failed discovered signed_in enabled disabled
ready               ready cooling exhausted - needs_sign_in needs_verification suspended project_error onboarding - ready ready ready disabled
cooling             ready cooling exhausted ready needs_sign_in needs_verification suspended project_error onboarding - cooling ready ready disabled
exhausted           ready exhausted exhausted ready needs_sign_in needs_verification suspended project_error onboarding - exhausted ready ready disabled
onboarding          onboarding onboarding onboarding - needs_sign_in needs_verification suspended project_error onboarding cooling ready ready ready disabled
project_error       project_error project_error project_error - project_error project_error suspended project_error - - ready ready ready disabled
needs_sign_in       needs_sign_in needs_sign_in needs_sign_in - needs_sign_in needs_sign_in suspended needs_sign_in - - needs_sign_in ready ready disabled
needs_verification  ready needs_verification needs_verification - needs_sign_in needs_verification suspended project_error - - needs_verification ready ready disabled
suspended           suspended suspended suspended - suspended suspended suspended suspended - - suspended ready ready disabled
disabled            disabled disabled disabled - disabled disabled disabled disabled - - disabled ready ready disabled
"""  # noqa: E501 - a table is read across


def rows() -> dict[tuple[State, Move], State | None]:
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {
        (State(line[0]), Move(move)): None if to == "-" else State(to)
        for line in lines
        for move, to in zip(head[1:], line[1:], strict=True)
    }


EXPECTED = rows()
STORED = frozenset(State(state) for state in AccountState)


def test_the_table_speaks_of_every_state_and_every_move() -> None:
    assert set(EXPECTED) == set(product(State, Move))
    assert set(MOVES) == set(WAY_OUT) == set(State)
    assert set(MOVE_OF_MARK) == set(Mark)


@pytest.mark.parametrize(("state", "move"), sorted(EXPECTED))
def test_every_pair_of_state_and_move_leads_where_the_table_says(state: State, move: Move) -> None:
    expected = EXPECTED[state, move]
    if expected is None:
        with pytest.raises(IllegalMove, match=move):
            moved(state, move)
    else:
        assert moved(state, move) is expected


@pytest.mark.parametrize("state", State)
def test_only_people_lead_out_of_a_suspension_and_of_the_operators_switch(state: State) -> None:
    """complaints.md 1: a suspended account is never tried in the background."""
    if state in (State.SUSPENDED, State.DISABLED):
        leaving = {move for move, to in MOVES[state].items() if to is not state}
        assert leaving <= {Move.SIGNED_IN, Move.ENABLED, Move.DISABLED}


def test_a_state_is_read_off_the_account_and_what_rests() -> None:
    quota = Cooling(200.0, 150.0, "quota", told=True)
    rate = Cooling(200.0, 150.0, "rate_limited", told=True)

    assert state_of(an_account("anna")) is State.READY
    assert state_of(an_account("anna"), rate) is State.COOLING
    assert state_of(an_account("anna"), quota) is State.EXHAUSTED
    assert state_of(an_account("anna", state=AccountState.SUSPENDED), quota) is State.SUSPENDED
    assert state_of(an_account("anna", enabled=False, state=AccountState.SUSPENDED)) is State.DISABLED


@pytest.mark.parametrize("state", State)
def test_what_time_mends_is_not_kept_with_the_account(state: State) -> None:
    kept = kept_with_account(state)

    assert kept == (state if state in STORED else AccountState.READY)


# The same machine, moved by what really happens to a pool.

REFUSALS: dict[Move, Outcome] = {
    Move.SERVED: OK,
    Move.REFUSED: Outcome(word="failed", why="rate_limited", cool=Cool.MODEL, cool_s=60.0),
    Move.QUOTA_REFUSED: Outcome(word="failed", why="quota", cool=Cool.LANE, cool_s=9_000.0),
    **{
        move: Outcome(word="failed", why="refused", message=mark, mark=mark)
        for mark, move in MOVE_OF_MARK.items()
    },
}
LATE = sorted(product([*State], REFUSALS))


async def brought_into(world: PoolWorld, state: State) -> None:
    """Make it so by what is stored, or by what was refused before."""
    stored = an_account("anna", enabled=state is not State.DISABLED)
    if state in STORED:
        stored = an_account("anna", state=AccountState(state))
    world.book.rows[ANNA] = stored
    for cause, kept in ((Move.REFUSED, State.COOLING), (Move.QUOTA_REFUSED, State.EXHAUSTED)):
        if state is kept:
            async with world.pool.lease(a_want()) as lease:
                lease.report(REFUSALS[cause])
    world.ledger.put(stored)


def stands(world: PoolWorld) -> State:
    (lane,) = world.pool.explain(GROUP, MODEL).lanes
    return lane.state


@pytest.mark.parametrize(("state", "move"), LATE)
async def test_the_end_of_an_attempt_moves_an_account_as_the_table_says(state: State, move: Move) -> None:
    """The attempt began before the account came into its state; so a success is no probe's."""
    async with PoolWorld(an_account("anna"), per_account=0) as world, world.pool.lease(a_want()) as lease:
        await brought_into(world, state)
        assert stands(world) is state

        lease.report(REFUSALS[move])

        late_success = move is Move.SERVED and state is not State.READY
        # An exhausted account that is also slowed down shows what lasts longer.
        assert stands(world) is (state if late_success else EXPECTED[state, move] or state)


async def test_a_probe_that_is_served_ends_what_it_was_a_probe_of() -> None:
    for state, wait_s in (
        (State.COOLING, 0.0),
        (State.EXHAUSTED, 3_600.0),
        (State.NEEDS_VERIFICATION, 600.0),
    ):
        async with PoolWorld(an_account("anna"), probe_s=3_600.0) as world:
            await brought_into(world, state)
            await world.pass_time(wait_s or 73.0)
            async with world.pool.lease(a_want(deadline=world.clock.monotonic())):
                pass

            assert stands(world) is State.READY, state


@pytest.mark.parametrize(("state", "wait_s"), [(State.COOLING, 60.0), (State.EXHAUSTED, 9_000.0)])
async def test_time_ends_what_time_can_mend(state: State, wait_s: float) -> None:
    async with PoolWorld(an_account("anna")) as world:
        await brought_into(world, state)
        await world.pass_time(wait_s)

        assert stands(world) is State.READY


@pytest.mark.parametrize("state", State)
async def test_no_time_mends_what_waits_for_people(state: State) -> None:
    async with PoolWorld(an_account("anna")) as world:
        await brought_into(world, state)
        await world.pass_time(10_000_000.0)

        assert stands(world) is (State.READY if Move.TIME_UP in MOVES[state] else state)


@pytest.mark.parametrize("state", State)
async def test_the_operator_may_switch_off_and_on_what_then_is_tried_again(state: State) -> None:
    async with PoolWorld(an_account("anna")) as world:
        await brought_into(world, state)
        await world.pool.set_enabled(ANNA, enabled=False)
        assert stands(world) is State.DISABLED

        await world.pool.set_enabled(ANNA, enabled=True)
        assert stands(world) is State.READY


@pytest.mark.parametrize("state", State)
async def test_signing_in_again_makes_an_account_ready(state: State) -> None:
    async with PoolWorld(an_account("anna")) as world:
        await brought_into(world, state)
        await world.pool.add(email="anna@example.com", refresh_token="fresh", project="project-anna")

        assert stands(world) is State.READY


@pytest.mark.parametrize("state", State)
async def test_a_discovery_moves_an_account_as_the_table_says(state: State) -> None:
    async def discover(credential: object) -> object:
        return a_discovery(project="project-new")

    async with PoolWorld(an_account("anna"), discover=discover) as world:
        await brought_into(world, state)
        await world.pool.refresh(ANNA)

        assert stands(world) is EXPECTED[state, Move.DISCOVERED]
