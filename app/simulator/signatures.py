"""Thought signatures: made with an HMAC, so that any change of a byte is noticed.

Gemini signatures start with `C`, Claude's with `R` (an `E…` text in base64 once more). A signature is bound
to its family, and in `bound` strictness to the call it came with. Knows nothing of requests.
"""

import base64
import binascii
import hashlib
import hmac
from random import Random
from typing import Literal

from app.simulator.catalog import Family

Strictness = Literal["off", "integrity", "bound"]
Verdict = Literal["ok", "broken", "foreign", "unbound"]

SENTINELS = frozenset({"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"})

_FIRST_BYTE: dict[Family, bytes] = {"gemini": b"\x0a", "openai": b"\x0a", "claude": b"\x12"}
_SALT_SIZE = 16
_MAC_SIZE = 32
_BOUND_SIZE = 8
_CORE = 1 + _SALT_SIZE + _MAC_SIZE + _BOUND_SIZE


class SignatureSmith:
    """Makes and checks signatures under one key."""

    def __init__(self, seed: int, *, length: int = 400) -> None:
        self._key = hashlib.sha256(f"simulated thought {seed}".encode()).digest()
        self.length = length

    def make(self, family: Family, rng: Random, *, bound_to: str = "") -> str:
        """A new signature of about `length` characters; `bound_to` is the id of the call it travels with."""
        salt = rng.randbytes(_SALT_SIZE)
        bound = hashlib.sha256(bound_to.encode()).digest()[:_BOUND_SIZE]
        core = _FIRST_BYTE[family] + salt + bound
        wraps = 2 if family == "claude" else 1
        size = max(int(self.length * 0.75**wraps), _CORE)
        padding = _padding(salt, size - _CORE)
        raw = core + self._mac(family, core + padding) + padding
        text = base64.b64encode(raw)
        return (base64.b64encode(text) if family == "claude" else text).decode()

    def check(self, signature: str, family: Family, *, bound_to: str | None = None) -> Verdict:
        """Whether this is an unbroken signature of `family`; `bound_to` only where binding matters."""
        found = self._open(signature)
        if found is None:
            return "broken"
        made_for, bound = found
        if made_for != family and {made_for, family} != {"gemini", "openai"}:
            return "foreign"
        if bound_to is not None and bound != hashlib.sha256(bound_to.encode()).digest()[:_BOUND_SIZE]:
            return "unbound"
        return "ok"

    def _open(self, signature: str) -> tuple[Family, bytes] | None:
        raw = _decode(signature)
        family: Family = "gemini"
        if raw is not None and raw[:1] == b"E":
            # Only the double form counts: the inner text alone would reach Claude as undecoded bytes.
            family = "claude"
            raw = _decode(raw.decode("ascii", "replace"))
        if raw is None or len(raw) < _CORE or raw[:1] != _FIRST_BYTE[family]:
            return None
        core, mac, padding = raw[: _CORE - _MAC_SIZE], raw[_CORE - _MAC_SIZE : _CORE], raw[_CORE:]
        if not hmac.compare_digest(mac, self._mac(family, core + padding)):
            return None
        return family, core[1 + _SALT_SIZE :]

    def _mac(self, family: Family, core: bytes) -> bytes:
        label = b"claude" if family == "claude" else b"gemini"
        return hmac.new(self._key, label + b"|" + core, hashlib.sha256).digest()


def _padding(salt: bytes, size: int) -> bytes:
    if size <= 0:
        return b""
    block = hashlib.sha256(salt).digest()
    return (block * (size // len(block) + 1))[:size]


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
