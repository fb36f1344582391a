"""The words of JSON Schema, and in which spellings clients send them. Data and look-ups only."""

from typing import Any, Final

TYPES: Final = ("object", "array", "string", "number", "integer", "boolean")
"""Strongest first: what a choice between types falls to."""

_LISTED: Final = """
    $anchor $comment $defs $dynamicAnchor $dynamicRef $id $recursiveRef $ref $schema $vocabulary
    additionalItems additionalProperties allOf anyOf const contains contentEncoding contentMediaType
    contentSchema default definitions dependencies dependentRequired dependentSchemas deprecated description
    discriminator else enum enumDescriptions example examples exclusiveMaximum exclusiveMinimum externalDocs
    format id if items maxContains maxItems maxLength maxProperties maximum minContains minItems minLength
    minProperties minimum multipleOf not nullable oneOf pattern patternProperties prefixItems properties
    propertyNames propertyOrdering readOnly required strict then title type unevaluatedItems
    unevaluatedProperties uniqueItems writeOnly xml
"""
_KEYWORDS: Final = frozenset(_LISTED.split())


def _in_snake_case(word: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in word)


_FROM_SNAKE: Final = {_in_snake_case(word): word for word in _KEYWORDS if _in_snake_case(word) != word}


def keywords(node: dict[str, Any]) -> dict[str, Any]:
    """`node` with keywords in camel case; where both spellings are there, camel case wins."""
    if not any(name in _FROM_SNAKE for name in node):
        return node
    return {_FROM_SNAKE.get(name, name): value for name, value in node.items()} | {
        name: value for name, value in node.items() if name not in _FROM_SNAKE
    }


def is_property_map(node: dict[str, Any]) -> bool:
    """Whether `node` is a bare map of properties in place of an object schema."""
    return bool(node) and not (node.keys() & _KEYWORDS) and all(isinstance(v, dict) for v in node.values())


def known_type(word: Any) -> str | None:
    """A type name in lower case, `null` included; None for what is none."""
    if not isinstance(word, str):
        return None
    word = word.lower()
    return word if word in TYPES or word == "null" else None
