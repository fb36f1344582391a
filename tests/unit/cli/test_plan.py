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


def test_it_says_which_addon_listens_where(tmp_path: Path) -> None:
    """Each hook stands below the stage that calls it, with the addons in their order."""
    path = tmp_path / "mine.py"
    path.write_text(
        "class Mine:\n"
        "    async def prompt_read(self, flow): pass\n"
        "    async def flow_closed(self, flow): pass\n"
        "addons = [Mine()]\n"
    )

    printed = CliRunner().invoke(plan, ["--addon", str(path)])
    told = json.loads(CliRunner().invoke(plan, ["--addon", str(path), "--json"]).stdout)

    lines = [" ".join(line.split()) for line in printed.stdout.splitlines()]
    assert lines[lines.index("read") + 1] == "prompt_read mine"
    assert "flow_closed metrics, request_log, mine" in lines
    assert told["hooks"]["caller_known"] == ["spend_guard"]
    assert [one["source"] for one in told["addons"] if one["name"] == "mine"] == [str(path)]
