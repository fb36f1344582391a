"""The command and its sub-commands. Each is imported only when it runs, so that `--help` is quick."""

import click

from app import __version__
from app.late import late

_COMMANDS = {
    "demo": "app.cli.demo:demo",
    "serve": "app.cli.serve:serve",
    "simulate": "app.cli.simulate:simulate",
    "account": "app.cli.accounts:group",
    "key": "app.cli.keys:group",
    "setting": "app.cli.knobs:group",
    "db": "app.cli.db:group",
    "plan": "app.cli.plan:plan",
    "flows": "app.cli.flows:group",
    "doctor": "app.cli.doctor:doctor",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = _COMMANDS.get(cmd_name)
        if where is None:
            return None
        command = late(where)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="antigravity-proxy")
def main() -> None:
    """One gateway for OpenAI and Anthropic clients, over a pool of your own accounts."""
