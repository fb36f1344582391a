"""The pages to which an account's owner may be sent: those of the identity provider, and no others.

An address comes from the upstream or out of the database; an operator will open it.
Source: threats.md S08, S40; faults.md F016.
"""

from typing import Final
from urllib.parse import urlsplit

from app.plain import shown

_HOSTS: Final = frozenset({"accounts.google.com", "support.google.com"})
_LONGEST: Final = 2048


def is_known_page(url: str) -> bool:
    """Whether `url` leads to one of these pages."""
    if len(url) > _LONGEST or shown(url) != url or " " in url:  # urlsplit would drop some of them unseen
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc in _HOSTS
