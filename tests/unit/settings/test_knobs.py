"""Settings that change while the gateway runs."""

from pathlib import Path

import msgspec
import pytest

from app.settings.knobs import fixed_by, in_force, knob, turned
from app.settings.load import load
from app.settings.schema import Settings
from app.settings.sources import COMMAND_LINE, ENVIRONMENT, Sources


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


def test_what_is_stored_for_an_addon_is_no_knob_and_nothing_to_warn_about() -> None:
    """Spec: architecture.md 8.7."""
    assert in_force(Settings(), {"addon.greeter": '{"enabled":false}'}) == (Settings(), ())


@pytest.mark.parametrize(
    ("source", "fixed"),
    [
        (ENVIRONMENT, "IDLE_S"),
        (COMMAND_LINE, "--idle-s"),
        ("config.toml", "[limits] idle_s in config.toml"),
    ],
)
def test_what_is_set_at_the_start_holds_over_what_is_stored(source: str, fixed: str) -> None:
    """Spec: admin-ui.md 2.3, Settings: fixed by environment is read-only with the variable's name."""
    settings = msgspec.structs.replace(Settings(), sources=Sources({"idle_s": source}))

    changed, unusable = in_force(settings, {"idle_s": "5", "waiting_line": "6"})

    assert (changed.limits.idle_s, changed.pool.waiting_line) == (120.0, 6)
    assert fixed_by(settings, "idle_s") == fixed
    assert unusable == (f"idle_s: it is set by {fixed}",)


def test_the_loader_tells_where_each_value_came_from(tmp_path: Path) -> None:
    """Spec: admin-ui.md 2.3, Settings: default, file, environment."""
    config = tmp_path / "config.toml"
    config.write_text("[limits]\nidle_s = 5\nheader_s = 6\n")

    settings = load({"HEADER_S": "7"}, config=config, flags={"port": 1}).settings

    assert settings.sources.named == {"idle_s": "config.toml", "header_s": ENVIRONMENT, "port": COMMAND_LINE}
