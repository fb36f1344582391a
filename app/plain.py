"""Text that shows nothing but what it says: no terminal codes, no line ends, no marks that turn it around.

Patterns mean the same to Python and to JSON Schema. Source: threats.md S35, S40.
"""

import re
from typing import Final

_HIDDEN: Final = r"\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_END: Final = r"(?![\s\S])"  # `$` would let a line end follow

LINE_PATTERN: Final = rf"^[^{_HIDDEN}]*{_END}"
EMAIL_PATTERN: Final = rf"^[^@\s{_HIDDEN}]+@[^@\s{_HIDDEN}]+{_END}"
LONGEST_EMAIL: Final = 320

_EMAIL: Final = re.compile(EMAIL_PATTERN)


def is_email(text: str) -> bool:
    """Whether that may be an address: something, `@`, something, and nothing that hides."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.search(text) is not None


def shown(text: str) -> str:
    """The text with everything escaped that would not be seen, or do something."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
