import pytest
from msgspec import structs

from app.catalog.catalog import Catalog
from app.catalog.profile import ModelProfile, ThinkingRange
from app.catalog.thinking import Settled, settle, without_thinking
from app.errors import BadRequest
from app.ir.prompt import Thinking

CATALOG = Catalog()
CLAUDE = CATALOG.resolve("claude-sonnet-4-6")
PRO = CATALOG.resolve("gemini-3-pro-high")
FLASH = CATALOG.resolve("gemini-2.5-flash")


def settled(
    wish: Thinking,
    profile: ModelProfile = CLAUDE,
    dialect: str = "anthropic",
    max_tokens: int | None = 32000,
    *,
    forced_tool: bool = False,
) -> Settled:
    return settle(wish, profile, dialect=dialect, max_tokens=max_tokens, forced_tool=forced_tool)


def words(outcome: Settled) -> list[str]:
    return [word for word, _ in outcome.notes]


def on(budget: int | None = None, effort: str | None = None) -> Thinking:
    return Thinking("on", budget=budget, effort=effort)


@pytest.mark.parametrize(
    ("effort", "budget"),
    [
        ("minimal", 1024),
        ("low", 2048),
        ("medium", 4096),
        ("high", 8192),
        ("xhigh", 12288),
        ("max", 16384),
        ("strange", 4096),
        (None, 4096),
    ],
)
def test_anthropic_efforts_are_budgets(effort: str | None, budget: int) -> None:
    """anthropic.md 8.3."""
    assert settled(on(effort=effort)).thinking == Thinking("on", budget, settled=True)


@pytest.mark.parametrize(
    ("asked", "max_tokens", "budget"),
    [
        (31999, 32000, 31999),
        (4000, 32000, 4000),
        (500, 32000, 1024),
        (100_000, 128_000, 63_999),
        (2048, 2048, 2047),
        (2048, 1025, 1024),
        (16000, None, 8191),
    ],
)
def test_anthropic_budgets_fit_the_model_and_the_limit(
    asked: int, max_tokens: int | None, budget: int
) -> None:
    """anthropic.md 8.2."""
    outcome = settled(on(asked), max_tokens=max_tokens)

    assert outcome.thinking.budget == budget
    assert outcome.max_tokens is not None
    assert outcome.max_tokens > budget


def test_an_explicit_budget_goes_before_an_effort() -> None:
    """anthropic.md 8.3, openai.md 5.7."""
    assert settled(on(3000, "max")).thinking.budget == 3000
    assert settled(on(3000, "max"), dialect="openai_chat").thinking.budget == 3000


def test_a_limit_without_room_switches_thinking_off_and_says_so() -> None:
    """anthropic.md 8.2."""
    outcome = settled(on(2048), max_tokens=1024)

    assert outcome.thinking == Thinking("off", shown=False, settled=True)
    assert words(outcome) == ["thinking-downgraded"]
    assert outcome.max_tokens == 1024


def test_a_forced_tool_switches_thinking_off_on_claude_only() -> None:
    """anthropic.md 8.1, openai.md 5.5."""
    assert settled(on(2048), forced_tool=True).thinking.mode == "off"
    assert settled(on(2048), forced_tool=True, dialect="openai_chat").thinking.mode == "off"
    assert settled(on(2048), FLASH, forced_tool=True).thinking.mode == "on"


def test_a_model_that_cannot_think_does_not_and_says_so() -> None:
    """anthropic.md 8.1, openai.md 5.7: gpt-oss."""
    asked = settled(on(2048), CATALOG.resolve("gpt-oss-120b-medium"))
    silent = settled(Thinking(effort="high"), CATALOG.resolve("gpt-oss-120b-medium"), "openai_chat")

    assert asked.thinking.mode == silent.thinking.mode == "off"
    assert (words(asked), words(silent)) == (["thinking-downgraded"], [])


def test_silence_means_off_for_anthropic_unless_the_name_says_thinking() -> None:
    """anthropic.md 8.1."""
    assert settled(Thinking()).thinking.mode == "off"
    assert settled(Thinking(), PRO).thinking.mode == "off"
    assert settled(Thinking(), CATALOG.resolve("claude-opus-5-5-thinking")).thinking.budget == 4096


def test_silence_means_the_models_habit_for_openai() -> None:
    """openai.md 5.7, last of the precedence."""
    assert settled(Thinking(), CLAUDE, "openai_chat").thinking.mode == "off"
    assert settled(Thinking(), FLASH, "openai_chat").thinking.mode == "off"
    assert settled(Thinking(), PRO, "openai_chat", None).thinking.budget == 10001
    assert (
        settled(Thinking(), CATALOG.resolve("claude-sonnet-4-5-thinking"), "openai_chat").thinking.mode
        == "on"
    )


def test_on_without_a_size_leaves_openai_models_to_their_habit() -> None:
    """openai.md 5.7: models that encode the level in their name keep it unless the client says otherwise."""
    low = CATALOG.resolve("gemini-3-pro-low")

    assert settled(on(), low, "openai_chat").thinking.budget == 1001
    assert settled(on(effort="medium"), low, "openai_chat").thinking.budget == 8192
    assert settled(on(), CLAUDE, "openai_chat").thinking.budget == 8192
    assert settled(on(), low).thinking.budget == 4096


def test_off_is_off() -> None:
    """anthropic.md 8.1: and an effort does not change it."""
    outcome = settled(Thinking("off", effort="high"))

    assert outcome.thinking == Thinking("off", shown=False, settled=True)
    assert outcome.notes == ()


