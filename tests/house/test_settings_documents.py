"""The two documents that are made from the settings tree are the ones that are committed."""

from pathlib import Path

from app.settings.document import env_example, settings_reference

ROOT = Path(__file__).parents[2]


def test_the_example_environment_is_what_the_settings_tree_gives() -> None:
    """architecture.md 13; make it again with `python -m app.settings.document`."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_the_settings_reference_is_what_the_settings_tree_gives() -> None:
    """architecture.md 13; make it again with `python -m app.settings.document`."""
    assert (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8") == settings_reference()
