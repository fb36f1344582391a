"""Which source wins, and that everything that is wrong is told at once."""

from pathlib import Path

import pytest

from app.settings.load import SettingsError, load, read_dotenv


def a_config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def refused(**environ: str) -> dict[str, str]:
    """What is said about each variable."""
    with pytest.raises(SettingsError) as raised:
        load(environ)
    return {problem.variable: problem.text for problem in raised.value.problems}


def test_without_any_source_the_defaults_hold() -> None:
    """architecture.md 13."""
    loaded = load({})

    assert loaded.settings.server.port == 3000
    assert loaded.sources == {}


def test_a_later_source_wins_over_an_earlier_one(tmp_path: Path) -> None:
    """architecture.md 13: defaults, config.toml, environment, flags."""
    config = a_config(tmp_path, '[server]\nport = 1001\nhost = "a"\ndrain_s = 5\n')

    loaded = load({"PORT": "1002", "HOST": "b"}, config=config, flags={"port": 1003, "host": None})

    assert loaded.settings.server.port == 1003
    assert loaded.settings.server.host == "b"
    assert loaded.settings.server.drain_s == 5.0
    assert loaded.sources == {"port": "the command line", "host": "the environment", "drain_s": "config.toml"}


def test_text_becomes_the_type_of_the_field() -> None:
    """ecosystem.md 1, settings."""
    settings = load(
        {
            "UPSTREAM_BASE_URLS": "https://a.test, https://b.test",
            "METRICS": "on",
            "HTTP2_CLEARTEXT": "No",
            "LEASE_WAIT_S": "1.5",
            "MODEL_ALIASES": "fast=gemini-2.5-flash, best = claude-opus-4-5",
            "LOG_LEVEL": "DEBUG",
            "ENCRYPTION_KEY": "0123456789abcdef0123456789abcdef",
        }
    ).settings

    assert settings.upstream.upstream_base_urls == ("https://a.test", "https://b.test")
    assert settings.observe.metrics
    assert not settings.server.http2_cleartext
    assert settings.pool.lease_wait_s == 1.5
    assert settings.models.model_aliases == {"fast": "gemini-2.5-flash", "best": "claude-opus-4-5"}
    assert settings.observe.log_level == "debug"
    assert settings.admin.encryption_key == ("0123456789abcdef0123456789abcdef",)


def test_an_empty_variable_counts_as_not_set() -> None:
    """Container files often hold `API_KEY=` with nothing behind it."""
    settings = load({"API_KEY": "", "PORT": " ", "ENCRYPTION_KEY": ""}).settings

    assert settings.admin.api_key is None
    assert settings.server.port == 3000
    assert settings.admin.encryption_key == ()


def test_all_problems_are_told_at_once_by_variable() -> None:
    """faults.md F132."""
    said = refused(
        PORT="many",
        LOG_LEVEL="loud",
        METRICS="maybe",
        ADMIN_PASSWORD="admin123",
        MODEL_ALIASES="fast",
        LEASE_WAIT_S="0",
    )

    assert set(said) == {"PORT", "LOG_LEVEL", "METRICS", "ADMIN_PASSWORD", "MODEL_ALIASES", "LEASE_WAIT_S"}
    assert said["LOG_LEVEL"] == "is none of debug, info, warning, error (from the environment)"


def test_a_message_never_repeats_a_secret() -> None:
    """threats.md S14."""
    with pytest.raises(SettingsError) as raised:
        load({"ADMIN_PASSWORD": "hunter2", "API_KEY": "topsecret"})

    assert "hunter2" not in str(raised.value)
    assert "topsecret" not in str(raised.value)


def test_an_unknown_entry_of_the_file_is_remarked_and_does_no_harm(tmp_path: Path) -> None:
    """faults.md F134: unknown settings warn, not fail."""
    config = a_config(tmp_path, "port = 1\n[server]\nport = 1001\nprot = 2\n[pool]\nport = 3\n")

    loaded = load({}, config=config)

    assert loaded.settings.server.port == 1001
    assert len(loaded.remarks) == 3
    assert "`server.prot`" in loaded.remarks[1]


@pytest.mark.parametrize("text", ["[server", '[server]\nport = "x'])
def test_a_broken_file_is_one_clear_problem(tmp_path: Path, text: str) -> None:
    """faults.md F132."""
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load({}, config=a_config(tmp_path, text))


def test_a_named_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """faults.md F132."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, config=tmp_path / "nowhere.toml")


def test_the_file_is_typed_and_text_is_no_number_there(tmp_path: Path) -> None:
    """architecture.md 13."""
    with pytest.raises(SettingsError, match=r"PORT is not valid: .* \(from config.toml\)"):
        load({}, config=a_config(tmp_path, '[server]\nport = "3000"\n'))


def test_a_dotenv_file_gives_its_values_as_they_stand(tmp_path: Path) -> None:
    """architecture.md 13: `.env` is read by the command only."""
    path = tmp_path / ".env"
    path.write_text("# note\nPORT=1234\nADMIN_PASSWORD='pa$$word ${HOME}'\nexport HOST=h\nBARE\n")

    assert read_dotenv(path) == {"PORT": "1234", "ADMIN_PASSWORD": "pa$$word ${HOME}", "HOST": "h"}


def test_no_dotenv_file_is_no_variables(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}
