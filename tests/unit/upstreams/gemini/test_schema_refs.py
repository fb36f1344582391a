"""References within a schema."""

import pytest

from app.upstreams.gemini.schema_refs import resolve

DOCUMENT = {
    "$defs": {"a/b": {"type": "string"}, "c~d": True, "list": [{"type": "integer"}]},
    "type": "object",
}


@pytest.mark.parametrize(
    ("reference", "target", "name"),
    [
        ("#", DOCUMENT, "root"),
        ("#/$defs/a~1b", {"type": "string"}, "a/b"),
        ("#/$defs/c~0d", True, "c~d"),
        ("#/%24defs/list/0", {"type": "integer"}, "0"),
    ],
)
def test_pointers_lead_to_their_targets(reference: str, target: object, name: str) -> None:
    """tool-schemas.md 3.2."""
    found = resolve(DOCUMENT, reference)

    assert found.is_known
    assert (found.target, found.name) == (target, name)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "#anchor",
        "#/$defs/Gone",
        "#/$defs/list/7",
        "#/$defs/list/-1",
        "#/type",
        "other.json#/a",
        "https://example.invalid/x",
    ],
)
def test_what_leads_nowhere_is_told_and_never_fetched(reference: str) -> None:
    """tool-schemas.md 3.2."""
    assert not resolve(DOCUMENT, reference).is_known


def test_names_of_remote_schemas_are_their_last_step() -> None:
    """tool-schemas.md 3.2."""
    assert resolve({}, "https://example.invalid/schemas/Thing.json").name == "Thing.json"
