"""How many web searches an answer rests on, for the books. Source: anthropic.md 17."""

from typing import Final

import msgspec
from msgspec import Raw, Struct


class _Grounding(Struct, rename="camel", gc=False):
    web_search_queries: list[Raw] | None = None
    grounding_chunks: list[Raw] | None = None


_GROUNDINGS: Final = msgspec.json.Decoder(_Grounding)


def count_searches(grounding: bytes) -> int:
    """Searches that the grounding metadata speaks of; at least one where there are results."""
    if not grounding:
        return 0
    try:
        found = _GROUNDINGS.decode(grounding)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
    return len(found.web_search_queries or ()) or (1 if found.grounding_chunks else 0)
