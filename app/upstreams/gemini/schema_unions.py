"""A choice between schemas as one schema that keeps as much of each as the form can hold.

Works on cleaned nodes. Source: tool-schemas.md 3.5.
"""

from typing import Final

import msgspec

from app.upstreams.gemini.schema_node import Node, joined, written
from app.upstreams.gemini.schema_words import TYPES

_ORDER: Final = {name: place for place, name in enumerate(TYPES)}


def chosen_type(types: list[str]) -> str:
    """The strongest of several types; integer and number together are number."""
    if "integer" in types and "number" in types:
        types = [name for name in types if name != "integer"]
    return min(types, key=_ORDER.__getitem__)


def accepts(types: list[str]) -> str:
    """The hint for a choice between types, empty where there is none."""
    distinct = list(dict.fromkeys(types))
    return f"accepts {' | '.join(distinct)}" if len(distinct) > 1 else ""


def project(branches: list[Node], *, with_hints: bool = True) -> Node:
    """One node for any of `branches`. Never changes them."""
    nodes = _distinct(branches)
    if not nodes:
        return Node()
    if len(nodes) == 1:
        return nodes[0]
    nullable = any(node.nullable for node in nodes)
    if all(node.type == "string" and node.enum for node in nodes):
        found = _united_enum(nodes)
    elif all(node.type == "object" for node in nodes):
        found = _united_objects(nodes, with_hints=with_hints)
    else:
        found = _strongest(nodes, with_hints=with_hints)
    found.nullable = nullable
    return found


def with_own_properties(own: Node, branches: list[Node]) -> Node:
    """Branches beside a node's own properties: these come first, and stay demanded as they were."""
    objects = [node for node in branches if node.type == "object"]
    if not objects:
        return own
    found = _united_objects([own, *objects], with_hints=False)
    found.description = own.description
    found.hints = list(own.hints)
    common = set(objects[0].required).intersection(*(node.required for node in objects[1:]))
    demanded = [*own.required, *(name for name in objects[0].required if name in common)]
    found.required = [name for name in dict.fromkeys(demanded) if name in found.properties]
    found.nullable = own.nullable
    found.is_closed = own.is_closed
    if len(objects) > 1:
        found.hint(_one_of(objects))
    return found


def _distinct(branches: list[Node]) -> list[Node]:
    seen: dict[bytes, Node] = {}
    for node in branches:
        seen.setdefault(msgspec.json.encode(written(node)), node)
    return list(seen.values())


def _united_enum(nodes: list[Node]) -> Node:
    found = Node(
        "string",
        joined(*(node.description for node in nodes)),
        enum=list(dict.fromkeys(member for node in nodes for member in node.enum)),
    )
    for node in nodes:
        found.hint(*node.hints)
    return found


def _united_objects(nodes: list[Node], *, with_hints: bool) -> Node:
    properties: dict[str, Node] = {}
    for node in nodes:
        for name, one in node.properties.items():
            known = properties.get(name)
            properties[name] = one if known is None else _same_property(known, one)
    required = [name for name in nodes[0].required if all(name in node.required for node in nodes[1:])]
    found = Node("object", properties=properties, required=required)
    found.is_closed = all(node.is_closed for node in nodes)
    if with_hints:
        found.hint(_one_of(nodes))
    return found


def _same_property(first: Node, second: Node) -> Node:
    """Enums are united, which keeps discriminators; for everything else the first definition stands."""
    if first.type == second.type == "string" and first.enum and second.enum:
        enum = list(dict.fromkeys((*first.enum, *second.enum)))
        return msgspec.structs.replace(first, enum=enum, nullable=first.nullable or second.nullable)
    return first


def _strongest(nodes: list[Node], *, with_hints: bool) -> Node:
    types = [node.type for node in nodes]
    strongest = chosen_type(types)
    same = [node for node in nodes if node.type == strongest]
    found = project(same, with_hints=with_hints) if strongest == "object" else same[0]
    found = msgspec.structs.replace(found, hints=list(found.hints))
    if strongest == "array":
        items = [node.items for node in same if node.items is not None]
        found.items = project(items, with_hints=with_hints)
    if strongest == "string" and not all(node.enum for node in same):
        found.enum = []
    if strongest in ("integer", "number") and not all(node.enum for node in same):
        found.enum = []
    if with_hints:
        found.hint(accepts(types))
    return found


def _one_of(nodes: list[Node]) -> str:
    return "one of " + " | ".join(f"{{{_outline(node)}}}" for node in nodes)


def _outline(node: Node) -> str:
    """The members of an object in short: `kind=email, address, name?`."""
    constant, other = [], []
    for name, one in node.properties.items():
        mark = "" if name in node.required else "?"
        if one.type == "string" and len(one.enum) == 1:
            constant.append(f"{name}={one.enum[0]}{mark}")
        else:
            other.append(f"{name}{mark}")
    return ", ".join((*constant, *other))
