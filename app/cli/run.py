"""What `serve` and `demo` share: one process from settings to the last byte.

The signals arrive here. The first one drains: nothing new is taken, running answers may finish within
the grace time, the rest is told and ended. A second one hurries.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import click

from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.hooks.errors import AddonRefused
from app.networks import LOOPBACK, Networks, networks_of
from app.server.descriptors import raise_limit
from app.server.loop import tune_gc
from app.server.options import Address, ServerOptions
from app.server.serve import CannotListen, serve
from app.settings.schema import Settings
from app.store.errors import StoreError
from app.web.build import build_app

_LAST_WORDS_S = 2.0
"""Between telling running streams that they end and closing their connections."""

OnReady = Callable[[Gateway, tuple[Address, ...]], None]
Prepare = Callable[[Gateway], Awaitable[None]]


async def run_gateway(
    settings: Settings, on_ready: OnReady, stack: AsyncExitStack, *, prepare: Prepare | None = None
) -> None:
    """Serve until a signal says otherwise. What `stack` holds is ended after the gateway.

    `prepare` is called before the first client can connect. What an operator can mend becomes one line.
    """
    try:
        await _run(settings, on_ready, stack, prepare)
    except AddonRefused as exc:
        raise click.UsageError(str(exc)) from exc
    except (StoreError, CannotListen) as exc:
        raise click.ClickException(str(exc)) from exc


def server_options(settings: Settings) -> ServerOptions:
    """The server's share of the settings."""
    server = settings.server
    return ServerOptions(
        host=server.host,
        port=server.port,
        certfile=server.tls_certfile,
        keyfile=server.tls_keyfile,
        http2_cleartext=server.http2_cleartext,
        max_connections=server.max_connections,
        max_per_source=server.max_connections_per_source,
        uncapped=Networks((*LOOPBACK.ranges, *networks_of(server.trusted_proxies).ranges)),
        header_timeout_s=server.head_timeout_s,
        max_head_bytes=server.head_max_bytes,
        write_timeout_s=server.write_timeout_s,
        graceful_s=server.drain_s + _LAST_WORDS_S,
    )


async def _run(settings: Settings, on_ready: OnReady, stack: AsyncExitStack, prepare: Prepare | None) -> None:
    raise_limit()
    async with stack, open_gateway(settings) as gateway:
        ends = _Ends(gateway, settings.server.drain_s)
        ends.listen()
        if prepare is not None:
            await prepare(gateway)

        def ready(addresses: tuple[Address, ...]) -> None:
            tune_gc()
            on_ready(gateway, addresses)

        await serve(
            build_app(gateway),
            server_options(settings),
            stop=ends.stop,
            hurry=ends.hurry,
            on_ready=ready,
        )


class _Ends:
    """How the process is asked to end."""

    def __init__(self, gateway: Gateway, drain_s: float) -> None:
        self._gateway = gateway
        self._drain_s = drain_s
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()

    def listen(self) -> None:
        """Take over SIGTERM and SIGINT, where the platform lets us."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self._signalled)
            except NotImplementedError:  # Windows: Ctrl-C arrives as an exception instead
                return

    def _signalled(self) -> None:
        loop = asyncio.get_running_loop()
        if not self.stop.is_set():
            self._gateway.begin_drain()
            self.stop.set()
            loop.call_later(self._drain_s, self._gateway.runner.interrupt_all)
        else:
            self._gateway.runner.interrupt_all()
            loop.call_later(1.0, self.hurry.set)
