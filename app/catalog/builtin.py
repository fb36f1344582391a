"""The models as shipped: data, refreshed at run time by what the upstream lists.

The upstream renames models every few weeks, so a profile keeps the name clients know in `id` and the name
the upstream answers to in `wire_id`. Source: upstream.md 4.2 and 4.3, the state of August 2026.
Never: a rule that looks at a request.
"""

from datetime import UTC, date, datetime
from typing import Final

from app.catalog.profile import ModelProfile, ThinkingRange

GEMINI_GROUP: Final = "gemini"
OTHERS_GROUP: Final = "3p"

_MILLION: Final = 1_048_576
_PRO: Final = ThinkingRange(128, 32768, can_stop=False, dynamic=True, levels=("low", "high"))
_PRO_3_1: Final = ThinkingRange(128, 32768, can_stop=False, dynamic=True, levels=("low", "medium", "high"))
_FLASH_2: Final = ThinkingRange(0, 24576, dynamic=True)
_FLASH_LITE_2: Final = ThinkingRange(512, 24576, dynamic=True)
_FLASH_3: Final = ThinkingRange(128, 32768, dynamic=True, levels=("minimal", "low", "medium", "high"))
_FLASH_3_7: Final = ThinkingRange(128, 32768, dynamic=True, levels=("low", "medium", "high"))
# Claude takes -1 upstream as well, but a fixed number is what keeps the budget below the output limit.
_CLAUDE: Final = ThinkingRange(1024, 64000)


def _day(text: str) -> int:
    return int(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).timestamp())


def _gemini(
    id_: str,
    name: str,
    released: str,
    *,
    wire: str = "",
    thinking: ThinkingRange | None = _FLASH_3,
    budget: int | None = None,
    max_output: int | None = 65536,
    prefill: bool = True,
    search: bool = False,
    signed_calls: bool = True,
    named_thinking: bool = False,
) -> ModelProfile:
    """A Gemini model; with `budget`, its official value, it thinks unless told not to."""
    return ModelProfile(
        id=id_,
        wire_id=wire or id_,
        family="gemini",
        display_name=name,
        group=GEMINI_GROUP,
        max_input=_MILLION,
        max_output=max_output,
        thinking=thinking,
        default_thinking=budget is not None,
        default_budget=budget or 4096,
        named_thinking=named_thinking,
        created=_day(released),
        prefill=prefill,
        search=search,
        needs_call_signatures=signed_calls,
    )


def _image(id_: str, name: str, released: str, *, wire: str = "") -> ModelProfile:
    # No thinkingConfig, no declared output limit, no tools: upstream.md 5.11.
    return ModelProfile(
        id=id_,
        wire_id=wire or id_,
        family="gemini",
        display_name=name,
        group=GEMINI_GROUP,
        max_input=_MILLION,
        max_output=None,
        created=_day(released),
        images_out=True,
    )


def _claude(id_: str, name: str, released: str, *, wire: str, named_thinking: bool = False) -> ModelProfile:
    # The models behind these ids refuse prefill since 4.6: upstream.md 5.4.
    return ModelProfile(
        id=id_,
        wire_id=wire,
        family="claude",
        display_name=name,
        group=OTHERS_GROUP,
        max_input=200_000,
        max_output=64_000,
        thinking=_CLAUDE,
        default_thinking=named_thinking,
        named_thinking=named_thinking,
        created=_day(released),
        prefill=False,
    )


_OPUS: Final = "claude-opus-4-6-thinking"
_SONNET: Final = "claude-sonnet-4-6"

