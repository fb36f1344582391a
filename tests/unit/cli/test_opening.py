"""What commands print is what it says."""

import json

import pytest

from app.cli.opening import show_json, show_table

EVIL = "x\x1b[2J\u202egnp\x9b1m\r\nfake"


def test_a_table_of_foreign_text_does_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """threats.md S35."""
    show_table(("NAME", "MODEL"), [(EVIL, "m"), ("ü 漢", "n")])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert lines[1].split()[-1] == "m"
    assert lines[0].index("MODEL") == lines[1].rindex("m")
    assert lines[2].startswith("ü 漢")


@pytest.mark.parametrize("text", [EVIL, "a\x7fb", "ü 漢"])
def test_json_of_foreign_text_is_the_same_text_and_printable(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """threats.md S35."""
    show_json({"name": text})

    said = capsys.readouterr().out
    assert json.loads(said) == {"name": text}
    assert said.replace("\n", "").isprintable()
    assert ("ü" in said) == ("ü" in text)
