"""What ties the requests of one conversation together, as one hash. Source: anthropic.md 3.4, openai.md 16.

Never: a value from which what the client said could be read back.
"""

import hashlib
from typing import Final

from app.ids import KeyId
from app.ir.parts import Text
from app.ir.prompt import Prompt

_REMINDER: Final = "<system-reminder>"
_ENOUGH: Final = 4096


def session_of(prompt: Prompt, key: KeyId) -> str:
    """32 hex digits: of what the client named, else of the first thing the user said; scoped to the key."""
    seed = prompt.affinity or _first_words(prompt)
    whole = f"{len(key)}:{key}{seed}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _first_words(prompt: Prompt) -> str:
    for turn in prompt.turns:
        if turn.role == "user":
            for part in turn.parts:
                if isinstance(part, Text) and not part.text.startswith(_REMINDER):
                    return part.text[:_ENOUGH]
    return ""
