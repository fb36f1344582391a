import pytest

from app.simulator.misbehaviour import Watch


@pytest.fixture
def blamed() -> list[str]:
    return []


@pytest.fixture
def watch(blamed: list[str]) -> Watch:
    return Watch(blamed.append)


def test_a_call_within_the_announced_wait_is_noticed(watch: Watch, blamed: list[str]) -> None:
    """upstream.md 9.8."""
    watch.told_to_wait("acc-1", "m", "daily", until=110.0)
    watch.called("acc-1", "m", "prod", 100.0)
    watch.called("acc-2", "m", "daily", 100.0)
    assert blamed == []

    watch.called("acc-1", "m", "daily", 100.0)

    assert len(blamed) == 1
    assert "10.00 s before" in blamed[0]


def test_a_call_after_the_wait_is_fine(watch: Watch, blamed: list[str]) -> None:
    """upstream.md 9.8."""
    watch.told_to_wait("acc-1", "m", "daily", until=110.0)
    watch.called("acc-1", "m", "daily", 110.0)

    assert blamed == []


def test_the_use_of_a_banned_account_is_noticed_until_it_is_forgiven(watch: Watch, blamed: list[str]) -> None:
    """upstream.md 9.8."""
    watch.told_to_stop("acc-1", "terms violation")
    watch.called("acc-1", "m", "daily", 0.0)
    watch.forgive("acc-1")
    watch.called("acc-1", "m", "daily", 1.0)

    assert blamed == ["acc-1 is used although it was told: terms violation"]


def test_two_refreshes_of_one_token_at_a_time_are_noticed(watch: Watch, blamed: list[str]) -> None:
    """upstream.md 9.8."""
    watch.refresh_began("acc-1")
    watch.refresh_began("acc-2")
    watch.refresh_ended("acc-1")
    watch.refresh_began("acc-1")
    assert blamed == []

    watch.refresh_began("acc-1")

    assert blamed == ["acc-1 is refreshed twice at the same time"]


def test_hammering_is_noticed(watch: Watch, blamed: list[str]) -> None:
    """upstream.md 9.8."""
    watch.limits.calls_per_second = 3
    for now in (0.0, 0.1, 0.2, 1.15, 1.16, 1.17):
        watch.called("acc-1", "m", "daily", now)

    assert blamed == ["acc-1 is called 4 times within a second"]
