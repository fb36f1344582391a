"""`account add | list | check | enable | disable | refresh | remove | import | export`."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.cli import accounts
from app.cli.examine import Examined
from app.errors import CredentialRejected, UpstreamUnreachable
from app.pool.model import Account
from app.pool.refreshing import EQUAL_FAILURES
from app.upstreams.base import Discovery
from tests.support.commands import Desk

TOKEN = "1//a-token-for-tests"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(accounts.group, tmp_path)


def added(desk: Desk, name: str = "anna") -> dict[str, Any]:
    result = desk.run("add", "--email", f"{name}@example.test", "--refresh-token", TOKEN, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def listed(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.run("list", "--json").stdout)
    return found


def test_an_account_is_added_without_a_terminal(desk: Desk) -> None:
    """amendments.md 1."""
    account = added(desk)

    assert account["email"] == "anna@example.test"
    assert account["state"] == "ready"
    assert listed(desk) == [account]


def test_a_token_can_come_from_stdin_away_from_histories(desk: Desk) -> None:
    result = desk.run("add", "--email", "ben@example.test", "--refresh-token", "-", typed=f"{TOKEN}\n")

    assert result.exit_code == 0
    assert listed(desk)[0]["email"] == "ben@example.test"


def test_no_command_shows_a_token(desk: Desk) -> None:
    """threats.md S13."""
    added(desk)

    for command in (("list",), ("list", "--json"), ("disable", "anna@example.test"), ("check",)):
        assert TOKEN not in desk.run(*command).output


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "--email", "anna@example.test"),
        ("add", "--refresh-token", TOKEN),
        ("add", "--email", "anna", "--refresh-token", TOKEN),
        ("add", "--email", "anna@example.test", "--refresh-token", " "),
        ("enable",),
        ("frobnicate",),
    ],
)
def test_a_wrong_use_has_its_own_exit_code(desk: Desk, arguments: tuple[str, ...]) -> None:
    """amendments.md 1: exit code 2."""
    assert desk.run(*arguments).exit_code == 2


def test_signing_in_without_an_oauth_client_says_what_is_missing(desk: Desk) -> None:
    """amendments.md 1: sign-in explains in one sentence what is missing."""
    result = desk.run("add")

    assert result.exit_code == 1
    assert "OAUTH_CLIENT_ID" in result.stderr


def test_an_account_is_switched_off_and_on_by_address_or_id(desk: Desk) -> None:
    """amendments.md 1."""
    account = added(desk)

    assert desk.run("disable", "ANNA@example.test").exit_code == 0
    assert "disabled" in desk.run("list").stdout
    assert json.loads(desk.run("enable", account["id"], "--json").stdout)["enabled"] is True


def test_an_account_is_noted_and_limited_and_what_is_not_said_stays(desk: Desk) -> None:
    """admin-ui.md 3.4: each action in the panel has a command."""
    account = added(desk)
    assert desk.run("update", account["id"], "--note", "Anna's own", "--concurrent", "3").exit_code == 0
    assert desk.run("update", "anna@example.test", "--note", "ours").exit_code == 0
    assert [(one["note"], one["concurrent"]) for one in listed(desk)] == [("ours", 3)]
    assert desk.run("update", account["id"], "--concurrent", "0").exit_code == 0
    assert listed(desk)[0]["concurrent"] is None


def test_a_removed_account_is_gone(desk: Desk) -> None:
    """amendments.md 1."""
    added(desk)

    assert desk.run("remove", "anna@example.test").exit_code == 0
    assert listed(desk) == []
    assert desk.run("remove", "anna@example.test").exit_code == 1


def test_refresh_keeps_what_the_upstream_says(desk: Desk) -> None:
    """upstream.md 2."""
    added(desk)
    desk.examined = lambda account: Examined(
        Discovery("p-7", "pro", ("m2", "m1")), refresh_token="1//rotated"
    )

    result = desk.run("refresh", "--json")

    assert result.exit_code == 0
    (account,) = listed(desk)
    assert (account["project"], account["tier"], account["models"]) == ("p-7", "pro", ["m1", "m2"])


def test_check_changes_nothing(desk: Desk) -> None:
    before = added(desk)
    desk.examined = lambda account: Examined(Discovery("p-7", "pro"))

    assert desk.run("check", "anna@example.test").stdout == "anna@example.test: fine\n"

    assert listed(desk) == [before]


def test_a_rotated_token_is_kept_even_by_a_check(desk: Desk, tmp_path: Path) -> None:
    """threats.md 5.4: a new refresh token is persisted."""
    added(desk)
    desk.examined = lambda account: Examined(Discovery(None), refresh_token="1//rotated")
    desk.run("check")

    desk.run("export", str(tmp_path / "out.json"), "--plain")

    assert "1//rotated" in (tmp_path / "out.json").read_text()


def test_an_account_whose_sign_in_is_gone_fails_the_check_and_is_marked_by_a_refresh(desk: Desk) -> None:
    """faults.md group D."""
    added(desk)
    desk.examined = lambda account: Examined(error=CredentialRejected("The sign-in is not accepted."))

    checked = desk.run("check")
    assert (checked.exit_code, listed(desk)[0]["state"]) == (1, "ready")
    assert "not accepted" in checked.stdout

    assert desk.run("refresh").exit_code == 1
    assert listed(desk)[0]["state"] == "needs_sign_in"


def test_trouble_on_the_way_is_not_the_accounts_fault(desk: Desk) -> None:
    """faults.md rule 9."""
    added(desk)
    desk.examined = lambda account: Examined(error=UpstreamUnreachable("No connection.", kind="connect"))

    assert desk.run("refresh").exit_code == 1
    assert listed(desk)[0]["state"] == "ready"


def test_accounts_travel_in_a_sealed_file(desk: Desk, tmp_path: Path) -> None:
    """threats.md S13, S34."""
    added(desk)
    added(desk, "ben")
    desk.run("disable", "ben@example.test")
    file = tmp_path / "accounts.json"
    assert desk.run("export", str(file), EXPORT_PASSPHRASE="a long passphrase").exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert TOKEN not in file.read_text()

    elsewhere = Desk(accounts.group, tmp_path / "elsewhere")
    wrong = elsewhere.run("import", str(file), EXPORT_PASSPHRASE="another passphrase")
    result = elsewhere.run("import", str(file), "--json", typed="a long passphrase\n")

    assert (wrong.exit_code, result.exit_code) == (1, 0)
    assert [(a["email"], a["enabled"]) for a in listed(elsewhere)] == [
        ("anna@example.test", True),
        ("ben@example.test", False),
    ]


def test_an_export_overwrites_nothing_and_wants_a_real_passphrase(desk: Desk, tmp_path: Path) -> None:
    """threats.md S13."""
    added(desk)
    file = tmp_path / "accounts.json"
    file.write_text("mine")

    assert desk.run("export", str(file), "--plain").exit_code == 1
    assert file.read_text() == "mine"
    assert desk.run("export", str(tmp_path / "x"), EXPORT_PASSPHRASE="short").exit_code == 2


def test_an_export_to_stdout_is_the_file_alone(desk: Desk) -> None:
    added(desk)

    result = desk.run("export", "-", "--plain")

    assert json.loads(result.stdout) == [{"email": "anna@example.test", "refresh_token": TOKEN}]


def test_importing_something_else_fails(desk: Desk, tmp_path: Path) -> None:
    """threats.md S34: malformed imports."""
    (tmp_path / "x.json").write_text("[1, 2, 3]")

    result = desk.run("import", str(tmp_path / "x.json"))

    assert result.exit_code == 1
    assert "does not hold accounts" in result.stderr


LIST = [
    {"email": "Anna@example.test", "refresh_token": "1//new", "project_id": "p-1"},
    {"email": "ben@example.test", "refresh_token": "1//ben", "enabled": False},
]


def test_a_plain_list_of_another_program_is_imported(desk: Desk, tmp_path: Path) -> None:
    """Known addresses keep their account."""
    known = added(desk)
    (tmp_path / "list.json").write_text(json.dumps(LIST))

    result = desk.run("import", str(tmp_path / "list.json"), "--json")

    anna, ben = listed(desk)
    assert [one["effect"] for one in json.loads(result.stdout)["accounts"]] == ["new token", "new"]
    assert (anna["id"], anna["project"]) == (known["id"], "p-1")
    assert (ben["email"], ben["enabled"]) == ("ben@example.test", False)


def test_a_dry_run_tells_what_would_happen_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    before = added(desk)
    (tmp_path / "list.json").write_text(json.dumps(LIST))

    result = desk.run("import", str(tmp_path / "list.json"), "--dry-run")

    assert result.stdout.splitlines() == [
        "anna@example.test: new token",
        "ben@example.test: new",
        "2 accounts would be in the pool.",
    ]
    assert listed(desk) == [before]


def test_an_import_with_anything_wrong_changes_nothing_and_tells_all_of_it(
    desk: Desk, tmp_path: Path
) -> None:
    """threats.md S34."""
    bad = [
        *LIST,
        {"email": "ben@example.test", "refresh_token": " "},
        {"email": "x", "refresh_token": "1//x"},
    ]
    (tmp_path / "list.json").write_text(json.dumps(bad))

    result = desk.run("import", str(tmp_path / "list.json"))

    assert result.exit_code == 1
    for word in ("ben@example.test is there 2 times", "Account 3 has no refresh token", "Account 4 has no"):
        assert word in result.stderr
    assert listed(desk) == []


@pytest.mark.parametrize("mark", ["\x1b[2J", "\u202e", "\x9b", "\n", " ", "@"])
def test_an_address_that_hides_something_is_not_taken(desk: Desk, tmp_path: Path, mark: str) -> None:
    """threats.md S35, S40: neither by hand nor from a file."""
    email = f"an{mark}na@example.test"
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps([{"email": email, "refresh_token": "1//t"}]))

    added = desk.run("add", "--email", email, "--refresh-token", "1//t")
    imported = desk.run("import", str(file))

    assert (added.exit_code, imported.exit_code) == (2, 1)
    assert "That is no address." in added.output
    assert "Account 1 has no address" in imported.output
    assert json.loads(desk.run("list", "--json").stdout) == []


def test_a_token_that_was_given_by_hand_is_not_said_to_be_good(desk: Desk) -> None:
    result = desk.run("add", "--email", "anna@example.test", "--refresh-token", TOKEN)

    assert "is in the pool" in result.stdout
    assert "Its token was not checked; `antigravity-proxy account check anna@example.test`" in result.stderr


def test_several_accounts_are_refreshed_as_one_run_and_only_they(desk: Desk) -> None:
    """admin-ui.md 2.4 (1): which."""
    for name in ("anna", "ben", "cara"):
        added(desk, name)
    asked: list[str] = []

    def examined(account: Account) -> Examined:
        asked.append(account.email)
        return Examined(Discovery("p-7", "pro"))

    desk.examined = examined
    result = desk.run("refresh", "anna@example.test", "cara@example.test", "anna@example.test")

    assert result.exit_code == 0, result.output
    assert sorted(asked) == ["anna@example.test", "cara@example.test"]
    assert "Done: 2 fresh, 0 failed." in result.stdout
    assert "Accounts" in result.stderr, "the progress bar's label, away from what is piped on"


def test_a_run_may_ask_for_one_part_alone(desk: Desk) -> None:
    """admin-ui.md 2.4 (1): what."""
    added(desk)
    found = Discovery("p-7", "pro", ("m1",))
    desk.examined = lambda account: Examined(found)
    desk.run("refresh")

    desk.examined = lambda account: Examined(replace(found, models=("m2",)))
    result = desk.run("refresh", "--all", "--part", "quota", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["run"]["parts"] == ["quota"]
    assert listed(desk)[0]["models"] == ["m1"]
    desk.run("refresh", "--all", "--part", "quota", "--part", "models")
    assert listed(desk)[0]["models"] == ["m2"]


def test_a_run_that_stopped_itself_says_so_and_can_be_gone_on_with(desk: Desk) -> None:
    """admin-ui.md 2.4 (6)."""
    for number in range(EQUAL_FAILURES + 2):
        added(desk, f"account{number}")
    desk.examined = lambda account: Examined(error=UpstreamUnreachable("The upstream is down.", kind="dns"))

    stopped = desk.run("refresh", "--all", "--parallel", "1")
    assert stopped.exit_code == 1
    assert "Stopped at 10, since 10 accounts in a row failed alike: The upstream is down." in stopped.stdout

    desk.examined = lambda account: Examined(Discovery("p-7", "pro"))
    result = desk.run("refresh", "--all")
    assert "Going on: 10 of 12" in result.stderr
    assert "Done: 2 fresh, 10 failed." in result.stdout


@pytest.mark.parametrize("steer", ["--pause", "--cancel"])
def test_where_no_run_is_under_way_there_is_nothing_to_steer(desk: Desk, steer: str) -> None:
    added(desk)

    result = desk.run("refresh", "--all", steer)

    assert (result.exit_code, "No run is under way." in result.output) == (1, True)
