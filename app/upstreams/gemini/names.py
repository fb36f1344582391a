"""Tool names of callers to names that every model family takes, and back.

A pure bijection over the set of all names in a request; order plays no part. Source: tool-schemas.md 8.
"""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

MAX_NAME: Final = 64

_FITTING: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")
_PREFIXES: Final = ("default_api:", "default_api.")
"""Models put these in front of a name at times, as the upstream's own prompt does."""


class ToolNames:
    """Translates the names of one request.

    ToolNames(["a b", "c"]).wire("a b") -> "a_b" ; .own("default_api:a_b") -> "a b" ; .own("x") -> "x"
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._wire = _mapped(frozenset(names))
        self._own = {wire: own for own, wire in self._wire.items()}

    def wire(self, name: str) -> str:
        """What `name` is called upstream. A name that was not given to the constructor stays."""
        return self._wire.get(name, name)

    def own(self, wire: str) -> str:
        """The caller's name for what the upstream calls `wire`."""
        return own_name(wire, self._own)


def own_name(wire: str, owners: dict[str, str]) -> str:
    """The caller's name by `owners` (wire name to own name); an undeclared name passes unchanged."""
    own = owners.get(wire)
    if own is not None:
        return own
    for prefix in _PREFIXES:
        bare = wire.removeprefix(prefix)
        if bare != wire:
            return owners.get(bare, bare if bare in owners.values() else wire)
    return wire


def _mapped(names: frozenset[str]) -> dict[str, str]:
    kept = {name for name in names if _FITTING.fullmatch(name)}
    plain = {name: _plain(name) for name in names - kept}
    uses = Counter(plain.values())
    mapping = {name: name for name in kept}
    taken = set(kept)
    for name in sorted(plain):
        wire = plain[name]
        if len(wire) > MAX_NAME or wire in kept or uses[wire] > 1:
            wire = _hashed(name, wire, taken)
        mapping[name] = wire
        taken.add(wire)
    return mapping


def _plain(name: str) -> str:
    wire = _UNFIT.sub("_", name)
    return wire if _FITTING.match(wire) else "_" + wire


def _hashed(name: str, wire: str, taken: set[str]) -> str:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    found = f"{wire[:55]}_{digest[:8]}"
    while found in taken:
        digest = sha256(digest.encode()).hexdigest()
        found = f"{wire[:55]}_{digest[:8]}"
    return found
