"""Paths as clients write them to paths as they are.

Users enter base URLs with or without `/v1`, with it twice, or the whole path of an endpoint.
Source: openai.md 1, 15. Never: a redirect, which makes several clients lose their body.
"""

import re
from typing import Final

from app.errors import NotFound

_OWN: Final = (
    r"(?:chat/completions|responses|models|completions|images/generations|images/edits|embeddings"
    r"|moderations|audio|files|uploads|batches|fine_tuning|vector_stores|assistants|threads|realtime|videos"
    r"|images/variations)"
)
_SLASHES: Final = re.compile(r"//+")
_REPEATED_VERSION: Final = re.compile(r"\A/v1(?:/v1)+(?=/|\Z)")
_WHOLE_ENDPOINT: Final = re.compile(
    rf"(?:/v1)?/(?:chat/completions|responses)(?=/(?:v1/)*{_OWN}(?:/|\Z))(?:/v1)*"
)
_NO_VERSION: Final = re.compile(rf"/{_OWN}(?:/|\Z)")
_NOT_HERE: Final = re.compile(
    r"/v1/(?:moderations|audio|files|uploads|batches|fine_tuning|vector_stores|assistants|threads|realtime"
    r"|videos|images/variations)(?:/|\Z)"
)


def canonical_path(path: str) -> str:
    """The one spelling of a path; paths that are not OpenAI's change in their slashes only.

    `/chat/completions/`, `/v1/v1/chat/completions` and `/v1/chat/completions/chat/completions` all become
    `/v1/chat/completions`.
    """
    path = _SLASHES.sub("/", path).rstrip("/") or "/"
    path = _REPEATED_VERSION.sub("/v1", path)
    while found := _WHOLE_ENDPOINT.match(path):
        path = path[found.end() :]
    return f"/v1{path}" if _NO_VERSION.match(path) else path


def unknown_path(path: str) -> NotFound:
    """The error for a canonical path that leads nowhere: what OpenAI has and we have not, or nothing."""
    if path == "/v1/embeddings":
        return NotFound(
            "Embeddings are not available here: no model offers them.",
            where="model",
            reason="model_not_found",
        )
    if _NOT_HERE.match(path):
        return NotFound("This endpoint is not available here.", reason="unsupported_endpoint")
    return NotFound(f"There is nothing at `{path[:200]}`.", reason="unknown_url")