SEED: Final = (
    _gemini(
        "gemini-3-pro-high",
        "Gemini 3 Pro (High)",
        "2025-11-18",
        wire="gemini-pro-agent",
        thinking=_PRO,
        budget=10001,
        max_output=65535,
    ),
    _gemini(
        "gemini-3-pro-low",
        "Gemini 3 Pro (Low)",
        "2025-11-18",
        wire="gemini-3.1-pro-low",
        thinking=_PRO,
        budget=1001,
        max_output=65535,
    ),
    _gemini(
        "gemini-2.5-pro",
        "Gemini 2.5 Pro",
        "2025-06-17",
        thinking=_PRO,
        budget=8192,
        max_output=65535,
        signed_calls=False,
    ),
    _gemini(
        "gemini-2.5-flash",
        "Gemini 2.5 Flash",
        "2025-06-17",
        thinking=_FLASH_2,
        max_output=65535,
        signed_calls=False,
        search=True,
    ),
    _gemini(
        "gemini-2.5-flash-thinking",
        "Gemini 2.5 Flash (Thinking)",
        "2025-06-17",
        thinking=_FLASH_2,
        budget=4096,
        max_output=65535,
        signed_calls=False,
        named_thinking=True,
    ),
    _gemini(
        "gemini-2.5-flash-lite",
        "Gemini 2.5 Flash Lite",
        "2025-07-22",
        thinking=_FLASH_LITE_2,
        max_output=65535,
        signed_calls=False,
    ),
    _image("gemini-3-pro-image", "Gemini 3 Pro Image", "2025-11-20", wire="gemini-3.1-flash-image"),
    _claude("claude-opus-4-5", "Claude Opus 4.5", "2025-11-24", wire=_OPUS),
    _claude(
        "claude-opus-4-5-thinking",
        "Claude Opus 4.5 (Thinking)",
        "2025-11-24",
        wire=_OPUS,
        named_thinking=True,
    ),
    _claude("claude-sonnet-4-5", "Claude Sonnet 4.5", "2025-09-29", wire=_SONNET),
    _claude(
        "claude-sonnet-4-5-thinking",
        "Claude Sonnet 4.5 (Thinking)",
        "2025-09-29",
        wire=_SONNET,
        named_thinking=True,
    ),
    ModelProfile(
        id="gpt-oss-120b-medium",
        wire_id="gpt-oss-120b-medium",
        family="gpt_oss",
        display_name="GPT-OSS 120B (Medium)",
        group=OTHERS_GROUP,
        max_input=131_072,
        max_output=32_768,
        created=_day("2025-08-05"),
        images_in=False,
    ),
)
"""The models this gateway was first made for; their ids stay for good."""

NEWER: Final = (
    _gemini("gemini-3-flash", "Gemini 3 Flash", "2025-12-17", budget=4096, search=True),
    _gemini(
        "gemini-3.1-pro-high",
        "Gemini 3.1 Pro (High)",
        "2026-02-19",
        wire="gemini-pro-agent",
        thinking=_PRO_3_1,
        budget=10001,
        max_output=65535,
    ),
    _gemini(
        "gemini-pro-agent",
        "Gemini 3.1 Pro (High)",
        "2026-07-01",
        thinking=_PRO_3_1,
        budget=10001,
        max_output=65535,
    ),
    _gemini(
        "gemini-3.1-pro-low",
        "Gemini 3.1 Pro (Low)",
        "2026-02-19",
        thinking=_PRO_3_1,
        budget=1001,
        max_output=65535,
    ),
    _gemini("gemini-3-flash-agent", "Gemini 3.5 Flash (High)", "2026-05-20", budget=10000),
    # Id and display name of the next two disagree upstream.
    _gemini("gemini-3.5-flash-low", "Gemini 3.5 Flash (Medium)", "2026-05-20", budget=4000, max_output=65535),
    _gemini(
        "gemini-3.5-flash-extra-low", "Gemini 3.5 Flash (Low)", "2026-05-20", budget=1000, max_output=65535
    ),
    *(
        _gemini(
            f"gemini-3.6-flash-{tier}",
            f"Gemini 3.6 Flash ({tier.title()})",
            "2026-07-15",
            budget=budget,
            prefill=False,
        )
        for tier, budget in (("high", 10000), ("medium", 4000), ("low", 1000))
    ),
    _gemini(
        "gemini-3.7-flash-high",
        "Gemini 3.7 Flash (High)",
        "2026-08-10",
        thinking=_FLASH_3_7,
        budget=10000,
        prefill=False,
    ),
    _gemini(
        "gemini-3.7-flash-tiered",
        "Gemini 3.7 Flash",
        "2026-08-10",
        thinking=_FLASH_3_7,
        budget=4096,
        prefill=False,
    ),
    *(
        _gemini(
            f"gemini-3.8-flash-{tier}",
            f"Gemini 3.8 Flash{label}",
            "2026-09-15",
            thinking=_FLASH_3_7,
            budget=budget,
            prefill=False,
        )
        for tier, label, budget in (
            ("high", " (High)", 10000),
            ("medium", " (Medium)", 4000),
            ("low", " (Low)", 1000),
            ("tiered", "", 4096),
        )
    ),
    _gemini(
        "gemini-3.1-flash-lite",
        "Gemini 3.1 Flash Lite",
        "2026-03-03",
        thinking=_FLASH_2,
        max_output=65535,
        signed_calls=True,
    ),
    _image("gemini-3.1-flash-image", "Gemini 3.1 Flash Image", "2026-02-27"),
    _claude("claude-opus-4-6", "Claude Opus 4.6", "2026-02-05", wire=_OPUS),
    _claude(
        "claude-opus-4-6-thinking",
        "Claude Opus 4.6 (Thinking)",
        "2026-02-05",
        wire=_OPUS,
        named_thinking=True,
    ),
    _claude("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17", wire=_SONNET),
    _claude(
        "claude-sonnet-4-6-thinking",
        "Claude Sonnet 4.6 (Thinking)",
        "2026-02-17",
        wire=_SONNET,
        named_thinking=True,
    ),
    # No small Claude exists upstream; clients ask for one by this name for titles and summaries.
    _claude("claude-haiku-4-5", "Claude Haiku 4.5", "2025-10-01", wire=_SONNET),
)

