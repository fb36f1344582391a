"""Antigravity Proxy: one gateway for OpenAI and Anthropic clients."""

__version__ = "0.1.0"
