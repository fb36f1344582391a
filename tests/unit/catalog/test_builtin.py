import pytest

from app.catalog.builtin import ALIASES, PREDECESSORS, PROFILES, SEED, TEMPLATES
from app.catalog.profile import ModelProfile

SEED_IDS = {
    "gemini-3-pro-high",
    "gemini-3-pro-low",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-thinking",
    "gemini-2.5-flash-lite",
    "gemini-3-pro-image",
    "claude-opus-4-5",
    "claude-opus-4-5-thinking",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-thinking",
    "gpt-oss-120b-medium",
}
REPLACED = {
    "gemini-3-pro-high": "gemini-pro-agent",
    "gemini-3-pro-low": "gemini-3.1-pro-low",
    "gemini-3-pro-image": "gemini-3.1-flash-image",
    "claude-opus-4-5": "claude-opus-4-6-thinking",
    "claude-opus-4-5-thinking": "claude-opus-4-6-thinking",
    "claude-sonnet-4-5": "claude-sonnet-4-6",
    "claude-sonnet-4-5-thinking": "claude-sonnet-4-6",
}


def test_the_seed_holds_the_twelve_models_the_gateway_was_made_for() -> None:
    """upstream.md 4.2."""
    assert {profile.id for profile in SEED} == SEED_IDS


@pytest.mark.parametrize("seed_id", sorted(SEED_IDS))
def test_a_seed_model_is_asked_for_by_its_successor(seed_id: str) -> None:
    """upstream.md 4.2, the column of August 2026."""
    profile = next(profile for profile in SEED if profile.id == seed_id)

    assert profile.wire_id == REPLACED.get(seed_id, seed_id)


def test_ids_are_unique() -> None:
    ids = [profile.id for profile in PROFILES]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rules", [ALIASES, TEMPLATES])
def test_every_rule_points_to_a_model_that_exists(rules: tuple[tuple[str, str], ...]) -> None:
    assert {target for _, target in rules} <= {profile.id for profile in PROFILES}


def test_every_replaced_model_has_a_living_successor() -> None:
    assert set(PREDECESSORS) <= {profile.wire_id for profile in PROFILES}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
def test_a_profile_agrees_with_itself(profile: ModelProfile) -> None:
    """upstream.md 4.2, 5.11, 8.1; anthropic.md 8.1."""
    thinking = profile.thinking

    assert profile.group == ("gemini" if profile.family == "gemini" else "3p")
    assert profile.created > 0
    assert thinking is None or 0 <= thinking.least <= profile.default_budget <= thinking.most
    assert not (profile.default_thinking and thinking is None)
    assert profile.named_thinking == profile.id.endswith("-thinking")
    assert (profile.max_output is None) == profile.images_out
    if profile.family == "claude":
        assert thinking is not None
        assert thinking.least == 1024
        assert not profile.needs_call_signatures
