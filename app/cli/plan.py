"""`plan`: the stages that each operation runs through, and who is asked in between."""

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

import click
import msgspec

from app.cli.configuration import read_settings, with_secrets
from app.gateway.build import open_gateway
from app.hooks.errors import AddonRefused
from app.hooks.member import Member
from app.hooks.options import schema_of
from app.observe.logging import configure_logging
from app.settings.schema import Settings
from app.wire import json


@click.command()
@click.option(
    "--addon",
    "addons",
    multiple=True,
    metavar="FILE|MODULE:NAME",
    help="Load an addon; may be given several times. ADDONS otherwise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(addons: tuple[str, ...], as_json: bool) -> None:
    """Print the effective stages of each operation, in order, with the hooks and who listens there."""
    with closing(configure_logging("error")):
        try:
            text, told = asyncio.run(_plan(read_settings({"addons": addons or None})))
        except AddonRefused as exc:
            raise click.UsageError(str(exc)) from exc
    click.echo(json.encode(told) if as_json else text)


async def _plan(settings: Settings) -> tuple[str, dict[str, object]]:
    """The plan of a gateway like the one that would serve, on an empty database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = msgspec.structs.replace(
            settings.database, db_path=str(Path(folder) / "plan.sqlite"), database_url=None
        )
        own = with_secrets(msgspec.structs.replace(settings, database=database)).settings
        async with open_gateway(own) as gateway:
            plan, listeners = gateway.plan, gateway.roster.listeners()
            names = {op: [stage.name for stage in plan.stages_of(op)] for op in plan.operations}
            addons = [_told(one) for one in gateway.roster.members]
            told = {"stages": names, "hooks": listeners, "addons": addons}
            return "\n".join(plan.described(listeners)), told


def _told(one: Member) -> dict[str, object]:
    options = None if one.options is None else schema_of(one.options)
    return {"name": one.name, "source": one.source, "active": one.is_active, "options": options}
