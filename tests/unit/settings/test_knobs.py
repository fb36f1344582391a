"""Settings that change while the gateway runs."""

import pytest

from app.settings.knobs import in_force, knob, turned
from app.settings.schema import Settings


def test_a_stored_knob_wins_over_the_setting() -> None:
    """architecture.md 13."""
    settings, unusable = in_force(Settings(), {"max_concurrent_per_model": "7", "heartbeat_s": "2.5"})

    assert settings.pool.max_concurrent_per_model == 7
    assert settings.limits.heartbeat_s == 2.5
    assert unusable == ()


def test_a_stored_value_that_fits_no_more_leaves_the_setting_in_place_and_is_told() -> None:
    """threats.md S40: values are validated again on load."""
    stored = {"max_concurrent_per_model": "-1", "heartbeat_s": "soon", "port": "80", "gone": "1"}

    settings, unusable = in_force(Settings(), stored)

    assert settings == Settings()
    assert [text.partition(":")[0] for text in unusable] == sorted(stored)


def test_what_is_no_knob_cannot_be_turned() -> None:
    """threats.md S18: addresses of the upstream are configuration, not panel data."""
    for name in ("upstream_base_urls", "admin_password", "db_path"):
        with pytest.raises(KeyError):
            knob(name)


def test_a_knob_is_held_to_the_same_rules_as_the_setting() -> None:
    """threats.md S25."""
    with pytest.raises(ValueError, match="no HTTP header"):
        turned(Settings(), "upstream_user_agent", '"one\\ntwo"')


def test_the_client_version_is_a_knob() -> None:
    """upstream.md 3.2: the version is a setting that an operator can change at run time."""
    settings = turned(Settings(), "upstream_user_agent", '"antigravity/9.9.9 linux/amd64"')

    assert settings.upstream.upstream_user_agent == "antigravity/9.9.9 linux/amd64"
