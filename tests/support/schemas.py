"""Hypothesis strategies for JSON Schemas: plausible ones, sloppy ones, and no schemas at all."""

import json
from typing import Any

from hypothesis import strategies as st

from app.upstreams.gemini.schema import Target, clean
from app.upstreams.gemini.schema_words import TYPES

GEMINI_TOOL = Target("gemini", "tool")
CLAUDE_TOOL = Target("claude", "tool")
GEMINI_ANSWER = Target("gemini", "response")

LISTED = """
type properties items required anyOf oneOf allOf enum const $ref $defs then else if not nullable description
default prefixItems additionalProperties patternProperties propertyNames format minimum minItems examples
any_of min_length x-odd title propertyOrdering
"""
WORDS = LISTED.split()
NAMES = ["a", "b", "c", "a b", "type", "ä", "_noop", "value", "x" * 70]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([0.5, 2.0, -1e9])
    | st.sampled_from(["", "a", "b", "string", "Integer", "null", "odd"])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS + NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


def _object(schema: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(members: dict[str, Any], required: list[str], extra: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": members, "required": required, **extra}

    closed = st.fixed_dictionaries(
        {}, optional={"additionalProperties": st.booleans(), "description": st.just("d")}
    )
    names = st.sampled_from(NAMES)
    return st.builds(build, st.dictionaries(names, schema, max_size=3), st.lists(names, max_size=3), closed)


def _wider(schema: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    union = st.builds(
        lambda word, branches: {word: branches},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(schema, min_size=1, max_size=3),
    )
    array = st.builds(lambda items: {"type": "array", "items": items}, schema)
    pair = st.builds(lambda one, two: {"prefixItems": [one, two]}, schema, schema)
    branched = st.builds(
        lambda one, two: {"type": "object", "then": one, **two}, _object(schema), _object(schema)
    )
    return _object(schema) | union | array | pair | branched


leaves = st.one_of(
    st.sampled_from(TYPES).map(lambda name: {"type": name}),
    st.sampled_from(TYPES).map(lambda name: {"type": [name, "null"]}),
    st.sampled_from(["#", "#/$defs/A", "#/$defs/B", "#/nowhere", "https://example.invalid/x"]).map(
        lambda to: {"$ref": to}
    ),
    st.lists(scalars, max_size=3).map(lambda members: {"enum": members}),
    scalars.map(lambda value: {"const": value}),
    st.just({"type": "string", "minLength": 1, "default": None}),
    st.booleans(),
)
plausible = st.recursive(leaves, _wider, max_leaves=10)
documents = st.builds(
    lambda root, a, b: {**root, "$defs": {"A": a, "B": b}} if isinstance(root, dict) else root,
    plausible,
    plausible,
    plausible,
)
schemas = documents | anything
"""Anything at all that a client may call a schema."""

objects = st.recursive(
    st.just({"type": "string"}),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4).map(
            lambda members: {"type": "object", "properties": members}
        ),
        inner.map(lambda items: {"type": "array", "items": items}),
    ),
    max_leaves=8,
).filter(lambda schema: schema["type"] == "object")
"""Plain schemas of objects, for arguments that fit them."""


def lowered(value: Any) -> Any:
    """The schema with its type names in lower case: examples compare them without regard to case."""
    if isinstance(value, list):
        return [lowered(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: one.lower() if key == "type" and isinstance(one, str) else lowered(one)
        for key, one in value.items()
    }


def cleaned(schema: Any, target: Target = GEMINI_TOOL) -> Any:
    """A schema, bytes as they are, as it goes upstream, read back."""
    text = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
    return lowered(json.loads(clean(text, target).schema))
