"""The command as a whole. Source: amendments.md 1."""

import click
import pytest
from click.testing import CliRunner

from app import __version__
from app.cli.main import main
from tests.house.commands_page import all_commands


def test_help_lists_every_command_with_a_word_about_it() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    for name in ("demo", "serve", "simulate", "account", "key", "db", "plan", "doctor"):
        assert f"\n  {name} " in result.stdout


def test_the_version_is_told() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).stdout


@pytest.mark.parametrize("arguments", [["nothing"], ["serve", "--port", "many"], ["key", "create"]])
def test_what_is_used_wrongly_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


@pytest.mark.parametrize(("name", "command"), list(all_commands()))
def test_every_command_explains_itself(name: str, command: click.Command) -> None:
    result = CliRunner().invoke(command, ["--help"])

    assert result.exit_code == 0
    assert command.help, name