@pytest.mark.parametrize(
    ("effort", "budget"),
    [("minimal", 1024), ("low", 1024), ("medium", 8192), ("high", 24576), ("xhigh", 32768), ("max", 32768)],
)
def test_openai_efforts_are_budgets(effort: str, budget: int) -> None:
    """openai.md 5.7."""
    assert settled(Thinking(effort=effort), PRO, "openai_chat", None).thinking.budget == budget


def test_the_effort_none_stops_what_can_be_stopped_and_hides_the_rest() -> None:
    """openai.md 5.7: zero, clamped to the model's range."""
    flash = settled(Thinking(effort="none"), FLASH, "openai_chat").thinking
    pro = settled(Thinking(effort="none"), PRO, "openai_chat").thinking

    assert flash.mode == "off"
    assert pro == Thinking("on", 128, shown=False, settled=True)


def test_auto_is_dynamic_where_the_model_takes_it() -> None:
    """openai.md 5.7."""
    assert settled(Thinking(effort="auto"), FLASH, "openai_chat").thinking.budget == -1
    assert settled(Thinking(effort="auto"), CLAUDE, "openai_chat").thinking.budget == 8192


def test_an_unknown_effort_is_refused_for_openai() -> None:
    """openai.md 5.7."""
    with pytest.raises(BadRequest) as refusal:
        settled(Thinking(effort="enormous"), FLASH, "openai_chat")

    assert refusal.value.where == "reasoning_effort"


@pytest.mark.parametrize(
    ("limit", "budget"),
    [(10000, 5000), (2048, 1024), (100_000, 24576)],
)
def test_openai_budgets_take_at_most_half_of_the_limit(limit: int, budget: int) -> None:
    """openai.md 5.7: the limit includes reasoning and is never exceeded."""
    outcome = settled(Thinking(effort="high"), CLAUDE, "openai_chat", limit)

    assert outcome.thinking.budget == budget
    assert outcome.max_tokens == min(limit, 64000)


def test_openai_with_a_small_limit_does_without_thinking() -> None:
    """openai.md 5.7."""
    outcome = settled(Thinking(effort="high"), CLAUDE, "openai_chat", 2000)

    assert outcome.thinking.mode == "off"
    assert words(outcome) == ["thinking-downgraded"]


def test_a_model_that_always_thinks_gets_its_least_under_a_small_limit() -> None:
    assert settled(Thinking(), PRO, "openai_chat", 1000).thinking.budget == 128


@pytest.mark.parametrize(
    ("effort", "limit"),
    [("medium", 8192 + 32768), ("high", 24576 + 32768), ("none", 32768), ("max", 64000)],
)
def test_openai_without_limit_gives_claude_one_above_the_budget(effort: str, limit: int) -> None:
    """openai.md 5.7."""
    outcome = settled(Thinking(effort=effort), CLAUDE, "openai_chat", None)

    assert outcome.max_tokens == limit
    assert (outcome.thinking.budget or 0) < limit


def test_openai_without_limit_gives_gemini_none() -> None:
    """openai.md 5.7."""
    assert settled(Thinking(effort="high"), FLASH, "openai_chat", None).max_tokens is None


def test_a_limit_above_the_models_is_clamped_and_said() -> None:
    """anthropic.md 7.1."""
    outcome = settled(Thinking(), max_tokens=128_000)

    assert outcome.max_tokens == 64_000
    assert words(outcome) == ["max-tokens-clamped"]


def test_anthropic_without_limit_gets_the_default() -> None:
    """anthropic.md 24."""
    assert settled(Thinking(), max_tokens=None).max_tokens == 8192


def test_a_model_without_declared_limit_takes_any() -> None:
    assert settled(Thinking(), CATALOG.resolve("gemini-3-pro-image"), max_tokens=99_999).max_tokens == 99_999


@pytest.mark.parametrize(
    ("levels", "effort", "budget", "level"),
    [
        (("minimal", "low", "medium", "high"), "none", None, "minimal"),
        (("minimal", "low", "medium", "high"), "medium", None, "medium"),
        (("low", "high"), "minimal", None, "low"),
        (("low", "high"), "medium", None, "high"),
        (("low", "high"), "max", None, "high"),
        (("minimal", "low"), "high", None, "low"),
        (("minimal", "low", "medium", "high"), None, 900, "minimal"),
        (("minimal", "low", "medium", "high"), None, 3000, "low"),
        (("minimal", "low", "medium", "high"), None, 30000, "high"),
        (("minimal", "low", "medium", "high"), "auto", None, None),
        ((), "high", None, None),
    ],
)
def test_models_that_take_words_get_the_nearest(
    levels: tuple[str, ...], effort: str | None, budget: int | None, level: str | None
) -> None:
    """openai.md 5.7, the level columns."""
    thinking = ThinkingRange(128, 32768, can_stop=False, dynamic=True, style="level", levels=levels)
    profile = structs.replace(PRO, thinking=thinking)

    assert (
        settled(Thinking(effort=effort, budget=budget), profile, "openai_chat", None).thinking.effort == level
    )


def test_hidden_thoughts_stay_hidden() -> None:
    """openai.md 5.7: exclusion only suppresses output."""
    outcome = settled(Thinking("on", 2048, shown=False), FLASH, "openai_chat")

    assert (outcome.thinking.mode, outcome.thinking.shown) == ("on", False)


def test_thinking_can_be_taken_back_with_or_without_a_word() -> None:
    outcome = settled(on(2048))

    assert words(without_thinking(outcome, "a thought is lost")) == ["thinking-downgraded"]
    assert without_thinking(outcome, "").notes == ()
    assert without_thinking(outcome, "").thinking.mode == "off"
