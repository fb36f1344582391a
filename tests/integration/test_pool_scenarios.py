"""The simulator's named worlds, each through the whole gateway, with few accounts and with many.

What is asserted is the backend's own log: how often, who, where, how long between; and that it saw nothing
that a good client does not do. Source: upstream.md 9.9.
"""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from app.pool.model import State
from app.simulator.catalog import load_catalog
from app.simulator.scenarios import exhaust
from tests.support.scenes import DIALECTS, FLASH, SONNET, DialectName, a_scene, ask, gaps, route, stream
from tests.support.world import World

SOME_AND_MANY = pytest.mark.parametrize("accounts", [3, 50])
SOME = pytest.mark.parametrize("accounts", [3, 12])
EITHER = pytest.mark.parametrize("dialect", DIALECTS)


def shown(world: World) -> Counter[str]:
    """How many accounts are in each state."""
    return Counter(status.shown.value for status in world.gateway.pool.snapshot())


def asked(world: World) -> list[str]:
    """Which accounts were asked to generate, in order."""
    return [entry.account for entry in world.generations]


def spoken_for(world: World) -> None:
    """Nothing that a good client does not do, and nothing left behind."""
    assert world.simulator.misbehaviour == []


async def all_asked(world: World, count: int, **question: Any) -> list[int]:
    """The statuses of so many questions at once, each of a conversation of its own."""
    async with world.client(verify=False) as client:
        questions = (
            ask(world, DIALECTS[n % 2], talk=f"talk {n}", client=client, **question) for n in range(count)
        )
        return [heard.status for heard in await asyncio.gather(*questions)]


@SOME_AND_MANY
async def test_happy_every_account_takes_its_turn(accounts: int) -> None:
    async with a_scene("happy", accounts=accounts) as world:
        for n in range(accounts):
            assert (await ask(world, DIALECTS[n % 2], f"Question {n}", talk=f"talk {n}")).status == 200

        assert set(Counter(asked(world)).values()) == {1}
        spoken_for(world)


@EITHER
async def test_happy_a_conversation_stays_with_its_account(dialect: DialectName) -> None:
    async with a_scene("happy") as world:
        for _ in range(5):
            await ask(world, dialect, talk="one")
            await ask(world, dialect, talk="two")

        one, two = asked(world)[::2], asked(world)[1::2]
        assert len(set(one)) == len(set(two)) == 1
        assert one[0] != two[0]


@SOME_AND_MANY
async def test_one_exhausted_is_found_out_once_and_then_left_alone(accounts: int) -> None:
    async with a_scene("one-exhausted", accounts=accounts) as world:
        statuses = await all_asked(world, accounts + 4)

        assert set(statuses) == {200}
        assert asked(world).count("acc-1") == 1
        assert shown(world)["exhausted"] == 1
        before = asked(world).count("acc-1")
        assert set(await all_asked(world, accounts + 4)) == {200}
        assert asked(world).count("acc-1") == before
        spoken_for(world)


@SOME_AND_MANY
@EITHER
async def test_all_exhausted_tells_the_earliest_reset_and_asks_nobody_twice(
    accounts: int, dialect: DialectName
) -> None:
    async with a_scene("all-exhausted", accounts=accounts) as world:
        first = await ask(world, dialect)
        again = await ask(world, dialect)

        assert first.status == again.status == 429
        assert Counter(asked(world)) == Counter(account.id for account in world.simulator.accounts)
        for heard in (first, again):
            assert heard.retry_after is not None
            assert 3_500 < heard.retry_after < 3_700  # an hour, and at most a minute of jitter
        spoken_for(world)


async def test_exhausted_accounts_come_back_by_themselves_at_the_reset() -> None:
    """Until then nothing at all is sent within an announced delay."""
    async with a_scene("happy", accounts=2, factor=100.0) as world:
        for account, resets_in in zip(world.simulator.accounts, (5_000.0, 300.0), strict=True):
            exhaust(world.simulator.state, account.id, resets_in=resets_in)
        assert (await ask(world)).status == 429
        async with asyncio.timeout(20):
            while shown(world)["ready"] == 0:
                await asyncio.sleep(0.02)

        assert (await ask(world)).status == 200
        assert asked(world)[-1] == "acc-2"
        spoken_for(world)


