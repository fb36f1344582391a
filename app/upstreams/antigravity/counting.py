"""The question of how many tokens a prompt has.

Pure. The counting method refuses thoughts, so they are asked about as plain text, without their signatures.
Source: upstream.md 3.8.
"""

from typing import Any

import msgspec
from msgspec import Struct

from app.catalog.profile import ModelProfile

_COUNTED = ("systemInstruction", "contents", "tools")


class TokenCount(Struct, frozen=True, rename="camel"):
    """The answer. Zero is left out of it, as any default of the protocol is."""

    total_tokens: int = 0


def question(body: bytes, profile: ModelProfile) -> dict[str, Any]:
    """The body of a count for an encoded prompt; settings of the generation are no part of it."""
    inner: dict[str, Any] = msgspec.json.decode(body)
    asked = {name: inner[name] for name in _COUNTED if name in inner}
    asked["contents"] = [_plain(content) for content in inner.get("contents", ())]
    return {"request": {"model": f"models/{profile.wire_id}", **asked}}


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    parts = ({k: v for k, v in part.items() if k not in _UNCOUNTABLE} for part in content.get("parts", ()))
    return {**content, "parts": [part for part in parts if part]}


_UNCOUNTABLE = frozenset({"thought", "thoughtSignature"})
