"""Settings for a command. Source: architecture 13, amendments.md 1."""

from pathlib import Path

import click
import pytest

from app.cli.configuration import read_settings, with_secrets


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, without this machine's settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("PORT", "HOST", "DB_PATH", "ADMIN_PASSWORD", "JWT_SECRET", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_later_sources_win(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "config.toml").write_text(
        '[server]\nport = 1\nhost = "10.0.0.1"\n[observe]\nlog_level = "error"\n'
    )
    (folder / ".env").write_text("PORT=2\nHOST=10.0.0.2\n")
    monkeypatch.setenv("PORT", "3")

    settings = read_settings({"port": 4, "host": None})

    assert (settings.server.port, settings.server.host) == (4, "10.0.0.2")
    assert settings.observe.log_level == "error"


def test_remarks_are_told_beside_the_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "config.toml").write_text("[server]\nprot = 1\n")

    read_settings()

    told = capsys.readouterr()
    assert "there is no setting `server.prot`" in told.err
    assert told.out == ""


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("LOG_LEVEL", "loud")

    with pytest.raises(click.UsageError) as caught:
        read_settings()

    assert caught.value.exit_code == 2
    assert "PORT" in caught.value.message
    assert "LOG_LEVEL" in caught.value.message


def test_missing_secrets_are_made_once_and_kept(folder: Path) -> None:
    first = with_secrets(read_settings({"db_path": "data/database.sqlite"}))
    second = with_secrets(read_settings({"db_path": "data/database.sqlite"}))

    assert first.fresh_password is not None
    assert second.fresh_password is None
    assert first.settings == second.settings
    assert (folder / "data" / "secrets.json").exists()


def test_a_damaged_file_of_secrets_is_told_of(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "secrets.json").write_text("{")

    with pytest.raises(click.UsageError, match="is damaged"):
        with_secrets(read_settings({"db_path": "data/database.sqlite"}))