@EITHER
async def test_rate_burst_is_waited_out_where_it_happened(dialect: DialectName) -> None:
    async with a_scene("rate-burst") as world:
        assert (await ask(world, dialect)).status == 200

        assert route(world.generations) == "Ad Ad Bd"
        assert gaps(world.generations)[0] >= 0.4
        spoken_for(world)


@SOME
async def test_a_plain_429_storm_tries_two_others_and_hurts_no_other_request(accounts: int) -> None:
    async with a_scene("plain-429-storm", accounts=accounts) as world:
        heard = await ask(world, text="storm", model=SONNET)
        assert (heard.status, route(world.generations)) == (429, "Ad Bd Cd")

        assert (await ask(world, text="calm", model=FLASH)).status == 200
        assert shown(world)["cooling"] == 3


async def test_a_plain_429_storm_of_many_moves_each_ladder_one_step() -> None:
    """faults.md F026."""
    async with a_scene("plain-429-storm", accounts=10, factor=1.0, lease_wait_s=0.1) as world:
        await asyncio.gather(*(ask(world, text="storm", talk=str(n)) for n in range(30)))

        rests = [rest for status in world.gateway.pool.snapshot() for rest in status.cooling]
        now = world.gateway.clock.now()
        assert rests
        assert all(rest.until_epoch - now <= 6.0 for rest in rests)


@EITHER
async def test_capacity_flap_goes_to_the_other_host_at_once(dialect: DialectName) -> None:
    async with a_scene("capacity-flap") as world:
        assert (await ask(world, dialect)).status == 200

        assert route(world.generations) == "Ad Ap"
        assert shown(world) == {"ready": 3}


@SOME
async def test_capacity_global_blames_nobody_and_rests_the_model(accounts: int) -> None:
    async with a_scene("capacity-global", accounts=accounts) as world:
        first = await ask(world, "anthropic")
        again = await ask(world, "anthropic", model=FLASH, talk="other")

        assert first.status == again.status == 529
        assert first.retry_after is not None
        assert len(set(asked(world))) <= 2
        assert shown(world) == {"ready": accounts}
        waits = [gap for gap in gaps(world.generations[:6]) if gap > 0.5]
        assert len(waits) == 2
        assert min(waits) >= 2.0


async def test_token_expiry_renews_once_for_many() -> None:
    """faults.md F067; the simulator blames parallel refreshes of one token."""
    async with a_scene("token-expiry", accounts=3, max_concurrent_per_account=0) as world:
        assert set(await all_asked(world, 20)) == {200}
        await asyncio.sleep(6 / 50)
        assert set(await all_asked(world, 20)) == {200}

        spoken_for(world)
        assert {entry.status for entry in world.generations} <= {200, 401}


@SOME
async def test_a_revoked_account_needs_its_owner_and_is_asked_about_at_most_three_times(
    accounts: int,
) -> None:
    """faults.md F064."""
    async with a_scene("revoked-account", accounts=accounts) as world:
        assert set(await all_asked(world, accounts + 4)) == {200}

        assert shown(world)["needs_sign_in"] == 1
        assert "acc-1" not in asked(world)
        refreshes = [
            each for each in world.simulator.requests if each.method == "token" and each.status == 400
        ]
        assert 1 <= len(refreshes) <= 3
        spoken_for(world)


@EITHER
async def test_client_mismatch_is_one_alarm_and_no_dead_accounts(dialect: DialectName) -> None:
    """faults.md F065."""
    async with a_scene("client-mismatch", accounts=3) as world:
        heard = [await ask(world, dialect, talk=str(n)) for n in range(6)]

        assert {each.status for each in heard} <= {200, 503}
        assert shown(world)["needs_sign_in"] == 0


