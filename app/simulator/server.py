"""The simulator as one object: starts, stops, shows its state, takes fault rules.

Finds the route of a request, keeps the log, and turns refusals into answers. What routes do is theirs.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from random import Random
from types import TracebackType
from typing import Any, Self

import msgspec

from app.simulator.accounts import SimAccount
from app.simulator.bench import BenchStreams
from app.simulator.catalog import load_catalog
from app.simulator.errors import Refused, not_found
from app.simulator.faults import Fault
from app.simulator.http import Exchange, HttpServer, Request
from app.simulator.inbound import Inbound
from app.simulator.journal import Entry
from app.simulator.options import SimulatorOptions
from app.simulator.routes import control, generation, oauth
from app.simulator.routes.admin import admin, reset_world
from app.simulator.scenarios import apply_scenario
from app.simulator.state import Script, World
from app.simulator.striking import Broken

__all__ = ["Simulator", "SimulatorOptions", "run"]

HOST_NAMES = {
    "daily-cloudcode-pa.googleapis.com": "daily",
    "cloudcode-pa.googleapis.com": "prod",
    "daily-cloudcode-pa.sandbox.googleapis.com": "sandbox",
    "autopush-cloudcode-pa.sandbox.googleapis.com": "autopush",
}
PREFIXES = frozenset(HOST_NAMES.values())
DEFAULT_HOST = "daily"

Route = Callable[[Inbound], Awaitable[None]]

METHODS: dict[str, Route] = {
    "streamGenerateContent": generation.generation,
    "generateContent": generation.generation,
    "countTokens": generation.count_tokens,
    "loadCodeAssist": control.load_code_assist,
    "onboardUser": control.onboard_user,
    "fetchAvailableModels": control.fetch_available_models,
    "retrieveUserQuotaSummary": control.retrieve_user_quota_summary,
    "retrieveUserQuota": control.retrieve_user_quota,
}
OAUTH: dict[tuple[str, str], tuple[str, Route]] = {
    ("GET", "/o/oauth2/v2/auth"): ("authorise", oauth.authorise),
    ("GET", "/o/oauth2/auth"): ("authorise", oauth.authorise),
    ("POST", "/token"): ("token", oauth.token),
    ("GET", "/oauth2/v2/userinfo"): ("userinfo", oauth.user_info),
    ("GET", "/oauth2/v1/userinfo"): ("userinfo", oauth.user_info),
    ("GET", "/tokeninfo"): ("tokeninfo", oauth.token_info),
    ("POST", "/tokeninfo"): ("tokeninfo", oauth.token_info),
    ("POST", "/revoke"): ("revoke", oauth.revoke),
}


class Simulator:
    """A stand-in backend on loopback. `async with Simulator(options) as sim:` starts and stops it."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.state = World(self.options)
        self.port = self.options.port
        self.ports: dict[str, int] = {}
        self._servers: list[HttpServer] = []
        self._bench = BenchStreams(self.state.bench, self.state.journal)
        apply_scenario(self.state, self.options.scenario)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on the main port, and on one of its own for each named host."""
        self.port = await self._listen(None, self.options.port)
        for host, port in self.options.ports.items():
            self.ports[host] = await self._listen(host, port)

    async def stop(self) -> None:
        """Close every connection and every listener."""
        for server in self._servers:
            await server.stop()
        self._servers.clear()
        self.state.journal.close_file()

    def reset(self) -> None:
        """Back to the state at start: accounts, quota, log, faults, scenario."""
        reset_world(self.state)

    @property
    def base_url(self) -> str:
        """Where the simulator listens."""
        scheme = "http" if self.options.certfile is None else "https"
        return f"{scheme}://{self.options.host}:{self.port}"

    @property
    def host_urls(self) -> tuple[str, str]:
        """The base URLs of the daily and the prod host, for `UPSTREAM_BASE_URLS`."""
        return f"{self.base_url}/daily", f"{self.base_url}/prod"

    @property
    def oauth_auth_url(self) -> str:
        """Where a browser is sent to agree."""
        return f"{self.base_url}/o/oauth2/v2/auth"

    @property
    def oauth_token_url(self) -> str:
        """Where tokens are made."""
        return f"{self.base_url}/token"

    @property
    def oauth_userinfo_url(self) -> str:
        """Where a token tells whose it is."""
        return f"{self.base_url}/oauth2/v2/userinfo"

    @property
    def accounts(self) -> list[SimAccount]:
        """The simulated accounts, in order."""
        return self.state.directory.accounts

    @property
    def requests(self) -> list[Entry]:
        """The log so far, oldest first; calls of the admin API are not in it."""
        return list(self.state.journal.entries)

    @property
    def open_streams(self) -> int:
        """Generating requests that are being answered right now."""
        return self.state.journal.open_streams

    @property
    def aborted_streams(self) -> int:
        """Generating requests whose client left before the end."""
        return self.state.journal.aborted_streams

    @property
    def misbehaviour(self) -> list[str]:
        """What a good client would not have done, in words."""
        return self.state.journal.misbehaviour

    def add_fault(self, effect: str, **rule: Any) -> int:
        """Add a fault rule: the effect, then members of `faults.Fault`. Returns its number."""
        return self.state.faults.add(msgspec.convert({"effect": effect, **rule}, Fault))

    def remove_fault(self, number: int) -> bool:
        """Take a fault rule away."""
        return self.state.faults.remove(number)

    def add_script(self, *parts: dict[str, Any], **script: Any) -> None:
        """Prepare an answer made of these parts; `match` and more are members of `state.Script`."""
        self.state.scripts.scripts.append(msgspec.convert({"parts": parts, **script}, Script))

    def use_catalog(self, name: str) -> None:
        """Switch to another catalogue era, as when models are retired."""
        self.state.catalog = load_catalog(name)

    async def _listen(self, host: str | None, port: int) -> int:
        async def handle(request: Request, exchange: Exchange) -> None:
            await self._handle(request, exchange, host)

        server = HttpServer(handle, self._fast_path)
        self._servers.append(server)
        return await server.listen(self.options.host, port, self._tls())

    def _tls(self) -> ssl.SSLContext | None:
        if self.options.certfile is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.options.certfile, self.options.keyfile)
        return context

    def _fast_path(self, request: Request, exchange: Exchange) -> bool:
        if self.state.profile != "bench" or ":streamGenerateContent" not in request.target:
            return False
        if self._bench.knobs is not self.state.bench:
            self._bench.use(self.state.bench)
        self._bench.serve(exchange)
        return True

    async def _handle(self, request: Request, exchange: Exchange, port_host: str | None) -> None:
        host, path = _host_and_path(request, port_host)
        world = self.state
        if path.startswith("/__sim/"):
            entry = Entry(number=0, at=0.0, host=host, method="admin")
            # Dice of its own: looking at a simulator must not change what it says next.
            admin(_inbound(world, request, exchange, host, "admin", entry, Random(0)))  # noqa: S311
            return
        method, route = _find_route(request, path)
        entry = world.journal.open(at=world.clock.now(), host=host, method=method, headers=request.headers)
        inbound = _inbound(world, request, exchange, host, method, entry, world.request_rng())
        try:
            await _answer(inbound, path, route)
        finally:
            entry.status = exchange.status
            entry.bytes_out = exchange.bytes_out
            if exchange.is_gone:
                entry.aborted_at = world.clock.now()
            world.journal.close(entry, now=world.clock.now())


async def run(options: SimulatorOptions, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    async with Simulator(options):
        await stop.wait()


def _inbound(
    world: World, request: Request, exchange: Exchange, host: str, method: str, entry: Entry, rng: Random
) -> Inbound:
    return Inbound(
        world=world,
        request=request,
        exchange=exchange,
        host=host,
        method=method,
        entry=entry,
        rng=rng,
    )


async def _answer(inbound: Inbound, path: str, route: Route | None) -> None:
    """Step 1 of upstream.md 9.3, then the route."""
    request = inbound.request
    if request.method == "POST" and not request.has_length:
        inbound.world.watch.no_length(inbound.method)
        inbound.entry.result = "refused: no length"
        inbound.answer_html(411, "POST requests require a Content-length header.")
        return
    if "transfer-encoding" in request.headers:
        inbound.world.watch.chunked_body(inbound.method)
    if route is None:
        _answer_unknown(inbound, path)
        return
    try:
        await route(inbound)
    except Refused as refused:
        inbound.entry.result = f"refused: {refused.why}"
        inbound.answer_error(refused.reply)
    except Broken:
        inbound.entry.result = "connection fault"


def _answer_unknown(inbound: Inbound, path: str) -> None:
    inbound.entry.result = "refused: unknown path or method"
    if path.startswith("/v1internal:"):
        if inbound.request.method == "POST":
            inbound.answer_error(not_found())
        else:
            inbound.answer_html(405, "The request method is inappropriate for this URL.")
        return
    inbound.answer_html(404, "The requested URL was not found on this server.")


def _host_and_path(request: Request, port_host: str | None) -> tuple[str, str]:
    path = request.path
    prefix, _, rest = path[1:].partition("/")
    if prefix in PREFIXES:
        return prefix, "/" + rest
    if port_host is not None:
        return port_host, path
    name = request.headers.get("host", "").partition(":")[0]
    return HOST_NAMES.get(name, DEFAULT_HOST), path


def _find_route(request: Request, path: str) -> tuple[str, Route | None]:
    if path.startswith("/v1internal:"):
        method = path.removeprefix("/v1internal:")
        return method, METHODS.get(method) if request.method == "POST" else None
    if path.startswith("/v1internal/operations/") and request.method == "GET":
        return "operations", control.poll_operation
    name, route = OAUTH.get((request.method, path), (path, None))
    return name, route
