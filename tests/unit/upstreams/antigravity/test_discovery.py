import json
from typing import Any

import pytest

from app.errors import AccountRefused, CredentialRejected, UpstreamBroken, UpstreamError
from app.ids import AccountId
from app.upstreams.antigravity.control import ControlCalls
from app.upstreams.antigravity.discovery import discover
from app.upstreams.base import Credential, Discovery, Window
from app.verdicts import Mark
from tests.support.antigravity import ScriptedSender, some_options
from tests.support.clock import HastyClock

CREDENTIAL = Credential(AccountId("anna"), "access-1")
LOADED = (200, {"cloudaicompanionProject": "zinc-cell", "currentTier": {"id": "free-tier"}})
NOT_ONBOARDED = (200, {"allowedTiers": [{"id": "free-tier", "isDefault": True}]})
OFFER = (
    200,
    {
        "models": {
            "gemini-3-flash": {"quotaInfo": {"remainingFraction": 0.5}},
            "hidden": {"isInternal": True},
        },
        "imageGenerationModelIds": ["gemini-3-image"],
        "webSearchModelIds": ["gemini-3-flash"],
        "deprecatedModelIds": {"old": {"newModelId": "gemini-3-flash"}, "odd": {}},
    },
)
SUMMARY = (200, {"groups": [{"buckets": [{"bucketId": "gemini-weekly", "remainingFraction": 0.9}]}]})
PENDING = (200, {"name": "operations/x", "done": False})
DONE = (200, {"done": True, "response": {"cloudaicompanionProject": {"id": "new-cell"}}})
DONE_WITHOUT = (200, {"done": True, "response": {}})
DOWN = (500, {"error": {"code": 500, "message": "Internal error", "status": "INTERNAL"}})


class World:
    def __init__(self, *says: tuple[int, Any] | UpstreamError) -> None:
        self.sender = ScriptedSender(*says)
        self.clock = HastyClock()
        options = some_options(base_urls=("http://127.0.0.1:9",), polls=3)
        self.control = ControlCalls(self.sender, options, self.clock)

    async def discover(self) -> Discovery:
        return await discover(self.control, self.clock, CREDENTIAL)

    async def refusal(self) -> AccountRefused:
        with pytest.raises(AccountRefused) as caught:
            await self.discover()
        return caught.value

    @property
    def asked(self) -> list[tuple[str, Any]]:
        return [(url.rpartition(":")[2], json.loads(body)) for _, url, _, body in self.sender.asked]


async def test_an_account_is_known_by_three_calls() -> None:
    """upstream.md 2, 4.5, 8.3."""
    world = World(LOADED, OFFER, SUMMARY)

    assert await world.discover() == Discovery(
        "zinc-cell",
        tier="free-tier",
        models=("gemini-3-flash", "hidden", "gemini-3-image"),
        windows=(Window("gemini", "gemini-weekly", 0.9, None, "summary"),),
        replaced=(("old", "gemini-3-flash"),),
    )
    assert world.asked == [
        ("loadCodeAssist", {"metadata": {"ideType": "ANTIGRAVITY"}}),
        ("fetchAvailableModels", {"project": "zinc-cell"}),
        ("retrieveUserQuotaSummary", {"project": "zinc-cell"}),
    ]


async def test_without_a_summary_the_model_list_tells_the_quota() -> None:
    world = World(LOADED, OFFER, (404, {}))

    assert (await world.discover()).windows == (Window("gemini", "gemini-5h", 0.5, None, "models"),)


async def test_an_account_is_good_though_models_and_quota_cannot_be_read() -> None:
    """faults.md F074."""
    world = World(LOADED, DOWN, (200, b"<html>"))

    assert await world.discover() == Discovery("zinc-cell", tier="free-tier")


async def test_a_refusal_of_the_account_by_the_model_list_counts() -> None:
    """upstream.md 4.5: an account that is blocked shows there."""
    world = World(LOADED, (401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}))

    with pytest.raises(CredentialRejected):
        await world.discover()


