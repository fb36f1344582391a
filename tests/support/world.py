"""A whole gateway and a simulated backend on real sockets, in the test's own event loop."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from app.cli.run import server_options
from app.cli.simulated import pointed_at
from app.clock import Clock
from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.server.options import Address
from app.server.serve import serve
from app.settings.addons import AddonValues
from app.settings.fields import fields_by_name
from app.settings.load import with_value
from app.settings.schema import Settings
from app.settings.secrets import complete
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from app.web.build import build_app

START_S = 10.0


class World:
    """What a test has at hand. `key` is a valid client key, "" in a world that is empty."""

    def __init__(self, simulator: Simulator, gateway: Gateway, key: str, base_url: str) -> None:
        self.simulator = simulator
        self.gateway = gateway
        self.key = key
        self.base_url = base_url

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A plain HTTP client with the key."""
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(
            base_url=self.base_url, headers=headers, timeout=30.0, trust_env=False, **options
        )

    @property
    def generations(self) -> list[Any]:
        """What the backend was asked to generate, oldest first."""
        return [entry for entry in self.simulator.requests if entry.method == "streamGenerateContent"]

    async def is_at_rest(self) -> bool:
        """Whether nothing is held any more: no flow, no lease, no upstream stream. Waits for it a while."""
        for _ in range(500):
            if not self.troubles():
                return True
            await asyncio.sleep(0.01)
        return False

    def troubles(self) -> list[str]:
        """What is still held."""
        held = {
            "flows": self.gateway.runner.running,
            "admitted": self.gateway.floor.inside,
            "leases": sum(status.in_flight for status in self.gateway.pool.snapshot()),
            "upstream streams": self.simulator.open_streams,
        }
        return [f"{count} {what}" for what, count in held.items() if count]


def settings_with(folder: Path, values: dict[str, Any]) -> Settings:
    """Settings for a test: everything in `folder`, quick to end, and `values` by field name."""
    quick = {
        "db_path": str(folder / "database.sqlite"),
        "host": "127.0.0.1",
        "port": 0,
        "drain_s": 0.5,
        "max_concurrent_per_account": 0,
        "max_concurrent_per_model": 0,
        "quota_sync_s": 0,
        "fetch_allow_hosts": ("127.0.0.1",),
    }
    settings = Settings()
    for name, value in {**quick, **values}.items():
        settings = with_value(settings, fields_by_name()[name], value)
    return complete(settings, folder).settings


@asynccontextmanager
async def a_world(
    *,
    scenario: str = "happy",
    accounts: int = 3,
    simulator: dict[str, Any] | None = None,
    clock: Clock | None = None,
    with_projects: bool = True,
    empty: bool = False,
    with_addons: Sequence[object] = (),
    addon_options: dict[str, dict[str, Any]] | None = None,
    **values: Any,
) -> AsyncIterator[World]:
    """A running gateway over a running simulator. `values` are settings by name, `addon_options` those of
    addons by the addon's name.

    Without their projects accounts have to be asked for them first. An `empty` gateway knows nobody: no
    account of the simulator, no key.
    """
    options = msgspec.structs.replace(
        SimulatorOptions(scenario=scenario, accounts=accounts, directives=True), **(simulator or {})
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_with(Path(folder), values)
        settings = msgspec.structs.replace(settings, addon_values=AddonValues(addon_options or {}))
        async with (
            Simulator(options) as sim,
            open_gateway(pointed_at(settings, sim), clock, with_addons) as gateway,
        ):
            for account in () if empty else sim.accounts:
                await gateway.pool.add(
                    email=account.email,
                    refresh_token=account.refresh_token,
                    project=account.project if with_projects else None,
                )
            key = "" if empty else (await gateway.store.keys.create(name="test")).secret
            async with _serving(gateway) as address:
                scheme = "https" if gateway.settings.server.tls_certfile else "http"
                yield World(sim, gateway, key, f"{scheme}://{address.host}:{address.port}")


@asynccontextmanager
async def _serving(gateway: Gateway) -> AsyncIterator[Address]:
    stop = asyncio.Event()
    where: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
    serving = asyncio.get_running_loop().create_task(
        serve(
            build_app(gateway),
            msgspec.structs.replace(server_options(gateway.settings), graceful_s=0.5),
            stop=stop,
            on_ready=lambda addresses: where.set_result(addresses[0]),
        )
    )
    either: list[asyncio.Future[Any]] = [serving, where]
    await asyncio.wait(either, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
    try:
        if serving.done():
            serving.result()
        yield where.result()
    finally:
        stop.set()
        await serving
