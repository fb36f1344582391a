"""Search results that look like those of the backend. Source: upstream.md 6.7."""

import base64
from random import Random
from typing import Any

_SITES = ("example.com", "example.org", "example.net")


def grounding_metadata(query: str, said: str, count: int, rng: Random) -> dict[str, Any]:
    """`count` sources; the first supports the beginning of what was said, offsets in bytes."""
    chunks = []
    for index in range(count):
        site = _SITES[index % len(_SITES)]
        token = base64.urlsafe_b64encode(rng.randbytes(24)).decode()
        uri = f"https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZ{token}"
        chunks.append({"web": {"uri": uri, "title": site, "domain": site}})
    first = said[:42]
    segment = {"endIndex": len(first.encode()), "text": first}
    support = {"segment": segment, "groundingChunkIndices": [0], "confidenceScores": [0.9]}
    return {
        "webSearchQueries": [query[:80] or "simulated search"],
        "searchEntryPoint": {"renderedContent": "<style>.sim{}</style><div class='sim'>Search</div>"},
        "groundingChunks": chunks,
        "groundingSupports": [support] if first else [],
    }
