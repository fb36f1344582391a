"""Any JSON Schema to what the upstream takes, with as much of its meaning as possible.

Pure: the result depends on the schema's bytes and the target only, so it is remembered by both. Never: an
exception, a look at anything but schemas. Source: tool-schemas.md.
"""

from collections import OrderedDict
from typing import Any, Final

from msgspec import Struct

from app.catalog.profile import Family
from app.upstreams.gemini.schema_finish import Finisher, Renames
from app.upstreams.gemini.schema_node import Node
from app.upstreams.gemini.schema_walk import ANY_VALUE, OMITTED, Use, Walker
from app.wire import json

MOST_BYTES: Final = 256 * 1024
WRAPPER: Final = "value"

_REMEMBERED: Final = 2_048
_REMEMBERED_BYTES: Final = 16 * 1024 * 1024


class Target(Struct, frozen=True):
    """Whom a schema is for."""

    family: Family
    use: Use


class Cleaned(Struct, frozen=True):
    """An accepted schema as JSON text, and what has to be undone in the arguments that come of it.

    `placeholder`: a member that was added. `is_wrapped`: the root was no object and sits in `value`.
    `renames`: see `ToolBinding`.
    """

    schema: bytes
    placeholder: str | None = None
    is_wrapped: bool = False
    renames: Renames = ()


def clean(schema: bytes, target: Target) -> Cleaned:
    """`schema`, the JSON text of anything, for `target`."""
    node = Walker(json.parse_or_none(schema) if schema else None, target.use).node()
    is_wrapped = False
    if target.use == "tool":
        node, is_wrapped = _as_object(node)
    cleaned = _finished(node or Node(hints=[ANY_VALUE]), target, is_wrapped=is_wrapped)
    if len(cleaned.schema) > MOST_BYTES:
        cleaned = _finished(Node("object", hints=[OMITTED]), target, is_wrapped=False)
    return cleaned


class SchemaCache:
    """Remembers what schemas came to. Agents send the same ones with every request.

    Bounded by number and by size; the least recently used go first. The text itself is the key: a look-up
    costs less than a digest of it would.
    """

    def __init__(self, most: int = _REMEMBERED, most_bytes: int = _REMEMBERED_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: OrderedDict[tuple[bytes, Target], Cleaned] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def cleaned(self, schema: bytes, target: Target) -> Cleaned:
        """The same as `clean`."""
        key = (schema, target)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        made = clean(schema, target)
        self._known[key] = made
        self._bytes += len(schema) + len(made.schema)
        while len(self._known) > self._most or self._bytes > self._most_bytes:
            (gone, _), dropped = self._known.popitem(last=False)
            self._bytes -= len(gone) + len(dropped.schema)
        return made


def _as_object(node: Node | None) -> tuple[Node, bool]:
    """The parameters of a function are an object, whatever the client sent."""
    if node is None:
        return Node("object"), False
    if node.is_untyped:
        hints = [hint for hint in node.hints if hint != ANY_VALUE]
        return Node("object", node.description, hints), False
    if node.type == "object":
        return node, False
    return Node("object", properties={WRAPPER: node}, required=[WRAPPER]), True


def _finished(node: Node, target: Target, *, is_wrapped: bool) -> Cleaned:
    finisher = Finisher(target.family, target.use)
    written: dict[str, Any] = finisher.write(node)
    placeholder = finisher.add_placeholder(written)
    return Cleaned(json.encode(written), placeholder, is_wrapped, tuple(finisher.renames))
