import pytest

from app.catalog.catalog import Catalog, canonical
from app.errors import BadRequest, UnknownModel

CATALOG = Catalog()
JANUARY = frozenset(
    {
        "gemini-3-pro-high",
        "gemini-3-pro-low",
        "gemini-3-flash",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
        "gemini-2.5-flash-thinking",
        "gemini-2.5-flash-lite",
        "gemini-3-pro-image",
        "claude-opus-4-5-thinking",
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-thinking",
        "gpt-oss-120b-medium",
        "tab_flash_lite_preview",
    }
)


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("claude-opus-5-5", "claude-opus-4-6-thinking"),
        ("claude-sonnet-5-5", "claude-sonnet-4-6"),
        ("claude-haiku-5-5", "claude-sonnet-4-6"),
        ("claude-fable-5-2", "claude-opus-4-6-thinking"),
        ("claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("claude-opus-4-5-20251101", "claude-opus-4-6-thinking"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-6"),
        ("claude-haiku-4-5-20251001", "claude-sonnet-4-6"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4-6"),
        ("claude-3-5-haiku-20241022", "claude-sonnet-4-6"),
        ("claude-3-7-sonnet-20250219", "claude-sonnet-4-6"),
        ("claude-opus-4-1-20250805", "claude-opus-4-6-thinking"),
        ("claude-mythos-1", "claude-opus-4-6-thinking"),
        ("opus", "claude-opus-4-6-thinking"),
        ("opusplan", "claude-opus-4-6-thinking"),
        ("sonnet", "claude-sonnet-4-6"),
        ("haiku", "claude-sonnet-4-6"),
        ("claude", "claude-sonnet-4-6"),
        ("claude-2.1", "claude-sonnet-4-6"),
        ("claude-instant-1.2", "claude-sonnet-4-6"),
        ("claude-whatever", "claude-sonnet-4-6"),
        ("gemini-3-pro-preview", "gemini-pro-agent"),
        ("gemini-3-pro-image-preview", "gemini-3.1-flash-image"),
        ("gemini-1.5-pro-002", "gemini-2.5-pro"),
        ("gemini-2.0-flash-exp", "gemini-2.5-flash"),
        ("gemini-2.0-flash-lite", "gemini-2.5-flash-lite"),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
        ("gemini-flash-latest", "gemini-3-flash"),
        ("gpt-oss-120b", "gpt-oss-120b-medium"),
    ],
)
def test_names_that_clients_send_have_a_target(asked: str, target: str) -> None:
    """anthropic.md 19.3, upstream.md 4.3."""
    assert CATALOG.resolve(asked).wire_id == target


@pytest.mark.parametrize(
    "asked",
    [
        " Claude-Sonnet-4-5 ",
        "claude-sonnet-4.5",
        "claude-sonnet-4-5[1m]",
        "anthropic/claude-sonnet-4.5",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5@20250929",
        "claude-sonnet-4-5-latest",
        "openrouter/anthropic/claude-sonnet-4-5",
        "models/claude-sonnet-4-5",
    ],
)
def test_what_vendors_hang_on_to_a_name_does_not_matter(asked: str) -> None:
    """anthropic.md 19.3 step 1."""
    assert CATALOG.resolve(asked).id == "claude-sonnet-4-5"


@pytest.mark.parametrize(
    "asked", ["gpt-4o", "", "llama", "gemini-9-ultra", "chat_20706", "x" * 5000, "-low" * 60]
)
def test_a_name_that_means_nothing_is_refused(asked: str) -> None:
    """anthropic.md 19.3, last line."""
    with pytest.raises(UnknownModel):
        CATALOG.resolve(asked)


def test_a_thinking_suffix_changes_the_habit_and_not_the_target() -> None:
    """anthropic.md 19.3: a suffix selects 8.1's default."""
    plain, thinking = CATALOG.resolve("claude-opus-5-5"), CATALOG.resolve("claude-opus-5-5-thinking")

    assert thinking.wire_id == plain.wire_id
    assert (plain.named_thinking, thinking.named_thinking) == (False, True)
    assert thinking.default_thinking


def test_an_effort_suffix_asks_for_thinking_of_that_size() -> None:
    """openai.md 5.1: suffixes such as `-thinking`, `-high`."""
    profile = CATALOG.resolve("gemini-2.5-flash-high")

    assert (profile.id, profile.default_thinking, profile.default_budget) == ("gemini-2.5-flash", True, 24576)


def test_a_suffix_that_belongs_to_the_id_stays_part_of_it() -> None:
    assert CATALOG.resolve("gemini-3-pro-low").id == "gemini-3-pro-low"
    assert CATALOG.resolve("gemini-3.5-flash-low").default_budget == 4000


def test_a_suffix_cannot_make_a_model_think_that_does_not() -> None:
    assert CATALOG.resolve("gpt-oss-120b-high").thinking is None


