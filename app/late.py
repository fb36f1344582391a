"""Parts that few processes need, imported when they are first needed and not at the start.

An import costs time at every start and memory for good: Quart and what stands below it cost as much as all
of our own modules together. Whoever uses `late` says in a comment when the part is needed.
Never: for something that every request needs; the first one would pay for it.
"""

from importlib import import_module
from typing import Any


def late(where: str) -> Any:
    """The object at `package.module:name`. Blocks while it imports; inside the loop, call it in a thread."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)
