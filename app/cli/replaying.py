"""Recorded requests, sent again: to a gateway of their own over a simulated backend, or to one that runs.

Never: sends recorded answers; what comes back is what the gateway says now.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from app.cli.simulated import pointed_at
from app.gateway.build import open_gateway
from app.settings.schema import Settings
from app.settings.secrets import complete
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from app.upstreams.http import HttpOptions, UpstreamHttp
from app.web.body import Message
from app.web.build import build_app
from app.web.scope import Asgi
from app.wire.play import Line

_MOST_BYTES = 64 * 1024 * 1024


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Target(Protocol):
    """Where requests are sent."""

    async def ask(self, line: Line) -> Answer:
        """Send the request of a play's `>> client` line."""
        ...


@asynccontextmanager
async def simulated() -> AsyncIterator[Target]:
    """A gateway over a simulated backend, without sockets of its own."""
    with tempfile.TemporaryDirectory(prefix="antigravity-proxy-replay-") as folder:
        async with Simulator(SimulatorOptions(scenario="demo", accounts=1)) as simulator:
            plain = Settings()
            own = replace(plain, database=replace(plain.database, db_path=f"{folder}/database.sqlite"))
            settings = complete(pointed_at(own, simulator), Path(folder)).settings
            async with open_gateway(settings) as gateway:
                for account in simulator.accounts:
                    await gateway.pool.add(email=account.email, refresh_token=account.refresh_token)
                key = (await gateway.store.keys.create(name="replay")).secret
                yield _InProcess(build_app(gateway), key)


@asynccontextmanager
async def running(url: str, key: str) -> AsyncIterator[Target]:
    """A gateway that runs at `url`."""
    http = UpstreamHttp(HttpOptions())
    try:
        yield _OverHttp(http, url.rstrip("/"), key)
    finally:
        await http.aclose()


class _OverHttp:
    def __init__(self, http: UpstreamHttp, url: str, key: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    async def ask(self, line: Line) -> Answer:
        method, path = line.rest.split(" ", 1)
        async with self._http.open(method, self._url + path, self._headers, line.body.encode()) as reply:
            return Answer(reply.status, await reply.read_at_most(_MOST_BYTES))


class _InProcess:
    def __init__(self, app: Asgi, key: str) -> None:
        self._app = app
        self._headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]

    async def ask(self, line: Line) -> Answer:
        method, path = line.rest.split(" ", 1)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": self._headers,
        }
        exchange = _Exchange(line.body.encode())
        await self._app(scope, exchange.receive, exchange.send)
        return Answer(exchange.status, bytes(exchange.body))


class _Exchange:
    """One request and its answer, as ASGI has them. The client waits until the answer is whole."""

    def __init__(self, body: bytes) -> None:
        self._requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._over = asyncio.Event()
        self.status = 0
        self.body = bytearray()

    async def receive(self) -> Message:
        if self._requests:
            return self._requests.pop()
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            self._over.set()
