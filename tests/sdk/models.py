"""The models that every client test goes through: all that are offered."""

from app.catalog.builtin import NEWER

SEED_MODELS = (
    "gemini-3-pro-high",
    "gemini-3-pro-low",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-thinking",
    "gemini-2.5-flash-lite",
    "gemini-3-pro-image",
    "claude-opus-4-5",
    "claude-opus-4-5-thinking",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-thinking",
    "gpt-oss-120b-medium",
)
NEWER_MODELS = tuple(profile.id for profile in NEWER)
MODELS = SEED_MODELS + NEWER_MODELS
ALIASES = (
    "claude-haiku-4-5-20251001",
    "claude-3-5-haiku-20241022",
    "claude-sonnet-4-20250514",
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5-20250929",
)
TOOLS_MODELS = ("gemini-3-pro-high", "claude-sonnet-4-5-thinking", "gemini-2.5-flash", "gpt-oss-120b-medium")

FIRST = {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}]}
"""A request that any world answers."""
