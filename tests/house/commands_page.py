"""The page `docs/reference/commands.md`: the help of every command."""

import copy
from collections.abc import Iterator

import click

from app.cli.main import main

_WIDTH = 100
_HEAD = """\
# Commands

In a checkout: `python3 run.py COMMAND`. Installed: `antigravity-proxy COMMAND`, or `python -m app COMMAND`.

Exit codes: 0 done, 1 failed, 2 used wrongly. What was asked for goes to stdout, everything else to stderr.
Settings come from the environment, `.env` and `config.toml`; see [settings](settings.md).

This page is made from the commands' own help.
"""


def commands_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_section(name, command) for name, command in all_commands())])


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before what is in them."""
    yield from _below("antigravity-proxy", main)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None, f"{name} lists {child} and does not have it"
            yield from _below(f"{name} {child}", found)


def _section(name: str, command: click.Command) -> str:
    fresh = copy.copy(command)
    # click remembers how its help option was spelled the first time that anybody asked.
    vars(fresh)["_help_option"] = None
    context = click.Context(fresh, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH)
    return f"## `{name}`\n\n```text\n{fresh.get_help(context)}\n```\n"
