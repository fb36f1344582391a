"""A client's schema to nodes: one step per position where a schema can stand.

Total: any JSON value gives a node. Never: which model family it is for. Source: tool-schemas.md 2 and 3.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

from app.upstreams.gemini.schema_merge import Flat, Merger, Scoped
from app.upstreams.gemini.schema_node import Node, joined
from app.upstreams.gemini.schema_unions import accepts, chosen_type, project, with_own_properties
from app.upstreams.gemini.schema_values import apply_members, constraints, members, type_of_members
from app.upstreams.gemini.schema_words import known_type

Use: TypeAlias = Literal["tool", "response"]
"""Parameters of a function, or the form of an answer."""

ANY_VALUE: Final = "any JSON value"
ALWAYS_NULL: Final = "always null"
OMITTED: Final = "nested structure omitted"

MOST_DEEP: Final = 24
MOST_NODES: Final = 5_000
MOST_TEXT: Final = 200 * 1024

_OBJECT_WORDS: Final = ("properties", "additionalProperties", "patternProperties")
_ARRAY_WORDS: Final = ("minItems", "maxItems")
_NUMBER_WORDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_TEXT_WORDS: Final = ("format", "pattern", "minLength", "maxLength")


class Walker:
    """Walks one document. Counts nodes and text, so that references cannot make it grow without end."""

    def __init__(self, root: Any, use: Use) -> None:
        self._root = root
        self._use = use
        self._merger = Merger(root)
        self._nodes = 0
        self._text = 0

    def node(self) -> Node | None:
        """The whole document; None where no value is allowed at all."""
        return self._node(Scoped(self._root), 0)

    def _node(self, at: Scoped, depth: int, inherited: str | None = None) -> Node | None:
        raw = at.raw
        if isinstance(raw, list):
            raw = next((one for one in raw if isinstance(one, dict)), "string")
            at = Scoped(raw, at.within)
        if raw is False or (isinstance(raw, int | float) and raw is not True):
            return None
        if isinstance(raw, str):
            word = known_type(raw)
            raw = {"type": word} if word else None
            if raw is None:
                return None
            at = Scoped(raw, at.within)
        self._nodes += 1
        if depth > MOST_DEEP or self._nodes > MOST_NODES or self._text > MOST_TEXT:
            return omitted(raw)
        if not isinstance(raw, dict) or not raw:
            return Node(inherited) if inherited else Node(is_untyped=True, hints=[ANY_VALUE])
        recursion = self._merger.recursion(at)
        if recursion is not None:
            return self._recursive(raw, recursion.target, recursion.name)
        node = self._built(self._merger.flat(at), depth, inherited)
        self._text += len(node.wording) + sum(map(len, node.properties)) + sum(map(len, node.enum))
        return node

    def _recursive(self, raw: dict[str, Any], target: Any, name: str) -> Node:
        word = known_type(target.get("type")) if isinstance(target, dict) else None
        node = Node(word if word and word != "null" else "object", _description(raw))
        node.nullable = raw.get("nullable") is True
        node.hint(f"recursive: {name}")
        return _with_items(node)

    def _built(self, flat: Flat, depth: int, inherited: str | None) -> Node:
        words = flat.words
        node = Node(description=_description(words))
        node.is_demanded = words.get("required") is True
        node.hint(*(f"see {name}" for name in flat.missing))
        values = members(words)
        types, has_null = _types(words)
        node.nullable = has_null or words.get("nullable") is True or (values is not None and None in values)
        allowed = None if values is None else [one for one in values if one is not None]
        if (has_null and not types and not flat.unions) or (values is not None and not allowed):
            node.type, node.is_null, node.nullable = "string", True, True
            node.hint(ALWAYS_NULL)
            return node
        inferred = _inferred(flat, allowed) if not types else None
        if types:
            node.type = chosen_type(types)
            node.hint(accepts(types))
        else:
            node.type = inherited or inferred or "string"
            node.is_untyped = not inherited and inferred is None
        tuple_hint = self._shape(node, flat, depth)
        for union in flat.unions:
            node = self._with_union(node, union, depth, node.type if len(types) == 1 else inherited)
        if allowed is not None:
            apply_members(node, allowed, keeps_numbers=self._use == "response")
        if node.type == "object":
            self._demand(node, words)
            node.hint(*self._object_hints(flat, depth))
        node.hint(tuple_hint, *constraints(words))
        if node.is_untyped:
            node.hint(ANY_VALUE)
        return node

    def _shape(self, node: Node, flat: Flat, depth: int) -> str:
        """Give the node its members or items; the hint that is left over for later, if any."""
        if node.type == "object":
            self._properties(node, flat, depth)
        if node.type != "array":
            return ""
        firsts = [self._node(one, depth + 1) for one in flat.tuple_items or ()]
        others = [self._node(flat.items, depth + 1)] if flat.items is not None else []
        nodes = [one for one in (*firsts, *others) if one is not None]
        node.items = project(nodes, with_hints=not firsts)
        return f"tuple of {len(firsts)}: {', '.join(map(_type_word, firsts))}" if firsts else ""

    def _properties(self, node: Node, flat: Flat, depth: int) -> None:
        for name, one in flat.properties.items():
            found = self._node(one, depth + 1)
            if found is not None:
                node.properties[name] = found
        self._demand(node, flat.words)
        node.is_closed = self._use == "response" and flat.words.get("additionalProperties") is False

    @staticmethod
    def _demand(node: Node, words: dict[str, Any]) -> None:
        """What the node itself demands, then what its members and alternatives do."""
        listed = words.get("required")
        names = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        promoted = (name for name, one in node.properties.items() if one.is_demanded)
        demanded = dict.fromkeys((*names, *promoted, *node.required))
        node.required = [name for name in demanded if name in node.properties]

    def _object_hints(self, flat: Flat, depth: int) -> Iterator[str]:
        """What may be in an object beside its declared members."""
        words, within = flat.words, flat.within
        others = words.get("additionalProperties")
        if isinstance(others, dict) and others:
            found = self._node(Scoped(others, within), depth + 1)
            yield f"other keys allowed, values: {_type_word(found)}"
        patterns = words.get("patternProperties")
        for pattern, one in patterns.items() if isinstance(patterns, dict) else ():
            yield f"keys matching {pattern}: {_type_word(self._node(Scoped(one, within), depth + 1))}"
        keys = words.get("propertyNames")
        if isinstance(keys, dict) and isinstance(keys.get("pattern"), str):
            yield f"keys match {keys['pattern']}"

    def _with_union(self, node: Node, union: list[Scoped], depth: int, inherited: str | None) -> Node:
        """`node` with the alternatives of `union` worked in."""
        demands = [_only_demands(one.raw) for one in union]
        if node.properties and all(demands) and demands:
            node.hint("requires one of: " + " | ".join(", ".join(names) for names in demands if names))
            return node
        branches = [self._node(one, depth + 1, inherited) for one in union]
        found = [one for one in branches if one is not None]
        if any(one.is_null or one.nullable for one in found):
            node.nullable = True
        found = [one for one in found if not one.is_null]
        if not found:
            return _without_branches(node, had_null=any(one is not None for one in branches))
        if node.properties or (node.items is not None and inherited == "array"):
            return with_own_properties(node, found)
        return _in_place(node, project(found))


def _in_place(node: Node, chosen: Node) -> Node:
    """`chosen` where only alternatives say what `node` is; what `node` says of itself comes first."""
    found = Node(
        chosen.type,
        joined(node.description, chosen.description),
        nullable=node.nullable or chosen.nullable,
        enum=chosen.enum,
        items=chosen.items,
        properties=chosen.properties,
        required=chosen.required,
        is_closed=chosen.is_closed,
        is_untyped=chosen.is_untyped,
        is_demanded=node.is_demanded,
    )
    found.hint(*node.hints, *chosen.hints)
    return found


def _without_branches(node: Node, *, had_null: bool) -> Node:
    """Every alternative was null, or none allowed any value."""
    if node.is_untyped:
        node.is_untyped, node.is_null = False, had_null
        if had_null:
            node.hint(ALWAYS_NULL)
    return node


def _type_word(node: Node | None) -> str:
    return "nothing" if node is None else "any" if node.is_untyped else node.type


def omitted(raw: Any) -> Node:
    """Stands for what is beyond the budgets."""
    word = known_type(raw.get("type")) if isinstance(raw, dict) else None
    return _with_items(Node(word if word and word != "null" else "object", hints=[OMITTED]))


def _with_items(node: Node) -> Node:
    if node.type == "array":
        node.items = Node()
    return node


def _description(raw: dict[str, Any]) -> str:
    described = raw.get("description")
    return described.strip() if isinstance(described, str) else ""


def _types(words: dict[str, Any]) -> tuple[list[str], bool]:
    """The known types apart from null, and whether null is among them."""
    named = words.get("type")
    listed = named if isinstance(named, list) else [named]
    known = [word for word in map(known_type, listed) if word]
    return list(dict.fromkeys(word for word in known if word != "null")), "null" in known


def _inferred(flat: Flat, values: list[Any] | None) -> str | None:
    """The type that the other members speak of."""
    words = flat.words
    if any(word in words for word in _OBJECT_WORDS) or isinstance(words.get("required"), list):
        return "object"
    if flat.items is not None or flat.tuple_items is not None or any(word in words for word in _ARRAY_WORDS):
        return "array"
    if values:
        return type_of_members(values)
    if any(word in words for word in _NUMBER_WORDS):
        return "number"
    return "string" if any(word in words for word in _TEXT_WORDS) else None


def _only_demands(raw: Any) -> list[str]:
    """The names that a branch demands if it does nothing else."""
    if not isinstance(raw, dict) or set(raw) - {"required", "title", "description"}:
        return []
    names = raw.get("required")
    return [one for one in names if isinstance(one, str)] if isinstance(names, list) else []
