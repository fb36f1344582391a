from pathlib import Path

import msgspec

from app.catalog.builtin import PROFILES
from app.simulator.catalog import load_catalog
from app.simulator.options import SimulatorOptions

SEED_UPSTREAM_IDS = (
    "gemini-3-pro-high",
    "gemini-3-pro-low",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-thinking",
    "gemini-2.5-flash-lite",
    "gemini-3-pro-image",
    "claude-opus-4-5-thinking",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-thinking",
    "gpt-oss-120b-medium",
)


def test_the_seed_list_works_as_it_is_in_january() -> None:
    """upstream.md 4.1, 4.2."""
    catalog = load_catalog("catalog-2026-01")

    assert all(catalog.find(model_id) is not None for model_id in SEED_UPSTREAM_IDS)
    assert catalog.find("claude-opus-4-5") is None


def test_retired_ids_are_absent_and_listed_in_august() -> None:
    """upstream.md 4.1."""
    catalog = load_catalog("catalog-2026-08")

    for old, new in catalog.deprecated.items():
        assert catalog.find(old) is None
        assert catalog.find(new) is not None
    assert "claude-sonnet-4-5" in catalog.deprecated


def test_every_model_that_the_gateway_offers_is_there_in_the_era_that_the_demo_plays() -> None:
    """upstream.md 4.2, 4.3."""
    catalog = load_catalog(SimulatorOptions().catalog)

    assert [profile.id for profile in PROFILES if catalog.find(profile.wire_id) is None] == []


def test_the_newest_claude_takes_no_prefill_and_the_older_one_does() -> None:
    """upstream.md 5.4."""
    new = load_catalog("catalog-2026-08").find("claude-sonnet-4-6")
    old = load_catalog("catalog-2026-01").find("claude-sonnet-4-5")

    assert new is not None
    assert old is not None
    assert (new.prefill, old.prefill) == (False, True)


def test_a_model_is_found_with_the_prefix_of_its_resource_name() -> None:
    """upstream.md 3.8."""
    found = load_catalog("catalog-2026-08").find("models/gemini-3-flash")

    assert found is not None
    assert found.context == 1_048_576


def test_a_catalogue_can_come_from_a_file(tmp_path: Path) -> None:
    """upstream.md 9.2: overridable by file."""
    catalog = msgspec.structs.replace(load_catalog("catalog-2026-08"), name="mine")
    path = tmp_path / "mine.json"
    path.write_bytes(msgspec.json.encode(catalog))

    assert load_catalog(str(path)) == catalog
