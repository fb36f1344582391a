"""A schema in the form that the upstream takes, before its last step to a model family.

Hints stay apart from the description until a node is written, so that nodes can be merged without doubling
them. Source: tool-schemas.md 2.6 and 4.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field


class Node(Struct):
    """One accepted schema. `type` is in lower case.

    `is_untyped`: nothing said what it is. `is_null`: nothing but null. `is_closed`: only declared members.
    `is_demanded`: it carried `required: true` for its parent. `enum` holds strings, without doubles.
    """

    type: str = "string"
    description: str = ""
    hints: list[str] = field(default_factory=list)
    nullable: bool = False
    enum: list[str] = field(default_factory=list)
    items: "Node | None" = None
    properties: dict[str, "Node"] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    is_closed: bool = False
    is_untyped: bool = False
    is_null: bool = False
    is_demanded: bool = False

    def hint(self, *texts: str) -> None:
        """Say in words what the form cannot express; twice said is once said."""
        self.hints += (text for text in texts if text and text not in self.hints)

    @property
    def wording(self) -> str:
        """Description and hints as one text."""
        return worded(self.description, self.hints)


def written(node: Node) -> dict[str, Any]:
    """The node as JSON values; two nodes mean the same when these are equal."""
    plain: dict[str, Any] = {"type": node.type}
    if wording := node.wording:
        plain["description"] = wording
    if node.nullable:
        plain["nullable"] = True
    if node.enum:
        plain["enum"] = node.enum
    if node.items is not None:
        plain["items"] = written(node.items)
    if node.properties:
        plain["properties"] = {name: written(one) for name, one in node.properties.items()}
    if node.required:
        plain["required"] = node.required
    if node.is_closed:
        plain["additionalProperties"] = False
    return plain


def worded(description: str, hints: Iterable[str]) -> str:
    """`{description} [{hint}; {hint}]` without hints that the description already has."""
    missing = [hint for hint in hints if not _has(description, hint)]
    bracket = f"[{'; '.join(missing)}]" if missing else ""
    return f"{description} {bracket}".strip() if description else bracket


def _has(description: str, hint: str) -> bool:
    place = description.find(hint)
    while place >= 0:
        before, after = description[:place], description[place + len(hint) :]
        if before.endswith(("[", "; ")) and after.startswith(("]", ";")):
            return True
        place = description.find(hint, place + 1)
    return False


def joined(*texts: str) -> str:
    """Descriptions one after the other, none of them twice."""
    return " ".join(dict.fromkeys(text for text in texts if text))
