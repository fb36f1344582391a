"""`db upgrade | status | backup`."""

import json
from pathlib import Path

import pytest

from app.cli import db
from tests.support.commands import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(db.group, tmp_path)


def test_a_database_is_made_looked_at_and_copied(desk: Desk, tmp_path: Path) -> None:
    """amendments.md 1."""
    before = desk.run("status")
    made = desk.run("upgrade")
    again = desk.run("upgrade", "--json")
    after = json.loads(desk.run("status", "--json").stdout)
    copy = desk.run("backup", str(tmp_path / "copy.sqlite"))

    assert (before.exit_code, made.exit_code, copy.exit_code) == (1, 0, 0)
    assert "not there yet" in before.stdout
    assert "0001_initial" in made.stdout
    assert json.loads(again.stdout) == {"applied": []}
    assert after["current"] is True
    assert after["applied"][0] == "0001_initial"
    assert (tmp_path / "copy.sqlite").exists()


def test_a_copy_beside_the_database_is_named_in_the_status(desk: Desk) -> None:
    desk.run("upgrade")

    path = json.loads(desk.run("backup", "--json").stdout)["backup"]

    assert path in desk.run("status").stdout


def test_a_copy_of_nothing_fails(desk: Desk) -> None:
    """amendments.md 1: exit code 1."""
    result = desk.run("backup")

    assert result.exit_code == 1
    assert "There is no database" in result.stderr


def test_a_damaged_database_fails_in_one_line(desk: Desk, tmp_path: Path) -> None:
    """faults.md F104."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "database.sqlite").write_bytes(b"no database" * 100)

    result = desk.run("status")

    assert result.exit_code == 1
    assert "is damaged" in result.stderr
