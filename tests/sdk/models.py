"""The models that every client test goes through."""

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
NEWER_MODELS = (
    "gemini-3-flash",
    "gemini-pro-agent",
    "gemini-3.1-pro-low",
    "gemini-3-flash-agent",
    "gemini-3.5-flash-low",
    "gemini-3.1-flash-lite",
    "gemini-3.1-flash-image",
    "claude-opus-4-6-thinking",
    "claude-sonnet-4-6",
)
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
