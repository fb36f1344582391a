"""The upstream's finish reasons. Source: upstream.md 6.4, openai.md 8.3, anthropic.md 15."""

from typing import Final

from app.ir.events import Reason

BROKEN_CALLS: Final = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    }
)
"""No finish at all where nothing was delivered."""

_BLOCKED: Final = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "IMAGE_OTHER",
        "NO_IMAGE",
        "ESCALATION",
        "MODEL_ARMOR",
        "PUP_LIMITED_DISABLED",
    }
)
_REASONS: Final[dict[str, Reason]] = {
    "MAX_TOKENS": "length",
    "MAX_OUTPUT_TOKENS": "length",
    "CONTINUATION": "length",
    "MODEL_CONTEXT_WINDOW_EXCEEDED": "context_exceeded",
    "STOP_SEQUENCE": "stop_sequence",
    "PAUSE": "pause",
    "PAUSE_TURN": "pause",
}


def reason_of(finish: str) -> Reason:
    """The neutral reason; words that nobody knows, and none at all, are a plain stop."""
    return "blocked" if finish in _BLOCKED else _REASONS.get(finish, "stop")
