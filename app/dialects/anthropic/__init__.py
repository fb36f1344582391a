"""The Anthropic Messages API. Source: anthropic.md."""
