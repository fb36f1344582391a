"""Which family of programs a client belongs to, by how it calls itself. Pure.

A family is a word of this list, never the client's own text, so that their number is bounded.
"""

from typing import Final

from app.store.records import OTHER_CLIENT

_LOOKED_AT: Final = 256

# The first line whose word is in the text wins: programs come before the libraries that they are made with.
_FAMILIES: Final[tuple[tuple[str, str], ...]] = (
    ("claude-cli", "claude-code"),
    ("claude-code", "claude-code"),
    ("codex", "codex"),
    ("cursor", "cursor"),
    ("opencode", "opencode"),
    ("roo-code", "roo-code"),
    ("roocode", "roo-code"),
    ("kilo-code", "kilo-code"),
    ("kilocode", "kilo-code"),
    ("cline", "cline"),
    ("aider", "aider"),
    ("litellm", "litellm"),
    ("continue", "continue"),
    ("zed/", "zed"),
    ("windsurf", "windsurf"),
    ("githubcopilot", "copilot"),
    ("gemini-cli", "gemini-cli"),
    ("geminicli", "gemini-cli"),
    ("open-webui", "open-webui"),
    ("openwebui", "open-webui"),
    ("librechat", "librechat"),
    ("cherrystudio", "cherry-studio"),
    ("cherry-studio", "cherry-studio"),
    ("langchain", "langchain"),
    ("ai-sdk", "vercel-ai-sdk"),
    ("openai/python", "openai-python"),
    ("asyncopenai/python", "openai-python"),
    ("openai/js", "openai-js"),
    ("anthropic/python", "anthropic-python"),
    ("asyncanthropic/python", "anthropic-python"),
    ("anthropic/js", "anthropic-js"),
    ("google-genai", "google-genai"),
    ("curl/", "curl"),
    ("python-httpx", "python-httpx"),
    ("python-requests", "python-requests"),
    ("aiohttp", "aiohttp"),
    ("okhttp", "okhttp"),
    ("axios", "axios"),
    ("undici", "node"),
    ("node", "node"),
    ("go-http-client", "go"),
    ("mozilla/", "browser"),
)


def family_of(agent: str) -> str:
    """A word for the program behind a `User-Agent`, `other` where none is known."""
    text = agent[:_LOOKED_AT].lower()
    return next((family for word, family in _FAMILIES if word in text), OTHER_CLIENT)
