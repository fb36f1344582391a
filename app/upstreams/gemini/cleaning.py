"""Takes out of an upstream message what is nobody's business: projects, addresses, hosts, request ids.

Every pattern bounds what it repeats, so that hostile text takes no more than linear time.
Source: openai.md 4.2, faults.md rule 19. Never: a change to words, numbers or field paths.
"""

import re
from typing import Final

MAX_MESSAGE: Final = 2_000

_HOST: Final = (
    r"(?<![\w.@/-])(?!type\.googleapis\.com/)"
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|dev|io|app|cloud|internal|local)\b(?::[0-9]{1,5})?"
)
_RULES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\bhttps?://[^\s\"'<>)\]]+", "[link]"),
        (r"//[a-z0-9.-]+\.googleapis\.com", "[host]"),
        (r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+", "[e-mail]"),
        (r"\b(projects?)/[a-z0-9][a-z0-9:._-]*", r"\1/[project]"),
        (r"\b(projects?)(\s*[=:#]\s*|\s+(?:id\s+|number\s+)?)(['\"`]?)(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)+|[0-9]{6,})",
         r"\1\2\3[project]"),
        (r",?\s{0,4}\"?\brequest[_-]?id\"?\s{0,4}[=:]\s{0,4}\"?[\w-]+\"?", ""),
        (r"\s{0,4}\(?\breq_[A-Za-z0-9_]{8,}\)?", ""),
        (r"\b(?:ya29\.|1//)[A-Za-z0-9_.-]+", "[token]"),
        (r"\bBearer\s+[A-Za-z0-9._~+/=-]{8,}", "[token]"),
        (r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?\b", "[host]"),
        (_HOST, "[host]"),
    )
)  # fmt: skip


def cleaned(message: str) -> str:
    """`message` fit for a caller, at most MAX_MESSAGE characters."""
    text = message[: 4 * MAX_MESSAGE]
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    text = text.strip()
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
