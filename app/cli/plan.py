"""`plan`: the stages that each operation runs through."""

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

import click
import msgspec

from app.cli.configuration import read_settings, with_secrets
from app.gateway.build import open_gateway
from app.observe.logging import configure_logging
from app.wire import json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(as_json: bool) -> None:
    """Print the effective stages of each operation, in order."""
    with closing(configure_logging("error")):
        lines = asyncio.run(_plan())
    if as_json:
        click.echo(json.encode(dict(line.split(None, 1) for line in lines)))
    else:
        click.echo("\n".join(lines))


async def _plan() -> list[str]:
    """The plan of a gateway like the one that would serve, on an empty database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings()
        database = msgspec.structs.replace(
            settings.database, db_path=str(Path(folder) / "plan.sqlite"), database_url=None
        )
        own = with_secrets(msgspec.structs.replace(settings, database=database)).settings
        async with open_gateway(own) as gateway:
            return list(gateway.plan.lines())
