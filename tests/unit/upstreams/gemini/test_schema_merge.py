"""Schemas made of several."""

import json
from typing import Any

from app.upstreams.gemini.schema import clean
from tests.support.schemas import GEMINI_TOOL, cleaned

NOOP = {"type": "boolean", "description": "Always true."}


def test_a_reference_that_leads_nowhere_is_named() -> None:
    """tool-schemas.md 3.2."""
    found = cleaned(
        {"properties": {"a": {"$ref": "https://example.invalid/Thing"}, "b": {"$ref": "#/$defs/Gone"}}}
    )

    assert found["properties"] == {
        "a": {"type": "string", "description": "[see Thing; any JSON value]"},
        "b": {"type": "string", "description": "[see Gone; any JSON value]"},
    }


def test_references_decode_escapes_of_pointers() -> None:
    """tool-schemas.md 3.2."""
    schema = {"properties": {"a": {"$ref": "#/$defs/x~1y%20z"}}, "$defs": {"x/y z": {"type": "integer"}}}

    assert cleaned(schema)["properties"]["a"] == {"type": "integer"}


def test_mutual_references_do_not_explode() -> None:
    """tool-schemas.md S8."""
    names = [f"N{number}" for number in range(30)]
    defs = {
        name: {"type": "object", "properties": {other: {"$ref": f"#/$defs/{other}"} for other in names}}
        for name in names
    }

    found = clean(json.dumps({"$ref": "#/$defs/N0", "$defs": defs}).encode(), GEMINI_TOOL)

    assert len(found.schema) <= 256 * 1024


def test_doubling_parts_do_not_explode() -> None:
    """tool-schemas.md S8."""
    defs: dict[str, Any] = {
        f"N{number}": {"allOf": [{"$ref": f"#/$defs/N{number + 1}"}] * 2} for number in range(40)
    }
    defs["N40"] = {"properties": {"a": {"type": "string"}}}

    found = cleaned({"$ref": "#/$defs/N0", "$defs": defs})

    assert found["type"] == "object"
