"""The simulator over its socket: projects, catalogue, quota, limits."""

import re
from typing import Any

from app.simulator.quota import CapacityRule, QuotaBook, RateLimiter
from tests.support.simulated import Reply, SimClient, a_simulator

START = 1_785_900_000.0
METADATA = {"metadata": {"ideType": "ANTIGRAVITY"}}


def buckets(reply: Reply) -> dict[str, Any]:
    return {bucket["bucketId"]: bucket for group in reply.json["groups"] for bucket in group["buckets"]}


async def test_an_account_knows_its_tier_and_project() -> None:
    """upstream.md 2.2."""
    async with a_simulator(scenario="mixed-tiers") as sim:
        paid = (await SimClient(sim).call("loadCodeAssist", METADATA)).json
        free = (await SimClient(sim, number=2).call("loadCodeAssist", METADATA)).json

    assert paid["cloudaicompanionProject"] == sim.accounts[0].project
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z0-9]{5}", paid["cloudaicompanionProject"])
    assert paid["paidTier"]["id"] == "g1-pro-tier"
    assert paid["paidTier"]["availableCredits"][0]["creditAmount"] == "25000"
    assert "paidTier" not in free
    assert [tier["id"] for tier in free["allowedTiers"] if tier.get("isDefault")] == ["free-tier"]


async def test_a_project_may_be_missing_or_an_object() -> None:
    """upstream.md 2.2, 9.6."""
    async with a_simulator() as sim:
        sim.add_fault("load_no_project", nth=1)
        sim.add_fault("load_object_project", nth=2)
        sim.add_fault("load_ineligible", nth=3)
        client = SimClient(sim)
        missing, shaped, ineligible = [(await client.call("loadCodeAssist", METADATA)).json for _ in range(3)]

    assert "cloudaicompanionProject" not in missing
    assert shaped["cloudaicompanionProject"] == {"id": client.account.project}
    assert ineligible["ineligibleTiers"][0]["reasonCode"] == "UNSUPPORTED_LOCATION"


async def test_onboarding_takes_its_polls_and_then_there_is_a_project() -> None:
    """upstream.md 2.3, 9.9: `slow-onboarding`."""
    body = {"tierId": "free-tier", **METADATA}
    async with a_simulator(scenario="slow-onboarding") as sim:
        client = SimClient(sim)
        before = await client.call("loadCodeAssist", METADATA)
        states = [(await client.call("onboardUser", body)).json for _ in range(3)]
        polled = await client.send("GET", f"/daily/v1internal/{states[0]['name']}", b"", {})
        after = await client.call("loadCodeAssist", METADATA)

    assert "cloudaicompanionProject" not in before.json
    assert [state["done"] for state in states] == [False, False, False]
    assert polled.json["done"] is True
    assert polled.json["response"]["cloudaicompanionProject"]["id"] == client.account.project
    assert after.json["cloudaicompanionProject"] == client.account.project


async def test_onboarding_can_fail_in_its_ways() -> None:
    """upstream.md 2.3, 9.6."""
    body = {"tier_id": "free-tier", "metadata": {"ide_type": "ANTIGRAVITY"}}
    async with a_simulator() as sim:
        sim.add_fault("onboard_no_project", nth=1)
        sim.add_fault("onboard_error", nth=2)
        client = SimClient(sim)
        empty = await client.call("onboardUser", body)
        failed = await client.call("onboardUser", body)
        with_project = await client.call("onboardUser", {**body, "cloudaicompanionProject": "x"})

    assert "cloudaicompanionProject" not in empty.json["response"]
    assert failed.json["error"]["code"] == 13
    assert (with_project.status, with_project.json["error"]["status"]) == (400, "FAILED_PRECONDITION")