@SOME
@pytest.mark.parametrize(
    ("scenario", "state"),
    [
        ("validation-required", State.NEEDS_VERIFICATION),
        ("tos-ban", State.SUSPENDED),
        ("wrong-project", State.PROJECT_ERROR),
    ],
)
async def test_an_account_in_trouble_is_hidden_and_its_trouble_shown(
    accounts: int, scenario: str, state: State
) -> None:
    """faults.md F016, F017."""
    async with a_scene(scenario, accounts=accounts) as world:
        assert set(await all_asked(world, accounts + 4)) == {200}

        (troubled,) = (each for each in world.gateway.pool.snapshot() if each.shown is not State.READY)
        assert troubled.shown is state
        assert troubled.reason
        assert troubled.way_out
        if state is not State.PROJECT_ERROR:
            assert troubled.link is not None or state is State.SUSPENDED
        before = asked(world).count("acc-1")
        assert set(await all_asked(world, accounts)) == {200}
        assert asked(world).count("acc-1") == before
        spoken_for(world)


@pytest.mark.parametrize("scenario", ["no-project", "slow-onboarding"])
async def test_an_account_without_a_project_keeps_nobody_waiting(scenario: str) -> None:
    """faults.md F073: onboarding runs in the background."""
    async with a_scene(scenario, with_projects=False) as world:
        assert set(await all_asked(world, 6)) == {200}

        if scenario == "slow-onboarding":
            for _ in range(200):
                if shown(world)["ready"] == 3:
                    break
                await asyncio.sleep(0.01)
            assert shown(world) == {"ready": 3}
        spoken_for(world)


@EITHER
@pytest.mark.parametrize("scenario", ["version-too-old", "version-too-old-candidate"])
async def test_an_old_client_version_is_the_operators_matter_and_tours_nobody(
    scenario: str, dialect: DialectName
) -> None:
    """upstream.md 3.2."""
    async with a_scene(scenario) as world:
        heard = await ask(world, dialect)

        assert (heard.status, len(world.generations)) == (503, 1)
        assert shown(world) == {"ready": 3}


async def test_a_retired_model_is_missing_on_two_accounts_and_then_for_the_caller() -> None:
    """faults.md F020."""
    async with a_scene("model-retired", accounts=50) as world:
        assert (await ask(world, model=FLASH)).status in (200, 404)
        world.simulator.state.journal.clear()
        models = [m for m in load_catalog("catalog-2026-08").models if m.id != "claude-sonnet-4-6"]
        world.simulator.state.catalog = type(world.simulator.state.catalog)(
            **{
                **{
                    name: getattr(world.simulator.state.catalog, name)
                    for name in world.simulator.state.catalog.__struct_fields__
                },
                "models": tuple(models),
            }
        )
        heard = await ask(world, model=SONNET)

        assert (heard.status, route(world.generations)) == (404, "Ad Ap Bd Bp")


@EITHER
@pytest.mark.parametrize("scenario", ["stream-cut-early", "stream-error-early", "empty-200"])
async def test_trouble_before_the_first_word_is_hidden(scenario: str, dialect: DialectName) -> None:
    async with a_scene(scenario) as world:
        body = await stream(world, dialect, model=SONNET)

        assert len(world.generations) == 2
        assert "error" not in body
        assert body.rstrip().endswith(("[DONE]", '{"type":"message_stop"}'))
        assert gaps(world.generations)[0] >= 0.5


@EITHER
@pytest.mark.parametrize("scenario", ["stream-cut-late", "stream-error-late"])
async def test_trouble_after_content_is_told_and_never_tried_again(
    scenario: str, dialect: DialectName
) -> None:
    """faults.md 1 rules 2 and 4."""
    async with a_scene(scenario) as world:
        body = await stream(world, dialect, model=SONNET)

        assert len(world.generations) == 1
        assert '"error"' in body
        assert "message_stop" not in body
        assert '"finish_reason":"stop"' not in body
        assert await world.is_at_rest(), world.troubles()


@EITHER
@pytest.mark.parametrize("scenario", ["no-finish", "late-usage", "big-signature", "mixed-tiers"])
async def test_oddities_of_a_good_answer_cost_one_attempt(scenario: str, dialect: DialectName) -> None:
    async with a_scene(scenario) as world:
        assert (await ask(world, dialect)).status == 200
        assert len(world.generations) == 1
        spoken_for(world)


