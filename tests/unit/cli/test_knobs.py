"""`setting list | set | reset`. Spec: admin-ui.md 2.3, Settings; 3.4: each action has a command."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import knobs
from tests.support.commands import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(knobs.group, tmp_path)


def shown(desk: Desk, name: str) -> dict[str, Any]:
    told = json.loads(desk.run("list", "--json").stdout)
    return next(one for one in told if one["name"] == name)


def test_a_setting_is_changed_and_taken_back(desk: Desk) -> None:
    changed = desk.run("set", "IDLE_S", "33")
    after = shown(desk, "idle_s")
    desk.run("reset", "idle_s")

    assert changed.exit_code == 0
    assert (after["value"], after["source"]) == (33, "panel")
    assert shown(desk, "idle_s") == {"name": "idle_s", "value": 120, "source": "default", "is_knob": True}


def test_what_the_environment_sets_is_left_to_it(desk: Desk) -> None:
    desk.environ["IDLE_S"] = "50"

    result = desk.run("set", "idle_s", "33")

    assert result.exit_code == 1
    assert "IDLE_S is set by IDLE_S" in result.stderr
    assert shown(desk, "idle_s")["source"] == "the environment"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("idle_s", "-1"), 2), (("idle_s", "long"), 2), (("port", "1"), 1), (("no_such", "1"), 1)],
)
def test_what_cannot_be_is_refused(desk: Desk, arguments: tuple[str, str], code: int) -> None:
    """amendments.md 1: exit codes 1 (failed), 2 (used wrongly)."""
    result = desk.run("set", "--", *arguments)

    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_secrets_are_only_said_to_be_there(desk: Desk) -> None:
    """threats.md S14."""
    desk.environ["OAUTH_CLIENT_SECRET"] = "GOCSPX-planted-canary"
    desk.environ["OAUTH_CLIENT_ID"] = "client"

    result = desk.run("list")

    assert "planted-canary" not in result.output
    assert shown(desk, "oauth_client_secret")["value"] == "set"
