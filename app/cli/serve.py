"""`serve`: the gateway."""

from contextlib import AsyncExitStack, closing

import click

from app.cli.configuration import read_settings, with_secrets
from app.cli.invitation import invitation, never_used
from app.cli.run import run_gateway
from app.gateway.metering import meter_logs
from app.gateway.parts import Gateway
from app.late import late
from app.observe.logging import Logging, configure_logging
from app.server.loop import run
from app.server.options import Address
from app.settings.fields import secrets_of
from app.settings.schema import Settings


@click.command()
@click.option("--host", help="Address to listen on; HOST otherwise.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; PORT otherwise.")
@click.option(
    "--addon",
    "addons",
    multiple=True,
    metavar="FILE|MODULE:NAME",
    help="Load an addon; may be given several times. ADDONS otherwise.",
)
@click.option("--no-entry-point-addons", is_flag=True, help="Load no addons of installed packages.")
@click.option("--watch-addons", is_flag=True, help="Load addon files anew when they change.")
@click.option("--simulator", is_flag=True, help="Answer from a simulated backend in this process.")
def serve(
    host: str | None,
    port: int | None,
    addons: tuple[str, ...],
    no_entry_point_addons: bool,
    watch_addons: bool,
    simulator: bool,
) -> None:
    """Run the gateway until Ctrl-C or SIGTERM."""
    flags = {
        "host": host,
        "port": port,
        "addons": addons or None,
        "entry_point_addons": False if no_entry_point_addons else None,
        "watch_addons": True if watch_addons else None,
    }
    settings = read_settings(flags)
    completed = with_secrets(settings)
    observe = settings.observe
    logs = configure_logging(
        level=observe.log_level, form=observe.log_format, secrets=secrets_of(completed.settings)
    )
    if completed.fresh_password is not None:
        click.echo(f"admin password, shown this once: {completed.fresh_password}", err=True)
    is_fresh = completed.fresh_password is not None
    with closing(logs):
        run(_serve(completed.settings, logs, simulated=simulator, is_fresh=is_fresh))


async def _serve(settings: Settings, logs: Logging, *, simulated: bool, is_fresh: bool) -> None:
    stack = AsyncExitStack()
    if simulated:
        settings = await late("app.cli.simulated:beside")(stack, settings)

    async def prepare(gateway: Gateway) -> None:
        nonlocal is_fresh
        is_fresh = is_fresh or await never_used(gateway)
        meter_logs(gateway.metrics, lambda: logs.dropped)
        gateway.log_tail, gateway.log_dropped = logs.tail, lambda: logs.dropped

    def ready(gateway: Gateway, addresses: tuple[Address, ...]) -> None:
        _ready(gateway, addresses)
        if is_fresh:
            click.echo(invitation(gateway, addresses[0]), err=True)

    await run_gateway(settings, ready, stack, prepare=prepare)


def _ready(gateway: Gateway, addresses: tuple[Address, ...]) -> None:
    scheme = "https" if gateway.settings.server.tls_certfile else "http"
    for address in addresses:
        click.echo(f"listening on {scheme}://{address.host}:{address.port}", err=True)
    for trouble in gateway.troubles():
        click.echo(f"attention: {trouble}", err=True)
