"""Commands run as a person would, in a folder of their own, with an upstream that a test plays."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import click
from click.testing import CliRunner, Result

from app.cli.examine import Examine, Examined
from app.cli.opening import Setup
from app.pool.model import Account
from app.settings.load import load
from app.settings.schema import Settings


class Desk:
    """Runs commands of one group. `examined` plays the upstream; `environ` is what settings are made of."""

    def __init__(self, group: click.Command, folder: Path) -> None:
        self.environ = {"DB_PATH": str(folder / "data" / "database.sqlite")}
        self.examined: Callable[[Account], Examined] = lambda account: Examined()
        self._group = group

    def run(self, *arguments: str, typed: str | None = None, **environ: str) -> Result:
        """Run a command with these arguments; what was `typed` is on stdin."""
        setup = Setup(settings=self.settings, examiner=self._examiner)
        return CliRunner().invoke(self._group, arguments, obj=setup, input=typed, env=environ)

    def settings(self) -> Settings:
        """The settings as the command sees them."""
        return load(self.environ).settings

    @asynccontextmanager
    async def _examiner(self, settings: Settings) -> AsyncIterator[Examine]:
        async def examine(account: Account, *, discovers: bool = True) -> Examined:
            return self.examined(account)

        yield examine