def test_the_operators_exact_name_goes_before_a_pattern_and_both_before_the_rules() -> None:
    """anthropic.md 19.3 step 2."""
    catalog = Catalog(
        operator_aliases={
            "claude-*": "gemini-2.5-flash",
            "claude-sonnet-*": "gemini-2.5-pro",
            "gpt-4o": "claude-sonnet-4-6",
            "claude-sonnet-4-6": "claude-opus-4-6",
        }
    )

    assert catalog.resolve("claude-sonnet-4-6").id == "claude-opus-4-6"
    assert catalog.resolve("claude-sonnet-4-5").id == "gemini-2.5-pro"
    assert catalog.resolve("claude-opus-4-5").id == "gemini-2.5-flash"
    assert catalog.resolve("GPT-4o").id == "claude-sonnet-4-6"


def test_an_alias_to_nowhere_is_as_if_it_were_not_there() -> None:
    catalog = Catalog(operator_aliases={"claude-sonnet-4-5": "no-such-model"})

    assert catalog.resolve("claude-sonnet-4-5").id == "claude-sonnet-4-5"


def test_lists_show_the_newest_first_and_each_name_once() -> None:
    """anthropic.md 19.1."""
    offered = CATALOG.offered()

    assert [p.created for p in offered] == sorted((p.created for p in offered), reverse=True)
    assert len({p.id for p in offered}) == len(offered)
    assert {"claude-opus-4-6", "claude-haiku-4-5", "gemini-2.5-pro"} <= {p.id for p in offered}


def test_lists_show_the_operators_exact_names_under_these_names() -> None:
    """openai.md 11: plus configured aliases."""
    catalog = Catalog(
        operator_aliases={"fast": "gemini-2.5-flash", "gpt-*": "gemini-2.5-pro", "lost": "nowhere"}
    )

    shown = {profile.id: profile.wire_id for profile in catalog.offered()}

    assert shown["fast"] == "gemini-2.5-flash"
    assert "gpt-*" not in shown
    assert "lost" not in shown


def test_the_search_model_is_one_that_can_search() -> None:
    """upstream.md 5.12."""
    assert CATALOG.search_model().id == "gemini-2.5-flash"


def test_without_a_search_model_a_search_is_refused() -> None:
    with pytest.raises(BadRequest):
        Catalog(profile for profile in CATALOG.offered() if not profile.search).search_model()


def test_no_news_is_no_change() -> None:
    assert CATALOG.with_live(frozenset(), {"a": "b"}) is CATALOG


def test_an_older_upstream_is_asked_by_the_ids_it_has() -> None:
    """upstream.md 4.1: both eras work with the seed list as it is."""
    january = CATALOG.with_live(JANUARY, {})

    assert january.resolve("gemini-3-pro-high").wire_id == "gemini-3-pro-high"
    assert january.resolve("claude-opus-4-5").wire_id == "claude-opus-4-5-thinking"
    assert january.resolve("claude-sonnet-4-5-thinking").wire_id == "claude-sonnet-4-5-thinking"
    assert january.resolve("claude-opus-5-5").wire_id == "claude-opus-4-5-thinking"
    assert january.resolve("gemini-3-pro-image").wire_id == "gemini-3-pro-image"


def test_a_vanished_model_gives_way_to_its_successor_and_its_successors_successor() -> None:
    """upstream.md 4.5: deprecatedModelIds."""
    live = Catalog().with_live(
        frozenset({"gemini-next", "claude-sonnet-4-6"}),
        {
            "gemini-pro-agent": "gemini-4-pro",
            "gemini-4-pro": "gemini-next",
            "gemini-2.5-pro": "gemini-2.5-pro",
        },
    )

    assert live.resolve("gemini-3-pro-high").wire_id == "gemini-next"
    with pytest.raises(UnknownModel):
        live.resolve("gpt-oss-120b-medium")


def test_a_target_that_vanished_falls_to_the_newest_of_its_family() -> None:
    """anthropic.md 19.3."""
    live = Catalog().with_live(frozenset({"claude-sonnet-4-6", "gemini-2.5-flash"}), {})

    assert live.resolve("claude-opus-5-5").wire_id == "claude-sonnet-4-6"


def test_a_model_that_appears_is_offered_with_the_rules_of_its_family() -> None:
    """anthropic.md 19.3 step 3; openai.md 6: covered on the day it appears."""
    live = Catalog().with_live(frozenset({"gemini-4.2-flash-tiered", "claude-opus-5-1", "chat_31337"}), {})

    fresh = live.resolve("gemini-4.2-flash-tiered")
    assert (fresh.wire_id, fresh.family, fresh.needs_call_signatures) == (
        "gemini-4.2-flash-tiered",
        "gemini",
        True,
    )
    assert live.resolve("claude-opus-5-1").group == "3p"
    assert {profile.id for profile in live.offered()} == {"gemini-4.2-flash-tiered", "claude-opus-5-1"}


def test_canonical_names_stay_as_they_are() -> None:
    for profile in CATALOG.offered():
        assert canonical(canonical(profile.id)) == canonical(profile.id)
        assert CATALOG.resolve(profile.id).id == profile.id