PROFILES: Final = SEED + NEWER

ALIASES: Final = (
    ("claude-*opus*", "claude-opus-4-6"),
    ("opus", "claude-opus-4-6"),
    ("opusplan", "claude-opus-4-6"),
    ("claude-fable*", "claude-opus-4-6"),
    ("claude-mythos*", "claude-opus-4-6"),
    ("claude-*haiku*", "claude-haiku-4-5"),
    ("haiku", "claude-haiku-4-5"),
    ("sonnet", "claude-sonnet-4-6"),
    ("claude", "claude-sonnet-4-6"),
    ("claude-*", "claude-sonnet-4-6"),
    ("gemini-3-pro-image*", "gemini-3-pro-image"),
    ("gemini-*-image*", "gemini-3.1-flash-image"),
    ("gemini-3-pro*", "gemini-3-pro-high"),
    ("gemini-3.1-pro*", "gemini-pro-agent"),
    ("gemini-pro", "gemini-pro-agent"),
    ("gemini-3.5-flash", "gemini-3.5-flash-low"),
    ("gemini-3.6-flash*", "gemini-3.6-flash-medium"),
    ("gemini-3.7-flash*", "gemini-3.7-flash-tiered"),
    ("gemini-3.8-flash*", "gemini-3.8-flash-tiered"),
    ("gemini-3-flash*", "gemini-3-flash"),
    ("gemini-flash", "gemini-3-flash"),
    ("gemini-3.1-flash-lite*", "gemini-3.1-flash-lite"),
    ("gemini-flash-lite", "gemini-3.1-flash-lite"),
    ("gemini-2.5-pro*", "gemini-2.5-pro"),
    ("gemini-2.5-flash-lite*", "gemini-2.5-flash-lite"),
    ("gemini-2.5-flash*", "gemini-2.5-flash"),
    ("gemini-2.0-flash-lite*", "gemini-2.5-flash-lite"),
    ("gemini-[12].?-flash*", "gemini-2.5-flash"),
    ("gemini-[12].?-pro*", "gemini-2.5-pro"),
    ("gpt-oss*", "gpt-oss-120b-medium"),
)
"""Pattern to id, first match wins; asked only for names that no model has. Source: anthropic.md 19.3."""

PREDECESSORS: Final = {
    "gemini-pro-agent": ("gemini-3.1-pro-high", "gemini-3-pro-high"),
    "gemini-3.1-pro-low": ("gemini-3-pro-low",),
    "gemini-3.1-flash-image": ("gemini-3-pro-image",),
    _OPUS: ("claude-opus-4-5-thinking",),
    _SONNET: ("claude-sonnet-4-5", "claude-sonnet-4-5-thinking"),
}
"""Wire id to the wire ids it replaced, newest first: for accounts that still are offered the older ones."""

TEMPLATES: Final = (
    ("gemini-*image*", "gemini-3.1-flash-image"),
    ("gemini-*lite*", "gemini-3.1-flash-lite"),
    ("gemini-*pro*", "gemini-pro-agent"),
    ("gemini-*", "gemini-3.8-flash-tiered"),
    ("claude-*thinking", "claude-sonnet-4-6-thinking"),
    ("claude-*", "claude-sonnet-4-6"),
    ("gpt-oss*", "gpt-oss-120b-medium"),
)
"""Pattern to the profile that stands in for a model of which the upstream tells nothing but the id."""
