"""The last step of a schema: spelling, nulls, names and the placeholder, as each model family needs them.

Source: tool-schemas.md 4, 6 and 7.
"""

import re
from typing import Any, Final, TypeAlias

from app.catalog.profile import Family
from app.upstreams.gemini.arguments import step
from app.upstreams.gemini.schema_node import Node, worded
from app.upstreams.gemini.schema_walk import ALWAYS_NULL, Use

Renames: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Path of an object to pairs of wire name and own name; see `ToolBinding`."""

MAY_BE_NULL: Final = "may be null"
PLACEHOLDER: Final = "_noop"

_MOST_NAME: Final = 64
_FITTING: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_UNFIT: Final = re.compile(r"[^a-zA-Z0-9_.-]")


class Finisher:
    """Writes the nodes of one schema; `renames` collects what was renamed on the way."""

    def __init__(self, family: Family, use: Use) -> None:
        self.renames: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self._is_gemini = family == "gemini"
        self._is_claude = family == "claude"
        self._use = use

    def write(self, node: Node, path: str = "") -> dict[str, Any]:
        """The node and all below it as JSON values."""
        plain: dict[str, Any] = {"type": node.type.upper() if self._is_gemini else node.type}
        if wording := self._wording(node):
            plain["description"] = wording
        if node.nullable and not self._is_claude:
            plain["nullable"] = True
        if node.enum:
            plain["enum"] = node.enum
        if node.items is not None:
            plain["items"] = self.write(node.items, path + "/*")
        if node.properties:
            self._properties(plain, node, path)
        if node.is_closed:
            plain["additionalProperties"] = False
        return plain

    def add_placeholder(self, root: dict[str, Any]) -> str | None:
        """Add a required member where a Claude tool would have none, and say how it is called.

        Without any, the model tends to think and then end its turn instead of calling.
        """
        if not self._is_claude or self._use != "tool" or root.get("required"):
            return None
        properties = root.setdefault("properties", {})
        name, number = PLACEHOLDER, 1
        while name in properties:
            number += 1
            name = f"{PLACEHOLDER}{number}"
        properties[name] = {"type": "boolean", "description": "Always true."}
        root["required"] = [name]
        return name

    def _wording(self, node: Node) -> str:
        may_be_null = node.nullable and self._is_claude and ALWAYS_NULL not in node.hints
        return worded(node.description, [*node.hints, MAY_BE_NULL] if may_be_null else node.hints)

    def _properties(self, plain: dict[str, Any], node: Node, path: str) -> None:
        names = self._names(node, path)
        plain["properties"] = {
            names[name]: self.write(one, f"{path}/{step(name)}") for name, one in node.properties.items()
        }
        # A model that cannot write null has to be able to leave the member out.
        demanded = [
            names[name] for name in node.required if not (self._is_claude and node.properties[name].nullable)
        ]
        if demanded:
            plain["required"] = demanded
        if self._is_gemini and self._use == "response":
            plain["propertyOrdering"] = list(plain["properties"])

    def _names(self, node: Node, path: str) -> dict[str, str]:
        """Own names to wire names of an object's members."""
        names = {name: name for name in node.properties}
        if not self._is_claude or all(_FITTING.fullmatch(name) for name in names):
            return names
        taken = {name for name in names if _FITTING.fullmatch(name)}
        renamed: list[tuple[str, str]] = []
        for name in names:
            if name not in taken:
                names[name] = _free(_UNFIT.sub("_", name)[:_MOST_NAME] or "_", taken)
                taken.add(names[name])
                renamed.append((names[name], name))
        self.renames.append((path, tuple(renamed)))
        return names


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        suffix = f"_{number}"
        found = name[: _MOST_NAME - len(suffix)] + suffix
    return found
