"""The simulated backend inside the gateway's own process, for `serve --simulator` and `demo`."""

from contextlib import AsyncExitStack

import msgspec

from app.settings.schema import Settings
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator


async def beside(stack: AsyncExitStack, settings: Settings) -> Settings:
    """Start a simulator that ends with `stack`; gives the settings that lead to it."""
    simulator = await stack.enter_async_context(Simulator(SimulatorOptions(scenario="demo")))
    return pointed_at(settings, simulator)


def pointed_at(settings: Settings, simulator: Simulator) -> Settings:
    """The settings with the simulator in place of the real backend."""
    upstream = msgspec.structs.replace(
        settings.upstream,
        upstream_base_urls=simulator.host_urls,
        oauth_auth_url=simulator.oauth_auth_url,
        oauth_token_url=simulator.oauth_token_url,
        oauth_userinfo_url=simulator.oauth_userinfo_url,
        oauth_client_id=simulator.options.client_id,
        oauth_client_secret=simulator.options.client_secret,
    )
    return msgspec.structs.replace(settings, upstream=upstream)
