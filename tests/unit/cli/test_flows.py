"""`flows show | replay`. Source: amendments.md 1."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.flows import group

RECORDED = """# a greeting
>> client POST /v1/chat/completions
   {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hi"}]}

<< client {status}
   {}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "greeting.play"
    path.write_text(RECORDED.replace("{status}", "200"))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


def test_show_prints_what_was_said_and_cuts_long_bodies(file: Path) -> None:
    file.write_text(file.read_text() + "\n".join(f"   line {number}" for number in range(30)) + "\n")

    short, full = run("show", str(file)).stdout, run("show", str(file), "--full").stdout

    assert ">> client POST /v1/chat/completions" in short
    assert "more lines; --full shows them" in short
    assert "line 29" in full
    assert json.loads(run("show", str(file), "--json").stdout)[1]["what"] == "200"


def test_a_file_that_is_no_recording_is_one_sentence(file: Path) -> None:
    file.write_text("hello")

    result = run("show", str(file))

    assert result.exit_code == 1
    assert "is no recording: cannot read 'hello'" in result.stderr


def test_a_recording_is_replayed_against_a_simulated_backend(file: Path) -> None:
    told = json.loads(run("replay", str(file), "--json").stdout)

    assert told["same"]
    assert json.loads(told["answers"][0]["body"])["model"] == "gemini-2.5-flash"


def test_another_status_than_the_recorded_one_is_exit_code_one(file: Path) -> None:
    file.write_text(RECORDED.replace("{status}", "429"))

    result = run("replay", str(file))

    assert result.exit_code == 1
    assert "<< 200 (recorded: 429)" in result.stdout


def test_a_running_gateway_wants_a_key(file: Path) -> None:
    """amendments.md 1: exit code 2."""
    assert (
        CliRunner(env={"API_KEY": ""}).invoke(group, ["replay", str(file), "--url", "http://x"]).exit_code
        == 2
    )
