import pytest

from app.simulator.options import SimulatorOptions
from app.simulator.scenarios import SCENARIOS, apply_scenario
from app.simulator.state import World

NAMED = {
    "happy", "one-exhausted", "all-exhausted", "rate-burst", "plain-429-storm", "capacity-flap",
    "capacity-global", "token-expiry", "revoked-account", "client-mismatch", "validation-required",
    "tos-ban", "no-project", "slow-onboarding", "wrong-project", "version-too-old", "model-retired",
    "stream-cut-early", "stream-cut-late", "stream-error-early", "stream-error-late", "empty-200",
    "no-finish", "late-usage", "claude-thinking-tools", "gemini-parallel-tools", "signature-lost",
    "cross-model-switch", "prefill", "schema-hostile", "image", "search", "long-context", "big-signature",
    "mixed-tiers", "quota-per-host", "demo",
}  # fmt: skip


def test_every_named_scenario_is_there() -> None:
    """upstream.md 9.9."""
    assert set(SCENARIOS) >= NAMED


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_applies_to_any_number_of_accounts(name: str) -> None:
    """upstream.md 9.9."""
    for accounts in (0, 1, 5):
        world = World(SimulatorOptions(accounts=accounts))
        apply_scenario(world, name)
        assert world.scenario == name


def test_in_all_exhausted_the_second_account_is_back_first() -> None:
    """upstream.md 9.9: earliest reset wins."""
    world = World(SimulatorOptions(clock="virtual", clock_start=0.0))
    apply_scenario(world, "all-exhausted")

    resets = [
        world.quota.exhausted_until(world.quota.of(account.id, "daily", "gemini"), 0.0)
        for account in world.directory.accounts
    ]

    assert resets == [3 * 3600.0, 3600.0, 5 * 3600.0]


def test_quota_per_host_leaves_prod_open() -> None:
    """upstream.md 1.1."""
    world = World(SimulatorOptions())
    apply_scenario(world, "quota-per-host")
    now = world.clock.now()

    for account in world.directory.accounts:
        assert world.quota.exhausted_until(world.quota.of(account.id, "daily", "gemini"), now) is not None
        assert world.quota.exhausted_until(world.quota.of(account.id, "prod", "gemini"), now) is None
        assert world.quota.exhausted_until(world.quota.of(account.id, "daily", "3p"), now) is None


def test_the_demo_is_paced_unless_another_profile_was_asked_for() -> None:
    """upstream.md 9.9."""
    paced, slow = World(SimulatorOptions()), World(SimulatorOptions(profile="slow"))
    apply_scenario(paced, "demo")
    apply_scenario(slow, "demo")

    assert (paced.profile, slow.profile) == ("realistic", "slow")
