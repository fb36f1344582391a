"""What a caller's wish about thinking comes to on a given model.

Pure: tables and one function. The wish is what a dialect parsed; the settled form is what a codec spells.
Source: anthropic.md 7.1, 8.1-8.3; openai.md 5.7; upstream.md 4.4.
Never: looking at history (that is `sanitize_thinking`) or spelling a wire format.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from app.catalog.profile import Family, ModelProfile, ThinkingRange
from app.errors import BadRequest
from app.ir.prompt import Thinking

Note: TypeAlias = Literal["thinking-downgraded", "max-tokens-clamped"]

DYNAMIC: Final = -1
"""Budget that lets the model decide."""

MAXIMUM: Final = 1_000_000_000
"""In effort tables: as much as the model can."""

LEAST_BUDGET: Final = 1024
"""Below this a budget is not worth having; Claude refuses it."""


class Settled(Struct, frozen=True):
    """The result. `max_tokens` is the output limit to send, None to send none.

    `notes` say what was not as the caller wished, with a sentence for the operator.
    """

    thinking: Thinking
    max_tokens: int | None
    notes: tuple[tuple[Note, str], ...] = ()


class DialectRules(Struct, frozen=True):
    """How one client API reads thinking. All numbers are tokens.

    `efforts` maps words to budgets; a word that is not in it is refused where `strict_efforts`, else
    stands for `default_budget`. `by_name`: silence means off unless the model's name asks for thinking;
    otherwise the model's own habit decides. `half_of_limit`: the budget takes at most half of the
    caller's limit, else all of it but one token. `default_max_tokens` applies where the caller has no
    limit; 0 is for none, save on Claude, where the limit must lie above the budget by `headroom`.
    """

    efforts: Mapping[str, int]
    default_budget: int
    strict_efforts: bool
    by_name: bool
    half_of_limit: bool
    default_max_tokens: int
    headroom: int = 0


ANTHROPIC: Final = DialectRules(
    efforts={"minimal": 1024, "low": 2048, "medium": 4096, "high": 8192, "xhigh": 12288, "max": 16384},
    default_budget=4096,
    strict_efforts=False,
    by_name=True,
    half_of_limit=False,
    default_max_tokens=8192,
)
OPENAI: Final = DialectRules(
    efforts={
        "none": 0,
        "minimal": 1024,
        "low": 1024,
        "medium": 8192,
        "high": 24576,
        "xhigh": MAXIMUM,
        "max": MAXIMUM,
        "auto": DYNAMIC,
    },
    default_budget=8192,
    strict_efforts=True,
    by_name=False,
    half_of_limit=True,
    default_max_tokens=0,
    headroom=32768,
)
RULES: Final[Mapping[str, DialectRules]] = {
    "anthropic": ANTHROPIC,
    "openai_chat": OPENAI,
    "openai_responses": OPENAI,
    "gemini": OPENAI,
}

_LEVEL_ORDER: Final = ("minimal", "low", "medium", "high")
_LEVEL_OF_EFFORT: Final[Mapping[str, str]] = {
    "none": "minimal",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_LEVEL_OF_BUDGET: Final = ((1024, "minimal"), (4096, "low"), (16384, "medium"))
_NEVER_WITH_FORCED_TOOL: Final[frozenset[Family]] = frozenset({"claude"})
_LIMIT_ABOVE_BUDGET: Final[frozenset[Family]] = frozenset({"claude"})


def settle(
    wish: Thinking, profile: ModelProfile, *, dialect: str, max_tokens: int | None, forced_tool: bool
) -> Settled:
    """`wish` made definite for `profile`. Raises BadRequest for an effort word that nobody knows."""
    rules = RULES.get(dialect, OPENAI)
    limit, notes = _limit(max_tokens, profile, rules)
    budget = _asked_budget(wish, profile, rules)
    if budget is None:
        return _without(profile, rules, limit, notes)
    if profile.thinking is None:
        told = wish.mode == "on"
        return _without(profile, rules, limit, notes, "the model does not think" if told else "")
    if forced_tool and profile.family in _NEVER_WITH_FORCED_TOOL:
        return _without(profile, rules, limit, notes, "a tool call was demanded")
    fitted = _fit(_within(budget, profile.thinking, rules), limit, profile, rules)
    if fitted is None:
        return _without(profile, rules, limit, notes, "the output limit leaves no room")
    effort = _level(wish.effort, fitted, profile.thinking)
    thinking = Thinking("on", fitted, effort, shown=wish.shown and budget != 0, settled=True)
    return Settled(thinking, _limit_above(fitted, limit, profile, rules), notes)


def without_thinking(settled: Settled, why: str) -> Settled:
    """`settled` with thinking off after all, and a note that says why."""
    notes = settled.notes if not why else (*settled.notes, ("thinking-downgraded", f"thinking is off: {why}"))
    return Settled(Thinking("off", shown=False, settled=True), settled.max_tokens, notes)


def _without(
    profile: ModelProfile,
    rules: DialectRules,
    limit: int | None,
    notes: tuple[tuple[Note, str], ...],
    why: str = "",
) -> Settled:
    return without_thinking(Settled(Thinking(), _limit_above(0, limit, profile, rules), notes), why)


def _limit_above(budget: int, limit: int | None, profile: ModelProfile, rules: DialectRules) -> int | None:
    """The limit to send: on models that want one above the budget, one is made up where none was given."""
    if limit is not None or profile.family not in _LIMIT_ABOVE_BUDGET:
        return limit
    return min(profile.max_output or MAXIMUM, max(budget, 0) + rules.headroom)


def _limit(
    max_tokens: int | None, profile: ModelProfile, rules: DialectRules
) -> tuple[int | None, tuple[tuple[Note, str], ...]]:
    wanted = max_tokens or rules.default_max_tokens or None
    if wanted is None or profile.max_output is None or wanted <= profile.max_output:
        return wanted, ()
    text = f"{wanted} output tokens were asked for, {profile.max_output} is the most"
    return profile.max_output, (("max-tokens-clamped", text),) if max_tokens else ()


def _asked_budget(wish: Thinking, profile: ModelProfile, rules: DialectRules) -> int | None:
    """The budget as asked, None for no thinking. An explicit number goes before a word."""
    by_word = _budget_of(wish.effort, rules)
    match wish.mode:
        case "off":
            budget: int | None = 0
        case "on":
            # "On" without a size leaves a model that thinks by habit to its own.
            by_habit = profile.default_thinking and not rules.by_name
            usual = profile.default_budget if by_habit else rules.default_budget
            budget = _first(wish.budget, by_word, usual)
        case _ if rules.by_name:
            budget = profile.default_budget if profile.named_thinking else 0
        case _:
            usual = profile.default_budget if profile.default_thinking else 0
            budget = _first(wish.budget, by_word, usual)
    if budget == DYNAMIC and not (profile.thinking and profile.thinking.dynamic):
        return rules.default_budget
    if budget == 0 and (rules.by_name or profile.thinking is None or profile.thinking.can_stop):
        return None
    return budget


def _budget_of(effort: str | None, rules: DialectRules) -> int | None:
    if effort is None:
        return None
    budget = rules.efforts.get(effort.lower())
    if budget is None and rules.strict_efforts:
        known = ", ".join(rules.efforts)
        raise BadRequest(
            f"`{effort[:50]}` is not a known effort; use one of {known}.", where="reasoning_effort"
        )
    return budget


def _within(budget: int, thinking: ThinkingRange, rules: DialectRules) -> int:
    if budget == DYNAMIC:
        return budget
    least = max(thinking.least, LEAST_BUDGET) if rules.by_name else thinking.least
    return max(least, min(budget, thinking.most))


def _fit(budget: int, limit: int | None, profile: ModelProfile, rules: DialectRules) -> int | None:
    """`budget` made to leave room under the output limit; None when nothing worth having is left.

    A model that cannot stop thinking gets its least instead of None where the dialect shares the limit.
    """
    thinking = profile.thinking
    ceiling = limit
    if ceiling is None and profile.family in _LIMIT_ABOVE_BUDGET:
        ceiling = profile.max_output
    if ceiling is None or thinking is None or budget == DYNAMIC:
        return budget
    room = ceiling // 2 if rules.half_of_limit else ceiling - 1
    if budget <= room:
        return budget
    if room >= LEAST_BUDGET:
        return room
    return thinking.least if rules.half_of_limit and 0 < thinking.least <= room else None


def _level(effort: str | None, budget: int, thinking: ThinkingRange) -> str | None:
    """The word for models that take words; None lets the model decide."""
    if thinking.style != "level" or budget == DYNAMIC or not thinking.levels:
        return None
    word = _LEVEL_OF_EFFORT.get((effort or "").lower())
    if word is None:
        word = next((name for most, name in _LEVEL_OF_BUDGET if budget <= most), "high")
    wanted = _LEVEL_ORDER.index(word)
    # The next stronger word that the model has: `medium` on a model with `low` and `high` is `high`.
    return next((name for name in thinking.levels if _LEVEL_ORDER.index(name) >= wanted), thinking.levels[-1])


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
