"""Values for addons' options, as they were given. Source: architecture.md 8.7."""

from pathlib import Path

from app.settings.addons import AddonValues
from app.settings.load import load

CONFIG = """
[addons]
addons = ["mine.py"]
watch_addons = true

[addons.greeter]
words = "hello"

[addons.other]
secret = "a-secret-to-hide"
"""


def test_tables_below_addons_are_options_and_the_rest_are_settings(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    environ = {"ADDON_GREETER_WORDS": "good day", "ADDON_X": " ", "OTHER": "1"}

    loaded = load(environ, config=config)

    assert loaded.remarks == ()
    assert loaded.settings.addons.addons == ("mine.py",)
    assert loaded.settings.addons.watch_addons
    assert loaded.settings.addon_values == AddonValues(
        {"greeter": {"words": "hello"}, "other": {"secret": "a-secret-to-hide"}},
        {"ADDON_GREETER_WORDS": "good day"},
    )


def test_values_are_not_shown(tmp_path: Path) -> None:
    """threats.md S14: any of them may be a secret."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)

    shown = repr(load({"ADDON_A_B": "another-to-hide"}, config=config).settings)

    assert "to-hide" not in shown
    assert "greeter" in shown
