"""What holds for every schema, every set of names, and all arguments. Source: tool-schemas.md 11."""

import json
import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.upstreams.base import ToolBinding
from app.upstreams.gemini.arguments import added, restored
from app.upstreams.gemini.names import ToolNames
from app.upstreams.gemini.schema import Target, clean
from app.upstreams.gemini.schema_words import TYPES
from tests.support.gemini import bound
from tests.support.schemas import NAMES, objects, plausible, scalars, schemas

TARGETS = [Target(family, use) for family in ("gemini", "claude", "gpt_oss") for use in ("tool", "response")]

targets = st.sampled_from(TARGETS)


def _text(value: Any) -> bytes:
    return json.dumps(value).encode()


def _check(schema: Any, target: Target) -> None:
    """S1: the shape that the upstream accepts."""
    assert isinstance(schema, dict)
    allowed = {"type", "description", "nullable", "enum", "items", "properties", "required"}
    if target.use == "response":
        allowed |= {"additionalProperties", "propertyOrdering"}
    assert schema.keys() <= allowed
    assert schema["type"].lower() in TYPES
    assert schema["type"] == (schema["type"].upper() if target.family == "gemini" else schema["type"].lower())
    assert isinstance(schema.get("description", "x"), str)
    assert schema.get("description") != ""
    assert schema.get("nullable", True) is True
    assert not ("nullable" in schema and target.family == "claude")
    enum = schema.get("enum", ["x"])
    assert enum
    assert all(isinstance(member, str) and member for member in enum)
    assert len(set(enum)) == len(enum)
    assert ("items" in schema) == (schema["type"].lower() == "array")
    if "items" in schema:
        _check(schema["items"], target)
    properties = schema.get("properties", {"x": None})
    assert properties
    required = schema.get("required", list(properties)[:1])
    assert required
    assert len(set(required)) == len(required)
    assert set(required) <= set(properties)
    assert schema.get("additionalProperties", False) is False
    if target.family == "claude":
        assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name) for name in properties)
    for one in schema.get("properties", {}).values():
        _check(one, target)


@given(schemas, targets)
@settings(max_examples=300, deadline=None)
def test_s1_any_value_becomes_an_accepted_schema(schema: Any, target: Target) -> None:
    """tool-schemas.md S1 and 2.5."""
    found = clean(_text(schema), target)

    root = json.loads(found.schema)
    _check(root, target)
    if target.use == "tool":
        assert root["type"].lower() == "object"
        assert target.family != "claude" or root["required"]


@given(st.binary(max_size=40), targets)
@settings(deadline=None)
def test_s1_bytes_that_are_no_json_are_a_schema_of_anything(schema: bytes, target: Target) -> None:
    """tool-schemas.md 2.5."""
    _check(json.loads(clean(schema, target).schema), target)


@given(schemas, targets)
@example({"anyOf": [{"type": "null"}]}, TARGETS[0])
@settings(max_examples=300, deadline=None)
def test_s2_cleaning_again_changes_nothing(schema: Any, target: Target) -> None:
    """tool-schemas.md S2."""
    once = clean(_text(schema), target)

    assert clean(once.schema, target).schema == once.schema
    assert clean(_text(schema), target) == once


trees = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer"}, {"type": ["number", "null"]}, {"const": "k"}]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda members: {"properties": members}),
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"allOf": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
    ),
    max_leaves=8,
)


def _with_names(tree: Any, count: list[int]) -> Any:
    """Every property of a tree gets a name of its own, so that none can hide another."""
    if not isinstance(tree, dict):
        return tree
    found = {word: tree[word] for word in tree if word in ("type", "const")}
    if "items" in tree:
        found["items"] = _with_names(tree["items"], count)
    for word in ("allOf", "anyOf"):
        if word in tree:
            found[word] = [_with_names(one, count) for one in tree[word]]
    if "properties" in tree:
        found["type"] = "object"
        found["properties"] = {}
        for one in tree["properties"]:
            count[0] += 1
            found["properties"][f"p{count[0]}"] = _with_names(one, count)
    return found


def _holds(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_holds, value))
    if not isinstance(value, dict):
        return set()
    named = set(value["properties"]) if isinstance(value.get("properties"), dict) else set()
    return named.union(*map(_holds, value.values()))


def _is_all_objects(value: Any) -> bool:
    """Whether alternatives and parts are all of one kind, so that none has to give way to another."""
    if isinstance(value, list):
        return all(map(_is_all_objects, value))
    if not isinstance(value, dict):
        return True
    for word in ("anyOf", "allOf"):
        if word in value and len({_kind(one) for one in value[word]}) != 1:
            return False
    return all(_is_all_objects(one) for one in value.values())


