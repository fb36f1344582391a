"""Why this account and not that one. Source: complaints.md 5 and 6."""

import pytest
from msgspec import json

from app.ids import AccountId
from app.pool.explanation import Explanation, span
from app.pool.model import AccountState, Outcome, State
from app.upstreams.base import Window
from app.verdicts import Cool
from tests.support.pool import GROUP, MODEL, PoolWorld, a_want, an_account


def explained(world: PoolWorld, affinity: str = "") -> Explanation:
    return world.pool.explain(GROUP, MODEL, affinity=affinity)


def words(world: PoolWorld) -> dict[str, str]:
    return {lane.account: lane.words for lane in explained(world).lanes}


async def refuse(world: PoolWorld, name: str, **outcome: object) -> None:
    async with world.pool.lease(a_want(only=AccountId(name))) as lease:
        lease.report(Outcome(word="failed", **outcome))  # type: ignore[arg-type]  # fields of an outcome


async def test_every_account_has_a_reason_and_the_one_to_be_taken_comes_first() -> None:
    accounts = [
        an_account("ready"),
        an_account(
            "gone", state=AccountState.SUSPENDED, state_reason="terms", state_link="https://a.example"
        ),
        an_account("off", enabled=False),
        an_account("other", models=frozenset({"opus"})),
        an_account("slow"),
        an_account("empty"),
        an_account("lent"),
    ]
    async with PoolWorld(*accounts) as world:
        await refuse(world, "slow", why="rate_limited", cool=Cool.MODEL, cool_s=41.0)
        await refuse(world, "empty", why="quota", cool=Cool.LANE, cool_s=9_000.0)
        async with world.pool.lease(a_want(only=AccountId("lent"))):
            story = explained(world)
            said = words(world)

    assert story.taken == "ready"
    assert story.words == "ready@example.com would be taken now: " + said["ready"] + "."
    assert said == {
        "ready": "quota not known, 0 in flight, not used so far",
        "gone": "suspended by the upstream: terms",
        "off": "disabled by the operator",
        "other": "does not have this model",
        "slow": "rests for 41 s (rate_limited)",
        "empty": "quota used up, back in 2 h 30 min; one request may try in 1 h",
        "lent": "fully lent, 1 in flight",
    }
    states = {lane.account: lane.state for lane in story.lanes}
    assert (states[AccountId("gone")], states[AccountId("empty")]) == (State.SUSPENDED, State.EXHAUSTED)
    link = next(lane.link for lane in story.lanes if lane.account == "gone")
    assert link == "https://a.example"


async def test_a_reading_is_shown_with_its_age_and_a_home_as_such() -> None:
    async with PoolWorld(an_account("anna"), an_account("ben")) as world:
        window = Window(GROUP, "gemini-5h", 0.8, None, "summary", world.clock.now())
        world.ledger.tell(AccountId("anna"), (window,))
        async with world.pool.lease(a_want(affinity="talk", only=AccountId("anna"))):
            pass
        await world.pass_time(65.0)
        first = explained(world, affinity="talk").lanes[0]

    assert first.words == "knows this conversation, 80% of the quota left, 0 in flight, unused for 1 min 5 s"
    assert (first.left, first.read_age_s, first.windows) == (0.8, 65.0, (window,))


async def test_a_refusal_that_a_reading_does_not_bear_out_is_shown_as_such() -> None:
    """complaints.md 2: never equate 429 with used up."""
    async with PoolWorld(an_account("anna")) as world:
        world.ledger.tell(AccountId("anna"), (Window(GROUP, "gemini-5h", 0.8, None),))
        await refuse(world, "anna", why="quota", cool=Cool.LANE, cool_s=600.0)
        (lane,) = explained(world).lanes

    assert lane.words == "refused although 80% was read as left, back in 10 min"
    assert lane.left == 0.0


async def test_where_nobody_can_serve_it_says_when_or_that_somebody_must_act() -> None:
    async with PoolWorld() as world:
        assert explained(world).words == "There is no account."
    async with PoolWorld(an_account("off", enabled=False)) as world:
        assert explained(world).words == "No account can serve this model until somebody acts."
        assert explained(world).back_in_s is None
    async with PoolWorld(an_account("anna")) as world:
        async with world.pool.lease(a_want()):
            assert "a request would stand in line" in explained(world).words
        await refuse(world, "anna", why="quota", cool=Cool.LANE, cool_s=600.0)
        assert explained(world).words == "Every usable account rests; the first is back in 10 min."
        assert explained(world).back_in_s == 600.0


async def test_a_model_that_is_full_or_rests_is_told_as_such() -> None:
    async with PoolWorld(an_account("anna"), an_account("ben"), per_account=0, per_model=1) as world:
        async with world.pool.lease(a_want()):
            assert "at its limit" in explained(world).words
        await refuse(world, "anna", why="capacity", cool=Cool.EVERYONE, cool_s=8.0)
        assert explained(world).words == "The model rests on every account for 8 s."


async def test_the_story_is_ready_for_a_panel_and_holds_no_secret() -> None:
    async with PoolWorld(an_account("anna")) as world:
        text = json.encode(explained(world)).decode()

    assert "refresh-anna" not in text
    assert json.decode(text)["lanes"][0]["state"] == "ready"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, "0 s"),
        (41.4, "41 s"),
        (60.0, "1 min"),
        (3_725.0, "1 h 2 min"),
        (90_000.0, "1 d 1 h"),
        (86_400.0, "1 d"),
    ],
)
def test_lengths_of_time_are_told_in_their_two_largest_units(seconds: float, said: str) -> None:
    assert span(seconds) == said
