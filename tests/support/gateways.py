"""Whole gateways without sockets: their own database in a folder, and an upstream that nobody reaches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.web.build import build_app
from tests.support.world import settings_with


@asynccontextmanager
async def a_gateway(folder: Path, **values: Any) -> AsyncIterator[Gateway]:
    """A gateway that is ready to serve. `values` are settings by name."""
    nowhere = {
        "upstream_base_urls": ("http://127.0.0.1:9",),
        "oauth_token_url": "http://127.0.0.1:9/token",
        "oauth_client_id": "client",
        "oauth_client_secret": "secret",
    }
    async with open_gateway(settings_with(folder, {**nowhere, **values})) as gateway:
        yield gateway


async def with_account(gateway: Gateway, name: str = "anna") -> None:
    """Put an account into the pool."""
    await gateway.pool.add(
        email=f"{name}@example.com", refresh_token=f"refresh-{name}", project=f"project-{name}"
    )


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    """A client of all that is served, for whole replies."""
    transport = httpx.ASGITransport(app=build_app(gateway))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")
