"""Choices between schemas."""

from typing import Any

import pytest

from tests.support.schemas import cleaned


def member(schema: Any) -> Any:
    return cleaned({"properties": {"a": schema}})["properties"]["a"]


def test_null_and_one_other_is_the_other() -> None:
    """tool-schemas.md 3.4 and 3.5."""
    assert member(
        {"anyOf": [{"type": "null"}, {"type": "string", "description": "d"}], "description": "own"}
    ) == {
        "type": "string",
        "description": "own d",
        "nullable": True,
    }


@pytest.mark.parametrize("null", [{"type": "null"}, {"const": None}, {"enum": [None]}, {"$ref": "#/$defs/N"}])
def test_null_goes_by_several_forms(null: Any) -> None:
    """tool-schemas.md 3.4."""
    schema = {"properties": {"a": {"oneOf": [{"type": "integer"}, null]}}, "$defs": {"N": {"type": "null"}}}

    assert cleaned(schema)["properties"]["a"] == {"type": "integer", "nullable": True}


def test_nothing_but_null_is_always_null() -> None:
    """tool-schemas.md 3.4."""
    expected = {"type": "string", "description": "[always null]", "nullable": True}

    assert member({"anyOf": [{"type": "null"}]}) == expected
    assert member({"type": ["null"]}) == expected
    assert member({"enum": [None]}) == expected


def test_no_branches_are_a_string() -> None:
    """tool-schemas.md 3.5."""
    assert member({"anyOf": [False]})["type"] == "string"


def test_equal_branches_count_once() -> None:
    """tool-schemas.md 3.5."""
    assert member({"anyOf": [{"type": "integer"}, {"type": "integer"}]}) == {"type": "integer"}


def test_enums_of_strings_are_united() -> None:
    """tool-schemas.md 3.5."""
    assert member({"anyOf": [{"enum": ["a", "b"]}, {"const": "c"}, {"enum": ["b"]}]})["enum"] == [
        "a",
        "b",
        "c",
    ]


def test_an_enum_beside_any_string_is_dropped() -> None:
    """tool-schemas.md 3.5."""
    assert member({"anyOf": [{"enum": ["a", "b"]}, {"type": "string"}]}) == {"type": "string"}


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        (["string", "object"], "object"),
        (["integer", "array", "string"], "array"),
        (["boolean", "integer"], "integer"),
        (["integer", "number"], "number"),
        (["number", "string"], "string"),
    ],
)
def test_the_strongest_type_wins(types: list[str], chosen: str) -> None:
    """tool-schemas.md 3.5."""
    found = member({"anyOf": [{"type": name} for name in types]})

    assert found["type"] == chosen
    assert found["description"] == f"[accepts {' | '.join(types)}]"


def test_objects_are_merged_and_demand_what_all_demand() -> None:
    """tool-schemas.md 3.5: constants first, `?` for what may be missing."""
    found = member(
        {
            "oneOf": [
                {
                    "properties": {"x": {"type": "string"}, "kind": {"const": "a"}, "y": {}},
                    "required": ["kind", "x"],
                },
                {"properties": {"kind": {"const": "b"}, "z": {"type": "integer"}}, "required": ["kind", "z"]},
            ]
        }
    )

    assert found["description"] == "[one of {kind=a, x, y?} | {kind=b, z}]"
    assert found["required"] == ["kind"]
    assert found["properties"]["kind"]["enum"] == ["a", "b"]
    assert list(found["properties"]) == ["x", "kind", "y", "z"]


def test_a_nodes_own_properties_come_first_and_stay_demanded() -> None:
    """tool-schemas.md 3.5."""
    found = member(
        {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
            "anyOf": [{"properties": {"b": {"type": "string"}}}, {"properties": {"c": {"type": "string"}}}],
        }
    )

    assert list(found["properties"]) == ["id", "b", "c"]
    assert found["required"] == ["id"]
    assert found["description"] == "[one of {b?} | {c?}]"


def test_what_the_node_demands_of_its_branches_is_demanded() -> None:
    """tool-schemas.md 3.7."""
    found = member(
        {"type": "object", "required": ["b"], "anyOf": [{"properties": {"b": {"type": "string"}}}]}
    )

    assert found["required"] == ["b"]


def test_branches_without_a_type_are_of_the_nodes_type() -> None:
    """tool-schemas.md 3.10."""
    found = member({"type": "integer", "anyOf": [{"minimum": 5}, {"multipleOf": 3}]})

    assert found["type"] == "integer"


def test_objects_beside_other_types_are_merged_all_the_same() -> None:
    """tool-schemas.md S3: no property is lost."""
    branches = [
        {"type": "string"},
        {"properties": {"a": {"type": "string"}}},
        {"properties": {"b": {"type": "string"}}},
    ]

    assert list(member({"anyOf": branches})["properties"]) == ["a", "b"]