async def test_an_account_without_a_project_is_onboarded() -> None:
    """upstream.md 2.3: the call is repeated, two seconds apart, and names no project."""
    world = World(NOT_ONBOARDED, PENDING, PENDING, DONE, OFFER, SUMMARY)

    assert (await world.discover()).project == "new-cell"
    onboarding = [body for method, body in world.asked if method == "onboardUser"]
    assert [body["tierId"] for body in onboarding] == ["free-tier"] * 3
    assert "cloudaicompanionProject" not in onboarding[0]
    assert world.clock.slept == [2.0, 2.0]


async def test_an_onboarding_that_does_not_end_is_no_lasting_state() -> None:
    """faults.md F073."""
    world = World(NOT_ONBOARDED, PENDING, PENDING, PENDING)

    with pytest.raises(UpstreamBroken) as caught:
        await world.discover()

    assert caught.value.verdict.mark is None


async def test_an_onboarding_without_a_project_is_asked_about_the_other_way() -> None:
    """upstream.md 2.3."""
    world = World(NOT_ONBOARDED, DONE_WITHOUT, LOADED, OFFER, SUMMARY)

    assert (await world.discover()).project == "zinc-cell"


async def test_an_account_that_stays_without_a_project_is_marked() -> None:
    """upstream.md 2.3: then mark the account."""
    error = await World(NOT_ONBOARDED, DONE_WITHOUT, NOT_ONBOARDED).refusal()

    assert error.verdict.mark is Mark.PROJECT_ERROR


async def test_a_failed_onboarding_is_told_in_the_upstreams_words() -> None:
    failed = (200, {"done": True, "error": {"code": 9, "message": "Precondition check failed."}})
    error = await World(NOT_ONBOARDED, failed).refusal()

    assert (error.verdict.mark, error.detail) == (Mark.PROJECT_ERROR, "Precondition check failed.")


@pytest.mark.parametrize(
    ("loaded", "tier"),
    [
        ({"allowedTiers": [{"id": "a"}, {"id": "b", "isDefault": True}]}, "b"),
        ({"allowedTiers": [{"id": "a"}, {"id": "b"}]}, "a"),
        (
            {
                "allowedTiers": [
                    {"id": "own", "isDefault": True, "userDefinedCloudaicompanionProject": True},
                    {"id": "free-tier"},
                ]
            },
            "free-tier",
        ),
        ({"currentTier": {"id": "current"}}, "current"),
        ({}, "free-tier"),
    ],
)
async def test_the_plan_to_onboard_with_needs_no_project_of_the_owner(
    loaded: dict[str, Any], tier: str
) -> None:
    """upstream.md 2.3."""
    world = World((200, loaded), DONE, OFFER, SUMMARY)
    await world.discover()

    assert world.asked[1][1]["tierId"] == tier


async def test_plans_that_all_need_a_project_of_the_owner_are_told() -> None:
    tiers = [{"id": "standard-tier", "userDefinedCloudaicompanionProject": True}]
    error = await World((200, {"allowedTiers": tiers})).refusal()

    assert error.kind == "own_project"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://accounts.google.com/signin/x", "https://accounts.google.com/signin/x"),
        ("https://evil.test/", None),
    ],
)
async def test_an_account_to_verify_is_marked_with_the_page_for_it(url: str, link: str | None) -> None:
    """upstream.md 2.2, faults.md F016."""
    tier = {"reasonCode": "VALIDATION_REQUIRED", "reasonMessage": "Verify.", "validationUrl": url}
    error = await World((200, {"ineligibleTiers": [tier]})).refusal()

    assert (error.verdict.mark, error.verdict.link) == (Mark.NEEDS_VERIFICATION, link)
    assert error.detail == "Verify."


async def test_an_account_that_may_not_take_part_is_marked_with_the_reason() -> None:
    tier = {"reasonCode": "UNSUPPORTED_LOCATION", "reasonMessage": "Not available in your country."}
    error = await World((200, {"ineligibleTiers": [tier]})).refusal()

    assert (error.kind, error.verdict.mark) == ("ineligible", Mark.PROJECT_ERROR)
    assert error.detail == "Not available in your country."
