"""The format of plays. Source: architecture.md 20."""

import pytest

from app.wire.play import Line, Script, read, spell

SCRIPT = Script(
    ["# what this shows"],
    [
        Line(">>", "client", "POST /v1/messages", ["{", ' "model": "m"', "}"]),
        Line("<<", "client", "200", ["event: a", "data: 1", "", "event: b", "data: 2"]),
    ],
)


def test_what_is_spelled_is_read_again() -> None:
    assert read(spell(SCRIPT)) == SCRIPT


def test_it_reads_as_it_is_described() -> None:
    assert spell(SCRIPT).startswith("# what this shows\n\n>> client POST /v1/messages\n   {\n")
    assert spell(SCRIPT).endswith("   data: 1\n\n   event: b\n   data: 2\n")


def test_a_line_that_belongs_to_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="'hello'"):
        read("hello\n")
