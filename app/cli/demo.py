"""`demo`: gateway and simulated backend in one go, with accounts, a key, and lines to paste."""

import os
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path

import click
import msgspec

from app.cli.invitation import base_of, invitation
from app.cli.run import run_gateway
from app.cli.simulated import pointed_at
from app.gateway.parts import Gateway
from app.observe.logging import configure_logging
from app.observe.tail import LogTail
from app.server.loop import run
from app.server.options import Address
from app.settings.schema import Addons, Settings
from app.settings.secrets import complete
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator

_PORT = 8088


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"PORT, else {_PORT}.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--addon", "addons", multiple=True, metavar="FILE|MODULE:NAME", help="Load an addon.")
@click.option("--watch-addons", is_flag=True, help="Load addon files anew when they change.")
def demo(port: int | None, host: str, addons: tuple[str, ...], watch_addons: bool) -> None:
    """Try everything in a minute: no account, no network, nothing left behind."""
    chosen = port if port is not None else int(os.environ.get("PORT") or _PORT)
    temporary = tempfile.TemporaryDirectory(prefix="antigravity-proxy-demo-")
    with closing(configure_logging()) as logs, temporary as folder:
        run(_demo(host, chosen, folder, Addons(addons=addons, watch_addons=watch_addons), logs.tail))


async def _demo(host: str, port: int, folder: str, addons: Addons, tail: LogTail) -> None:
    stack = AsyncExitStack()
    options = SimulatorOptions(scenario="demo", profile="realistic", accounts=3, directives=True)
    simulator = await stack.enter_async_context(Simulator(options))
    welcome = _Welcome(simulator, tail)
    settings = msgspec.structs.replace(_settings(host, port, folder, simulator), addons=addons)
    await run_gateway(settings, welcome.show, stack, prepare=welcome.prepare)


def _settings(host: str, port: int, folder: str, simulator: Simulator) -> Settings:
    """Settings of a gateway that lives in `folder` and knows nothing of this machine's own."""
    plain = Settings()
    settings = pointed_at(
        msgspec.structs.replace(
            plain,
            server=msgspec.structs.replace(plain.server, host=host, port=port),
            database=msgspec.structs.replace(plain.database, db_path=f"{folder}/database.sqlite"),
            pool=msgspec.structs.replace(
                plain.pool, max_concurrent_per_account=4, max_concurrent_per_model=0
            ),
        ),
        simulator,
    )
    return complete(settings, Path(folder)).settings


class _Welcome:
    """Fills a fresh gateway and tells a person how to use it."""

    def __init__(self, simulator: Simulator, tail: LogTail) -> None:
        self._simulator = simulator
        self._tail = tail
        self._key = ""

    async def prepare(self, gateway: Gateway) -> None:
        """Add the simulated accounts and one key."""
        gateway.log_tail = self._tail
        for account in self._simulator.accounts:
            await gateway.pool.add(email=account.email, refresh_token=account.refresh_token)
        self._key = (await gateway.store.keys.create(name="demo")).secret

    def show(self, gateway: Gateway, addresses: tuple[Address, ...]) -> None:
        """Print what to paste."""
        base = base_of(gateway, addresses[0])
        click.echo(_TEXT.format(base=base, key=self._key, panel=invitation(gateway, addresses[0])))


_TEXT = """
Antigravity Proxy runs at {base} with three simulated accounts.

  {panel}

  key        {key}
  models     curl -s {base}/v1/models -H 'authorization: Bearer {key}'

OpenAI:
  curl -sN {base}/v1/chat/completions -H 'authorization: Bearer {key}' \\
    -H 'content-type: application/json' \\
    -d '{{"model":"gemini-3-pro-high","stream":true,"messages":[{{"role":"user","content":"Hello!"}}]}}'

Anthropic:
  curl -sN {base}/v1/messages -H 'x-api-key: {key}' -H 'content-type: application/json' \\
    -d '{{"model":"claude-sonnet-4-5","max_tokens":1024,"stream":true,
         "messages":[{{"role":"user","content":"Hello!"}}]}}'

Claude Code:
  ANTHROPIC_BASE_URL={base} ANTHROPIC_AUTH_TOKEN={key} claude

OpenAI SDK:
  OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={key} python your_program.py

Ctrl-C ends it; nothing is kept.
"""
