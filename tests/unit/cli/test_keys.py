"""`key create | list | revoke`."""

import json
from pathlib import Path

import pytest

from app.cli import keys
from tests.support.commands import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(keys.group, tmp_path)


def test_quiet_prints_the_bare_key_only(desk: Desk) -> None:
    """amendments.md 1."""
    result = desk.run("create", "--name", "laptop", "--quiet")

    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    assert result.output.startswith("sk-")


def test_a_key_is_shown_once_and_then_by_its_ends(desk: Desk) -> None:
    """amendments.md 2: shown once."""
    made = json.loads(desk.run("create", "--name", "laptop", "--model", "m", "--days", "3", "--json").stdout)

    (listed,) = json.loads(desk.run("list", "--json").stdout)

    assert made.pop("key").endswith(listed["last4"])
    assert listed == made
    assert listed["models"] == ["m"]
    assert listed["expires_at"] - listed["created_at"] == pytest.approx(3 * 86_400, abs=60)
    assert "key" not in listed


def test_a_table_names_keys_and_how_they_stand(desk: Desk) -> None:
    desk.run("create", "--name", "laptop")
    desk.run("create", "--name", "phone")
    assert desk.run("revoke", "phone").exit_code == 0

    lines = desk.run("list").stdout.splitlines()

    assert [line.split()[1] for line in lines] == ["NAME", "laptop", "phone"]
    assert [line.split()[-1] for line in lines] == ["STATE", "active", "revoked"]


def test_revoking_what_is_not_there_fails(desk: Desk) -> None:
    """amendments.md 1: exit codes 0, 1 (failed), 2 (used wrongly)."""
    result = desk.run("revoke", "nobody")

    assert result.exit_code == 1
    assert "There is no key `nobody`" in result.stderr


def test_a_name_that_several_keys_have_revokes_none(desk: Desk) -> None:
    first, _ = desk.run("create", "--name", "a"), desk.run("create", "--name", "a")
    assert first.exit_code == 0

    result = desk.run("revoke", "a")

    assert result.exit_code == 1
    assert "say which" in result.stderr
    by_id = json.loads(desk.run("list", "--json").stdout)[0]["id"]
    assert json.loads(desk.run("revoke", by_id, "--json").stdout)["state"] == "revoked"


@pytest.mark.parametrize(
    "arguments", [("create",), ("create", "--name", " "), ("create", "--name", "x" * 201)]
)
def test_a_key_without_a_proper_name_is_a_wrong_use(desk: Desk, arguments: tuple[str, ...]) -> None:
    """amendments.md 1: exit code 2."""
    assert desk.run(*arguments).exit_code == 2


def test_a_database_that_cannot_be_is_one_line_and_exit_code_one(desk: Desk, tmp_path: Path) -> None:
    """faults.md F103."""
    (tmp_path / "data").write_text("a file")

    result = desk.run("list")

    assert result.exit_code in (1, 2)
    assert "cannot be" in result.stderr
    assert "Traceback" not in result.output


def test_a_command_leaves_the_panels_password_to_who_can_show_it(desk: Desk, tmp_path: Path) -> None:
    """amendments.md 1: the password is printed once."""
    desk.run("create", "--name", "laptop")

    assert set(json.loads((tmp_path / "data" / "secrets.json").read_text())) == {
        "jwt_secret",
        "encryption_key",
    }


def test_limits_are_set_changed_and_taken_away(desk: Desk) -> None:
    made = desk.run("create", "--name", "a", "--daily-tokens", "100", "--requests-per-minute", "5", "--json")
    assert json.loads(made.stdout)["daily_tokens"] == 100

    changed = desk.run("update", "a", "--daily-tokens", "0", "--monthly-tokens", "900", "--json")

    told = json.loads(changed.stdout)
    limits = {name: told[name] for name in ("daily_tokens", "monthly_tokens", "requests_per_minute")}
    assert limits == {"daily_tokens": None, "monthly_tokens": 900, "requests_per_minute": 5}
    assert json.loads(desk.run("list", "--json").stdout) == [told]


def test_an_update_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    desk.run("create", "--name", "a", "--model", "m", "--days", "3")

    renamed = json.loads(desk.run("update", "a", "--name", "b", "--json").stdout)
    freed = json.loads(desk.run("update", "b", "--any-model", "--no-end", "--json").stdout)

    assert (renamed["name"], renamed["models"]) == ("b", ["m"])
    assert renamed["expires_at"] is not None
    assert (freed["models"], freed["expires_at"]) == (None, None)


def test_wishes_that_exclude_each_other_are_a_wrong_use(desk: Desk) -> None:
    """amendments.md 1: exit code 2."""
    desk.run("create", "--name", "a")

    assert desk.run("update", "a", "--model", "m", "--any-model").exit_code == 2
    assert desk.run("update", "a", "--days", "3", "--no-end").exit_code == 2
    assert desk.run("create", "--name", "b", "--daily-tokens", "0").exit_code == 2
    assert desk.run("update", "nobody", "--name", "x").exit_code == 1


def test_a_key_is_paused_resumed_and_held_to_addresses(desk: Desk) -> None:
    """Spec: admin-ui.md 2.3, Keys: note, concurrent, address list, pause."""
    made = desk.run(
        "create", "--name", "a", "--note", "Ben's", "--address", "10.0.0.0/8", "--concurrent", "2", "--json"
    )
    paused = json.loads(desk.run("update", "a", "--paused", "--json").stdout)
    resumed = json.loads(desk.run("update", "a", "--resume", "--any-address", "--json").stdout)

    told = json.loads(made.stdout)
    assert (told["note"], told["addresses"], told["concurrent"]) == ("Ben's", ["10.0.0.0/8"], 2)
    assert (told["state"], paused["state"], resumed["state"]) == ("active", "paused", "active")
    assert (paused["addresses"], resumed["addresses"]) == (["10.0.0.0/8"], None)
    assert resumed["concurrent"] == 2
    assert desk.run("create", "--name", "b", "--address", "home").exit_code == 2
    assert desk.run("update", "a", "--address", "10.1.1.1", "--any-address").exit_code == 2


def test_a_rotated_key_ends_later_and_its_successor_may_do_the_same(desk: Desk) -> None:
    """Spec: admin-ui.md 2.3, Keys: rotate (old one valid for n hours)."""
    old = json.loads(desk.run("create", "--name", "a", "--concurrent", "2", "--json").stdout)
    new = json.loads(desk.run("rotate", "a", "--keep-hours", "2", "--json").stdout)
    last = desk.run("rotate", new["id"], "--keep-hours", "0", "--quiet")

    keys = {one["id"]: one for one in json.loads(desk.run("list", "--json").stdout)}
    assert new["key"] != old["key"]
    assert new["concurrent"] == 2
    assert keys[old["id"]]["expires_at"] == pytest.approx(new["created_at"] + 7200, abs=60)
    assert keys[new["id"]]["state"] == "revoked"
    assert last.stdout.startswith("sk-")
    assert desk.run("rotate", new["id"]).exit_code == 1
