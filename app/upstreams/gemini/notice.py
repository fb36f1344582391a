"""Holds text back that may be a notice in place of an answer: the client version is too old.

Notices are short, name the product, and come without token counts. Source: upstream.md 3.2.
"""

from typing import Final

_LONGEST: Final = 300
_STARTS: Final = ("this version of antigravity", "your current version of antigravity")
_SUBJECT: Final = "antigravity"


class NoticeGate:
    """Decides with the first visible text whether it may pass.

    offer("Hello") -> "Hello" ; or offer("This version of ") -> None, offer("the file") -> both
    """

    def __init__(self) -> None:
        self.held = ""

    def offer(self, text: str, *, has_usage: bool) -> str | None:
        """All text so far if it is an answer, None while it may yet turn out to be a notice."""
        self.held += text
        if has_usage or len(self.held) >= _LONGEST:
            return self.held
        begun = self.held.lstrip().lower()
        if _SUBJECT in begun or any(start.startswith(begun) for start in _STARTS):
            return None
        return self.held
