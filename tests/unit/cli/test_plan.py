"""`plan`: the stages of each operation. Source: architecture 7.2."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.plan import plan


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_stages_are_printed_in_order() -> None:
    result = CliRunner().invoke(plan, [])

    assert result.exit_code == 0, result.output
    assert result.stdout.index("authenticate") < result.stdout.index("lease") < result.stdout.index("relay")


def test_the_stages_can_be_had_as_json() -> None:
    result = CliRunner().invoke(plan, ["--json"])

    stages = json.loads(result.stdout)["stages"]
    assert stages["acknowledge"] == ["acknowledge"]
    assert stages["generate"][0] == "authenticate"


def test_no_database_is_left_behind(tmp_path: Path) -> None:
    CliRunner().invoke(plan, [])

    assert list(tmp_path.rglob("*.sqlite")) == []
