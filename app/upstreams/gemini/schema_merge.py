"""References, `allOf` and conditionals: many raw schemas that hold together, made into one.

Works on schemas as the client wrote them; nothing is cleaned here. Never changes its input.
Source: tool-schemas.md 3.2 and 3.3.
"""

from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from app.upstreams.gemini.schema_node import joined
from app.upstreams.gemini.schema_refs import Reference, resolve
from app.upstreams.gemini.schema_words import is_property_map, keywords

MOST_NESTED: Final = 24
MOST_STEPS: Final = 20_000

_SHAPES: Final = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "then", "else", "properties", "items", "prefixItems"}
)


class Scoped(Struct, frozen=True):
    """A raw schema and the references within which it stands: to follow one of them again is recursion."""

    raw: Any
    within: frozenset[str] = frozenset()


class Flat(Struct):
    """One node with everything that holds for it. `words` has no schemas but those that become hints.

    `unions` are the lists of alternatives, `missing` the names of references that lead nowhere, `within` all
    references that it is made of.
    """

    words: dict[str, Any]
    properties: dict[str, Scoped] = field(default_factory=dict)
    items: Scoped | None = None
    tuple_items: list[Scoped] | None = None
    unions: list[list[Scoped]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    within: frozenset[str] = frozenset()


class Merger:
    """Flattens the nodes of one document. `steps` bounds the work for all of them together."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._steps = 0

    def flat(self, node: Scoped, depth: int = 0) -> Flat:
        """`node`, an object, as one node without `$ref`, `allOf`, `then` and `else`."""
        self._steps += 1 + len(node.raw)
        raw = keywords(node.raw)
        if is_property_map(raw):
            raw = {"type": "object", "properties": raw}
        flat = _alone(raw, node.within)
        if depth >= MOST_NESTED or self._steps > MOST_STEPS:
            return flat
        if isinstance(raw.get("$ref"), str):
            self._add_target(flat, raw["$ref"], node.within, depth)
        for part in _listed(raw.get("allOf")):
            if (inner := self._part(part, node.within, depth)) is not None:
                _add(flat, inner)
        for word in ("then", "else"):
            if (inner := self._part(raw.get(word), node.within, depth)) is not None:
                _add_branch(flat, inner)
        return flat

    def recursion(self, node: Scoped) -> Reference | None:
        """The reference of `node` if it leads back into itself."""
        reference = keywords(node.raw).get("$ref")
        found = resolve(self._root, reference) if isinstance(reference, str) else None
        return found if found is not None and found.is_known and found.pointer in node.within else None

    def _part(self, raw: Any, within: frozenset[str], depth: int) -> Flat | None:
        part = Scoped(raw, within)
        if not isinstance(raw, dict) or self._steps > MOST_STEPS or self.recursion(part):
            return None
        return self.flat(part, depth + 1)

    def _add_target(self, flat: Flat, reference: str, within: frozenset[str], depth: int) -> None:
        """What stands beside a reference wins over its target."""
        found = resolve(self._root, reference)
        if not found.is_known or found.pointer in within:
            flat.missing.append(found.name)
        elif isinstance(found.target, dict):
            inner = self.flat(Scoped(found.target, within | {found.pointer}), depth + 1)
            for word in ("description", "enum"):
                if word in flat.words:
                    inner.words.pop(word, None)
            _add(flat, inner)


def _alone(raw: dict[str, Any], within: frozenset[str]) -> Flat:
    """The node by itself."""
    flat = Flat({word: value for word, value in raw.items() if word not in _SHAPES}, within=within)
    properties = raw.get("properties")
    if isinstance(properties, dict):
        flat.properties = {name: Scoped(one, within) for name, one in properties.items()}
        flat.words["properties"] = True
    items, firsts = raw.get("items"), raw.get("prefixItems")
    if isinstance(items, list) and not isinstance(firsts, list):
        firsts = items
    if isinstance(items, dict | bool):
        flat.items = Scoped(items, within)
    if isinstance(firsts, list):
        flat.tuple_items = [Scoped(one, within) for one in firsts]
    for word in ("anyOf", "oneOf"):
        if isinstance(raw.get(word), list):
            flat.unions.append([Scoped(one, within) for one in raw[word]])
    return flat


def _add(flat: Flat, inner: Flat) -> None:
    """Add what has to hold as well; where only one can speak, `flat` does."""
    ours, theirs = flat.words, inner.words
    flat.words = theirs | ours
    if isinstance(ours.get("required"), list) and isinstance(theirs.get("required"), list):
        flat.words["required"] = [*ours["required"], *theirs["required"]]
    if isinstance(ours.get("enum"), list) and isinstance(theirs.get("enum"), list):
        flat.words["enum"] = [one for one in ours["enum"] if one in theirs["enum"]] or ours["enum"]
    described = [one["description"] for one in (ours, theirs) if isinstance(one.get("description"), str)]
    if described:
        flat.words["description"] = joined(*described)
    for name, one in inner.properties.items():
        flat.properties[name] = _both(flat.properties.get(name), one)
    if inner.items is not None:
        flat.items = _both(flat.items, inner.items)
    if flat.tuple_items is None:
        flat.tuple_items = inner.tuple_items
    flat.unions += inner.unions
    flat.missing += inner.missing
    flat.within |= inner.within


def _add_branch(flat: Flat, inner: Flat) -> None:
    """A conditional branch may bring properties, but demands nothing for certain."""
    if inner.properties:
        flat.words["properties"] = True
    for name, one in inner.properties.items():
        flat.properties.setdefault(name, one)
    for union in inner.unions:
        flat.unions.append([replace(one, raw=_without_demand(one.raw)) for one in union])


def _both(first: Scoped | None, second: Scoped) -> Scoped:
    if first is None or first.raw is True or first.raw == second.raw:
        return second
    if not isinstance(first.raw, dict) or not isinstance(second.raw, dict):
        return first
    return Scoped({"allOf": [first.raw, second.raw]}, first.within | second.within)


def _without_demand(raw: Any) -> Any:
    return {word: one for word, one in raw.items() if word != "required"} if isinstance(raw, dict) else raw


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
