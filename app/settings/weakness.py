"""Which secrets are too weak to start with, and why.

Never: repeats a secret in a message.
"""

import re

SHORTEST_PASSWORD = 12
SHORTEST_API_KEY = 16
SHORTEST_SEALING_KEY = 32

# Values from published samples and habits; compared without case and punctuation.
_KNOWN = (
    "changeme",
    "changethis",
    "changeit",
    "yoursecret",
    "yoursupersecret",
    "yourjwt",
    "yourpassword",
    "yourapikey",
    "yourkey",
)
# These are known only at the beginning: elsewhere they may just say what a long random value is for.
_KNOWN_BEGINNINGS = (
    "admin123",
    "adminpassword",
    "jwtsecret",
    "letmein",
    "password123",
    "passwordpassword",
    "qwerty",
    "secretkey",
    "supersecret",
)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def weakness(secret: str, shortest: int) -> str | None:
    """Why `secret` is refused, as the end of a sentence that begins with its name; None when it is fine."""
    if _is_known(secret):
        return "is a well-known sample value; choose another or leave it out to have one generated"
    if len(secret) < shortest:
        return f"is shorter than {shortest} characters"
    if len(set(secret)) < 5:
        return "repeats too few characters"
    return None


def _is_known(secret: str) -> bool:
    plain = _NOT_WORD.sub("", secret.lower())
    return plain.startswith(_KNOWN_BEGINNINGS) or any(known in plain for known in _KNOWN)
