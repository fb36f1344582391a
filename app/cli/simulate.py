"""`simulate`: the stand-in backend alone."""

import asyncio
import signal
from typing import get_args

import click

from app.server.loop import run
from app.simulator.options import Profile, SimulatorOptions
from app.simulator.scenarios import SCENARIOS
from app.simulator.server import Simulator


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8089, show_default=True)
@click.option("--scenario", default="happy", show_default=True, help="What goes wrong, by name.")
@click.option("--profile", type=click.Choice(get_args(Profile)), default="realistic", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides ids, texts and timing.")
@click.option("--accounts", type=click.IntRange(1, 10_000), default=3, show_default=True)
@click.option("--directives", is_flag=True, help="Obey `[[sim: ...]]` lines in prompts.")
def simulate(
    host: str, port: int, scenario: str, profile: Profile, seed: int, accounts: int, directives: bool
) -> None:
    """Run a simulated backend until Ctrl-C; it needs no account and no network."""
    if scenario not in SCENARIOS:
        names = ", ".join(SCENARIOS)
        raise click.BadParameter(f"{scenario!r} is none of {names}.", param_hint="--scenario")
    options = SimulatorOptions(
        scenario=scenario,
        profile=profile,
        seed=seed,
        directives=directives,
        accounts=accounts,
        host=host,
        port=port,
    )
    try:
        run(_simulate(options))
    except OSError as exc:
        raise click.ClickException(f"Cannot listen on {host}, port {port}: {exc.strerror or exc}.") from exc


async def _simulate(options: SimulatorOptions) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(options) as simulator:
        daily, prod = simulator.host_urls
        click.echo(f"UPSTREAM_BASE_URLS={daily},{prod}")
        click.echo(f"OAUTH_AUTH_URL={simulator.oauth_auth_url}")
        click.echo(f"OAUTH_TOKEN_URL={simulator.oauth_token_url}")
        click.echo(f"OAUTH_USERINFO_URL={simulator.oauth_userinfo_url}")
        click.echo(f"OAUTH_CLIENT_ID={options.client_id}")
        click.echo(f"OAUTH_CLIENT_SECRET={options.client_secret}")
        for account in simulator.accounts:
            click.echo(f"# account {account.email} refresh token {account.refresh_token}")
        await stop.wait()
