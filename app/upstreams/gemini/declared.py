"""Questions about a caller's own schema: does this allow null, is this an integer, what is in there.

Looks at the schema as the caller sent it, references included; never changes it.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.upstreams.gemini.schema_refs import resolve
from app.wire import json

_MOST_STEPS: Final = 12


class DeclaredSchema:
    """A caller's schema. `node` values are plain JSON values out of it."""

    def __init__(self, schema: bytes) -> None:
        self.root: Any = json.parse_or_none(schema) if schema else None

    def properties(self, node: Any) -> dict[str, Any]:
        """The declared members of an object, by name; the first declaration of a name counts."""
        found: dict[str, Any] = {}
        for one in self._faces(node):
            members = one.get("properties")
            if isinstance(members, dict):
                found = members | found
        return found

    def required(self, node: Any) -> list[str]:
        """Names that an object must have in any case; alternatives demand nothing for certain."""
        found: list[str] = []
        for one in self._faces(node, alternatives=False):
            names = one.get("required")
            if isinstance(names, list):
                found += [name for name in names if isinstance(name, str) and name not in found]
        return found

    def items(self, node: Any) -> Any:
        """The schema of an array's items, None if there is none for all of them."""
        return next((one["items"] for one in self._faces(node) if isinstance(one.get("items"), dict)), None)

    def is_integer(self, node: Any) -> bool:
        """Whether a number here has to be an integer."""
        types = {name for one in self._faces(node) for name in _types(one)}
        return "integer" in types and "number" not in types

    def allows_null(self, node: Any, depth: int = 0) -> bool:
        """Whether null is a valid value here. What cannot be followed allows everything."""
        if not isinstance(node, dict) or depth > _MOST_STEPS:
            return node is not False
        if node.get("nullable") is True:
            return True
        types = _types(node)
        if types and "null" not in types:
            return False
        if "const" in node and node["const"] is not None:
            return False
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            return False
        for word in ("anyOf", "oneOf"):
            branches = node.get(word)
            if isinstance(branches, list) and not any(self.allows_null(one, depth + 1) for one in branches):
                return False
        if isinstance(node.get("allOf"), list) and not all(
            self.allows_null(one, depth + 1) for one in node["allOf"]
        ):
            return False
        reference = node.get("$ref")
        return not isinstance(reference, str) or self.allows_null(
            resolve(self.root, reference).target, depth + 1
        )

    def _faces(self, node: Any, *, alternatives: bool = True, depth: int = 0) -> Iterator[dict[str, Any]]:
        """The node itself and everything it is made of: targets, parts, and alternatives if asked for."""
        if not isinstance(node, dict) or depth > _MOST_STEPS:
            return
        yield node
        if isinstance(node.get("$ref"), str):
            target = resolve(self.root, node["$ref"]).target
            yield from self._faces(target, alternatives=alternatives, depth=depth + 1)
        for word in ("allOf", "anyOf", "oneOf") if alternatives else ("allOf",):
            for one in node[word] if isinstance(node.get(word), list) else ():
                yield from self._faces(one, alternatives=alternatives, depth=depth + 4)


def _types(node: dict[str, Any]) -> set[str]:
    named = node.get("type")
    listed = named if isinstance(named, list) else [named]
    return {one.lower() for one in listed if isinstance(one, str)} & _KNOWN


_KNOWN: Final = {"object", "array", "string", "number", "integer", "boolean", "null"}
