"""Local references of a schema: JSON Pointers within one document.

Never fetches anything, never expands: whoever follows a reference watches for cycles.
Source: tool-schemas.md 3.2.
"""

from typing import Any
from urllib.parse import unquote

from msgspec import Struct


class Reference(Struct, frozen=True):
    """Where a `$ref` leads. `target` is None where it leads nowhere; `name` is for people."""

    name: str
    pointer: str
    target: Any = None

    @property
    def is_known(self) -> bool:
        """Whether it leads to a schema."""
        return isinstance(self.target, dict | bool)


def resolve(root: Any, reference: str) -> Reference:
    """The target of `reference` (`#` or `#/...`) in the document `root`."""
    name = _name(reference)
    if not reference.startswith("#"):
        return Reference(name, reference)
    pointer = reference[1:]
    if pointer and not pointer.startswith("/"):
        return Reference(name, reference)
    target = root
    for step in pointer.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(target, dict) and key in target:
            target = target[key]
        elif isinstance(target, list) and key.isdecimal() and key.isascii() and int(key[:9]) < len(target):
            target = target[int(key[:9])]
        else:
            return Reference(name, reference)
    return Reference(name, pointer, target)


def _name(reference: str) -> str:
    last = reference.rstrip("/").rpartition("/")[2].removeprefix("#")
    return unquote(last).replace("~1", "/").replace("~0", "~")[:80] or "root"
