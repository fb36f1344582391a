"""`serve`: the gateway."""

from contextlib import AsyncExitStack, closing

import click

from app.cli.configuration import read_settings, with_secrets
from app.cli.run import run_gateway
from app.gateway.parts import Gateway
from app.late import late
from app.observe.logging import configure_logging
from app.server.loop import run
from app.server.options import Address
from app.settings.schema import Settings


@click.command()
@click.option("--host", help="Address to listen on; HOST otherwise.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; PORT otherwise.")
@click.option("--simulator", is_flag=True, help="Answer from a simulated backend in this process.")
def serve(host: str | None, port: int | None, simulator: bool) -> None:
    """Run the gateway until Ctrl-C or SIGTERM."""
    settings = read_settings({"host": host, "port": port})
    completed = with_secrets(settings)
    logs = configure_logging(level=settings.observe.log_level, form=settings.observe.log_format)
    if completed.fresh_password is not None:
        click.echo(f"admin password, shown this once: {completed.fresh_password}", err=True)
    with closing(logs):
        run(_serve(completed.settings, simulated=simulator))


async def _serve(settings: Settings, *, simulated: bool) -> None:
    stack = AsyncExitStack()
    if simulated:
        settings = await late("app.cli.simulated:beside")(stack, settings)
    await run_gateway(settings, _ready, stack)


def _ready(gateway: Gateway, addresses: tuple[Address, ...]) -> None:
    for address in addresses:
        click.echo(f"listening on http://{address.host}:{address.port}", err=True)
    for trouble in gateway.troubles():
        click.echo(f"attention: {trouble}", err=True)
