"""`doctor`: what is wrong and what to do. Source: amendments.md 1."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import accounts, db
from app.cli.doctor import accounts_told, alarms_told, clock_told, doctor
from app.pool.model import AccountState
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from tests.support.commands import Desk
from tests.support.pool import an_account

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(doctor, tmp_path)
    desk.environ |= {"UPSTREAM_BASE_URLS": NOWHERE, "OAUTH_TOKEN_URL": f"{NOWHERE}/token"}
    return desk


def findings(desk: Desk) -> dict[str, tuple[str, str]]:
    """State and text of each finding."""
    result = desk.run("--json")
    return {found["about"]: (found["state"], found["text"]) for found in json.loads(result.stdout)}


def test_on_a_fresh_machine_everything_that_is_missing_is_named(desk: Desk, tmp_path: Path) -> None:
    result = desk.run()

    assert result.exit_code == 1
    assert "ok     settings: they can be used." in result.stdout
    assert "note   database: " in result.stdout
    assert "WRONG  accounts: " in result.stdout
    assert "antigravity-proxy account add" in result.stdout
    assert "WRONG  OAuth client: OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET must be set" in result.stdout
    assert f"WRONG  backend: {NOWHERE} cannot be reached (connect)." in result.stdout
    assert "WRONG  sign-in: " in result.stdout
    assert list(tmp_path.iterdir()) == [], "it changes nothing"


def test_settings_that_cannot_be_used_are_the_only_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(doctor, ["--json"], env={"PORT": "many"})

    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert (found["about"], found["state"]) == ("settings", "wrong")
    assert "PORT" in found["text"]


def test_a_database_that_is_there_is_looked_into(desk: Desk, tmp_path: Path) -> None:
    Desk(db.group, tmp_path).run("upgrade")
    without = findings(desk)
    Desk(accounts.group, tmp_path).run(
        "add", "--email", "anna@example.com", "--refresh-token", "refresh-anna"
    )

    assert without["database"][0] == "ok"
    assert without["accounts"] == ("wrong", "there is none.")
    assert findings(desk)["accounts"] == ("ok", "1 of 1 can be used.")


def test_a_damaged_database_is_a_finding(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "database.sqlite").write_bytes(b"no database" * 100)

    state, text = findings(desk)["database"]

    assert state == "wrong"
    assert "is damaged" in text


def test_half_an_oauth_client_is_none(desk: Desk) -> None:
    desk.environ["OAUTH_CLIENT_ID"] = "client"

    state, text = findings(desk)["OAuth client"]

    assert state == "wrong"
    assert text.startswith("OAUTH_CLIENT_SECRET must be set")


async def test_with_everything_in_place_it_is_content(desk: Desk, tmp_path: Path) -> None:
    async with Simulator(SimulatorOptions()) as simulator:
        desk.environ |= {
            "UPSTREAM_BASE_URLS": f"{NOWHERE},{simulator.host_urls[1]}",
            "OAUTH_TOKEN_URL": simulator.oauth_token_url,
            "OAUTH_CLIENT_ID": "client",
            "OAUTH_CLIENT_SECRET": "secret",
        }
        result = await asyncio.to_thread(_run_with_an_account, desk, tmp_path)

    assert result.exit_code == 0, result.output
    told: list[dict[str, Any]] = json.loads(result.stdout)
    assert {found["state"] for found in told} == {"ok", "hint"}
    assert [found["state"] for found in told if found["about"] == "backend"] == ["hint", "ok"]


def test_each_account_that_somebody_must_look_after_has_its_sentence() -> None:
    ready, disabled, signed_out = (
        an_account("anna"),
        an_account("ben", enabled=False),
        an_account(
            "cara",
            state=AccountState.NEEDS_VERIFICATION,
            state_reason="The upstream wants a verification.",
            state_link="https://accounts.example/verify",
        ),
    )

    told = accounts_told([ready, disabled, signed_out])

    assert [(found.about, found.state) for found in told] == [
        ("accounts", "ok"),
        ("ben@example.com", "hint"),
        ("cara@example.com", "hint"),
    ]
    assert told[0].text == "1 of 3 can be used."
    assert told[2].text == "The upstream wants a verification."
    assert told[2].advice.endswith("https://accounts.example/verify")


def test_accounts_none_of_which_can_be_used_are_wrong() -> None:
    first, second = accounts_told([an_account("anna", state=AccountState.NEEDS_SIGN_IN)])

    assert (first.state, first.text) == ("wrong", "0 of 1 can be used.")
    assert "needs_sign_in" in second.text
    assert "account add" in second.advice


def _run_with_an_account(desk: Desk, folder: Path) -> Any:
    Desk(accounts.group, folder).run("add", "--email", "anna@example.com", "--refresh-token", "refresh-anna")
    return desk.run("--json")


def test_an_alarm_of_the_gateway_is_told() -> None:
    """faults.md F065: a wrong OAuth client is one sentence, not many dead accounts."""
    (found,) = alarms_told({"oauth_client": "The OAuth client id or secret is wrong."})

    assert found.state == "wrong"
    assert "OAuth client id or secret is wrong" in found.text
    assert "OAUTH_CLIENT_ID" in found.advice
    assert alarms_told({}) == []


def test_each_alarm_has_its_own_advice() -> None:
    """faults.md F018: a place that is not served is no matter of the OAuth client."""
    (found,) = alarms_told({"location": "The upstream does not serve an account from here."})

    assert found.state == "wrong"
    assert "OUTBOUND_PROXY" in found.advice
    assert "OAUTH" not in found.advice


def test_an_outbound_proxy_that_is_down_is_the_one_to_look_at(desk: Desk) -> None:
    """faults.md F009: neither its address nor its password is shown."""
    desk.environ["OUTBOUND_PROXY"] = "http://user:secret@127.0.0.1:9"

    result = desk.run()

    assert result.exit_code == 1
    assert f"{NOWHERE} was not asked: The outbound proxy did not let the request through." in result.stdout
    assert "See that OUTBOUND_PROXY runs" in result.stdout
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("ahead_s", "state", "word"),
    [(0, "ok", "agrees"), (59, "ok", "agrees"), (7200, "hint", "ahead of"), (-7200, "hint", "behind")],
)
def test_a_clock_that_is_off_is_told(ahead_s: float, state: str, word: str) -> None:
    """faults.md F070: warning over 60 s."""
    (found,) = clock_told("Tue, 24 Nov 2026 12:00:00 GMT", 1_795_521_600.0 + ahead_s)

    assert found.state == state
    assert word in found.text


def test_a_date_that_cannot_be_read_tells_nothing() -> None:
    assert clock_told("", 1_795_521_600.0) == clock_told("yesterday", 1_795_521_600.0) == []


def test_many_ended_sign_ins_have_a_likely_cause() -> None:
    ended = [an_account(name, state=AccountState.NEEDS_SIGN_IN) for name in ("anna", "ben")]

    assert "testing" in accounts_told(ended)[-1].advice
    assert "testing" not in accounts_told(ended[:1])[-1].advice