async def test_mixed_tiers_ask_only_those_that_have_the_model() -> None:
    async with a_scene("mixed-tiers", accounts=6) as world:
        for status in world.gateway.pool.snapshot():
            await world.gateway.pool.refresh(status.id)
        assert set(await all_asked(world, 12, model=SONNET)) == {200}

        plain = {account.id for account in world.simulator.accounts if account.models is not None}
        assert plain
        assert not plain & set(asked(world))


async def test_quota_per_host_is_no_reason_to_ask_the_other_host() -> None:
    """upstream.md 1.1: not on 429."""
    async with a_scene("quota-per-host") as world:
        assert (await ask(world, model=FLASH)).status == 429
        assert {entry.host for entry in world.generations} == {"daily"}
        assert (await ask(world, model=SONNET)).status == 200
        spoken_for(world)


@EITHER
@pytest.mark.parametrize(
    "scenario", ["claude-thinking-tools", "gemini-parallel-tools", "cross-model-switch", "signature-lost"]
)
async def test_a_tool_loop_stays_with_the_account_that_knows_it(scenario: str, dialect: DialectName) -> None:
    model = FLASH if scenario.startswith("gemini") else SONNET
    async with a_scene(scenario) as world:
        await tool_loop(world, dialect, model)

        assert len(set(asked(world))) == 1
        assert {entry.status for entry in world.generations} == {200}
        spoken_for(world)


async def test_a_long_context_is_the_callers_and_touches_no_account() -> None:
    async with a_scene("long-context") as world:
        heard = await ask(world, "anthropic", "word " * 40_000)

        assert (heard.status, len(world.generations)) == (400, 1)
        assert "prompt is too long" in heard.message
        assert shown(world) == {"ready": 3}


@pytest.mark.parametrize("scenario", ["prefill", "schema-hostile", "image", "search"])
async def test_what_the_request_makes_special_is_served_by_one_account(scenario: str) -> None:
    questions: dict[str, dict[str, Any]] = {
        "image": {"model": "gemini-3.1-flash-image"},
        "search": {"model": FLASH},
        "schema-hostile": {"tools": [hostile(n) for n in range(40)]},
    }
    async with a_scene(scenario) as world:
        heard = await ask(world, "openai", **questions.get(scenario, {}))

        assert heard.status == 200, heard.body
        assert len(world.generations) == 1
        spoken_for(world)


async def test_the_demo_world_serves_everybody() -> None:
    patience_s = 1e6  # the scene's clock runs fast, and this is not about waiting in line
    async with a_scene(
        "demo", accounts=3, factor=200.0, lease_wait_s=patience_s, before_output_s=patience_s
    ) as world:
        assert set(await all_asked(world, 20)) == {200}


def hostile(number: int) -> dict[str, Any]:
    """A tool with keywords that the backend refuses."""
    schema = {
        "type": "object",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "additionalProperties": False,
        "properties": {"x": {"type": ["string", "null"], "exclusiveMinimum": 1, "const": "a"}},
    }
    return {"type": "function", "function": {"name": f"tool_{number}", "parameters": schema}}


async def tool_loop(world: World, dialect: DialectName, model: str) -> None:
    """Ask, answer the calls, and ask again, in one conversation."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    if dialect == "openai":
        tools: list[Any] = [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]
    else:
        tools = [{"name": "get_weather", "input_schema": schema}]
    messages: list[Any] = [{"role": "user", "content": "How is the weather?"}]
    for _ in range(2):
        heard = await ask(world, dialect, model=model, talk="loop", tools=tools, messages=messages)
        assert heard.status == 200, heard.body
        if dialect == "openai":
            said = heard.body["choices"][0]["message"]
            calls = said.get("tool_calls") or []
            results: list[Any] = [
                {"role": "tool", "tool_call_id": call["id"], "content": json.dumps({"sky": "blue"})}
                for call in calls
            ]
            messages += [said, *results]
        else:
            blocks = heard.body["content"]
            calls = [block for block in blocks if block["type"] == "tool_use"]
            answers = [
                {"type": "tool_result", "tool_use_id": call["id"], "content": "blue"} for call in calls
            ]
            messages += [{"role": "assistant", "content": blocks}, {"role": "user", "content": answers}]
        if not calls:
            return