def _kind(value: Any) -> str:
    for word in ("anyOf", "allOf"):
        if word in value:
            return _kind(value[word][0])
    return "object" if "properties" in value else "array" if "items" in value else "scalar"


@given(
    trees.map(lambda tree: _with_names(tree, [0])).filter(_is_all_objects),
    st.sampled_from([TARGETS[0], TARGETS[2]]),
)
@settings(deadline=None)
def test_s3_no_property_is_lost(schema: Any, target: Target) -> None:
    """tool-schemas.md S3."""
    found = _holds(json.loads(clean(_text(schema), target).schema))

    assert _holds(schema) <= found


def _demanded(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_demanded, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(_demanded, value.values()))
    if isinstance(value.get("required"), list):
        found |= {name for name in value["required"] if isinstance(name, str)}
    return found


@given(plausible)
@settings(deadline=None)
def test_s4_nothing_is_demanded_that_was_not(schema: Any) -> None:
    """tool-schemas.md S4."""
    found = json.loads(clean(_text(schema), TARGETS[0]).schema)

    assert _demanded(found) <= _demanded(schema) | {"value"}


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TYPES), min_size=1), targets)
@settings(deadline=None)
def test_s5_declared_types_stay(types: dict[str, str], target: Target) -> None:
    """tool-schemas.md S5."""
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in types.items()}}

    found = clean(_text(schema), target)

    own = {wire: name for _, pairs in found.renames for wire, name in pairs}
    properties = json.loads(found.schema)["properties"]
    kept = {
        own.get(name, name): one["type"].lower()
        for name, one in properties.items()
        if name != found.placeholder
    }
    assert kept == types


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["a b", "a/b", "a_b", "b" * 70, "b" * 71]), unique=True),
    st.randoms(),
)
@settings(deadline=None)
def test_s6_names_map_one_to_one_whatever_their_order(names: list[str], random: Any) -> None:
    """tool-schemas.md S6."""
    shuffled = list(names)
    random.shuffle(shuffled)
    one, other = ToolNames(names), ToolNames(shuffled)

    wires = [one.wire(name) for name in names]

    assert len(set(wires)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", wire) for wire in wires)
    assert [other.wire(name) for name in names] == wires
    assert [one.own(wire) for wire in wires] == names


def _values(schema: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Arguments that use declared members only, under any of the declared types."""
    if not isinstance(schema, dict) or depth > 3:
        return scalars
    if isinstance(schema.get("properties"), dict):
        members = {name: _values(one, depth + 1) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=members)
    if schema.get("type") == "array":
        return st.lists(_values(schema.get("items"), depth + 1), max_size=2)
    return scalars


@given(st.data(), objects)
@settings(deadline=None)
def test_s7_what_is_added_to_arguments_is_taken_out_again(data: st.DataObject, schema: Any) -> None:
    """tool-schemas.md S7: also where a tool has a member of the placeholder's name."""
    cleaned = clean(_text(schema), Target("claude", "tool"))
    binding: ToolBinding = bound(
        "f", placeholder=cleaned.placeholder, wrapped=cleaned.is_wrapped, renames=cleaned.renames
    )
    args = data.draw(_values(schema))

    sent = added(_text(args), binding)
    back = restored(sent, binding)

    assert json.loads(back) == args
    assert set(json.loads(sent)) <= set(json.loads(cleaned.schema)["properties"])


@given(scalars.filter(lambda value: value is not None) | st.lists(scalars))
@settings(deadline=None)
def test_s7_bare_values_are_unwrapped_again(value: Any) -> None:
    """tool-schemas.md S7: clients see what their own schema declares."""
    cleaned = clean(
        _text({"type": "array" if isinstance(value, list) else "string"}), Target("claude", "tool")
    )
    binding = bound("f", placeholder=cleaned.placeholder, wrapped=cleaned.is_wrapped)

    back = restored(added(_text({"value": value}), binding), binding)

    assert json.loads(back) == value


@given(st.lists(st.lists(st.integers(0, 11), max_size=4), min_size=12, max_size=12))
@settings(max_examples=50, deadline=None)
def test_s8_references_cannot_make_a_schema_explode(edges: list[list[int]]) -> None:
    """tool-schemas.md S8 and 2.5."""
    defs = {
        f"N{number}": {
            "properties": {f"p{index}": {"$ref": f"#/$defs/N{to}"} for index, to in enumerate(row)},
            "allOf": [{"$ref": f"#/$defs/N{to}"} for to in row[:2]],
            "anyOf": [{"$ref": f"#/$defs/N{to}"} for to in row[2:]],
        }
        for number, row in enumerate(edges)
    }

    found = clean(_text({"$ref": "#/$defs/N0", "$defs": defs}), Target("gemini", "tool"))

    assert len(found.schema) <= 256 * 1024
    assert found.schema.count(b'"type"') <= 15_000