async def test_the_catalogue_lists_models_with_quota_and_leaves_false_out() -> None:
    """upstream.md 4.5."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        reply = await client.call("fetchAvailableModels", {"project": client.account.project})

    models = reply.json["models"]
    assert models["claude-sonnet-4-6"]["apiProvider"] == "API_PROVIDER_ANTHROPIC_VERTEX"
    assert models["gemini-3-flash"]["quotaInfo"]["remainingFraction"] == 1
    assert models["tab_flash_lite_preview"]["isInternal"] is True
    assert reply.json["deprecatedModelIds"]["claude-sonnet-4-5"] == {"newModelId": "claude-sonnet-4-6"}
    assert "supportsVideo" not in models["gpt-oss-120b-medium"]
    assert reply.body.startswith(b'{\n  "models": {\n')


async def test_an_account_sees_and_uses_its_own_models_only() -> None:
    """upstream.md 4.3, 7.7."""
    async with a_simulator(scenario="mixed-tiers") as sim:
        client = SimClient(sim, number=2)
        reply = await client.call("fetchAvailableModels", {})
        refused = await client.generate("claude-sonnet-4-6")

    assert "claude-sonnet-4-6" not in reply.json["models"]
    assert refused.status == 404


async def test_windows_move_until_they_are_used_and_then_drain() -> None:
    """upstream.md 8.2, 8.3."""
    async with a_simulator(clock="virtual", clock_start=START) as sim:
        client = SimClient(sim)
        sim.state.quota = QuotaBook(capacity={"5h": 10.0, "weekly": 100.0})
        body = {"project": client.account.project}
        unused = buckets(await client.call("retrieveUserQuotaSummary", body))
        sim.state.clock.advance(60)
        moved = buckets(await client.call("retrieveUserQuotaSummary", body))
        await client.generate()
        sim.state.clock.advance(60)
        used = buckets(await client.call("retrieveUserQuotaSummary", body))

    assert set(used) == {"gemini-weekly", "gemini-5h", "3p-weekly", "3p-5h"}
    assert (
        unused["gemini-5h"]["resetTime"] < moved["gemini-5h"]["resetTime"] == used["gemini-5h"]["resetTime"]
    )
    assert unused["gemini-5h"]["remainingFraction"] == 1
    assert used["gemini-5h"]["remainingFraction"] == 0.9
    assert used["gemini-weekly"]["remainingFraction"] == 0.99
    assert "it will fully refresh in 4 hours, 59 minutes" in used["gemini-5h"]["description"]
    assert used["3p-5h"]["remainingFraction"] == 1


async def test_an_exhausted_window_is_told_without_a_fraction_and_refused_with_the_same_time() -> None:
    """upstream.md 4.5, 7.6 b, 8.2."""
    async with a_simulator(scenario="one-exhausted", clock="virtual", clock_start=START) as sim:
        client = SimClient(sim)
        refused = await client.generate()
        summary = buckets(await client.call("retrieveUserQuotaSummary", {}))
        other = await SimClient(sim, number=2).generate()
        sim.state.clock.advance(256528)
        client.token = SimClient(sim).token
        again = await client.generate()

    info = refused.json["error"]["details"][0]
    assert (refused.status, info["reason"]) == (429, "QUOTA_EXHAUSTED")
    assert "remainingFraction" not in summary["gemini-weekly"]
    assert summary["gemini-weekly"]["resetTime"] == info["metadata"]["quotaResetTimeStamp"]
    assert (other.status, again.status) == (200, 200)


async def test_gemini_quota_is_counted_per_host() -> None:
    """upstream.md 1.1, 9.9: `quota-per-host`."""
    async with a_simulator(scenario="quota-per-host") as sim:
        daily, prod = SimClient(sim), SimClient(sim, host="prod")

        assert (await daily.generate()).status == 429
        assert (await prod.generate()).status == 200
        assert (await daily.generate("claude-sonnet-4-6")).status == 200


async def test_the_rate_limiter_refuses_with_the_true_wait() -> None:
    """upstream.md 7.6 a, 9.2."""
    async with a_simulator(clock="virtual", clock_start=START) as sim:
        sim.state.limiter = RateLimiter(per_second=2.0)
        client = SimClient(sim)
        first, second = await client.generate(), await client.generate()
        sim.state.clock.advance(0.5)
        third = await client.generate()

    assert [first.status, second.status, third.status] == [200, 429, 200]
    assert second.json["error"]["details"][1]["retryDelay"] == "0.5s"


async def test_a_model_without_room_is_refused_on_its_host() -> None:
    """upstream.md 7.8, 9.9: `capacity-flap`."""
    async with a_simulator(scenario="capacity-flap") as sim:
        daily = await SimClient(sim).generate()
        prod = await SimClient(sim, host="prod").generate()
        sim.state.capacity = [CapacityRule(model="claude-*", max_streams=0, retry_delay_s=39.0)]
        full = await SimClient(sim).generate("claude-sonnet-4-6")

    assert (daily.status, prod.status) == (503, 200)
    assert full.json["error"]["details"][1]["retryDelay"] == "39s"


async def test_credits_pay_for_what_the_quota_does_not() -> None:
    """upstream.md 3.3, 6.2, 7.6 d."""
    pays = {"enabledCreditTypes": ["GOOGLE_ONE_AI"]}
    async with a_simulator(scenario="one-exhausted") as sim:
        client = SimClient(sim)
        client.account.credits = 51
        paid = await client.generate("claude-sonnet-4-6", envelope=pays)
        broke = await client.generate("claude-sonnet-4-6", envelope=pays)
        other = await SimClient(sim, number=2).generate(envelope=pays)

    assert paid.events[-1]["consumedCredits"] == [{"creditType": "GOOGLE_ONE_AI", "creditAmount": "5"}]
    assert paid.events[-1]["remainingCredits"] == [{"creditType": "GOOGLE_ONE_AI", "creditAmount": "46"}]
    assert broke.json["error"]["details"][0]["reason"] == "INSUFFICIENT_G1_CREDITS_BALANCE"
    assert "consumedCredits" not in other.events[-1]


async def test_a_call_within_the_announced_wait_is_written_down() -> None:
    """upstream.md 9.8."""
    async with a_simulator() as sim:
        sim.add_fault("429_rate", delay_s=30.0, times=1)
        client = SimClient(sim)
        await client.generate()
        assert sim.misbehaviour == []
        await client.generate()

    assert len(sim.misbehaviour) == 1
    assert "before the announced time" in sim.misbehaviour[0]
