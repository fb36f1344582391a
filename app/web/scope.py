"""The ASGI front: every dialect's endpoints, with one flow per call that never outlives it.

Generations are served here, beside the Quart app and not through it: that halves the cost of a request,
and the client's leaving is noticed by this very code, which trusts no single cancellation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

from app.clock import Clock
from app.dialects.base import Dialect, Endpoint, Params
from app.dialects.failures import error_reply
from app.flow import Flow, Marks
from app.ids import Ids
from app.outbox import HIGH_WATER, Outbox
from app.pipeline.runner import Runner
from app.web.body import BodyLimits, Inbox, Message, Receive
from app.web.cors import Cors
from app.web.reply import Reply, Send, raw_headers
from app.web.routes import Match, Methods, Refusal, Routes

Asgi: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_CANCEL_EVERY_S = 1.0


class FrontOptions(Struct, frozen=True):
    """Limits on what comes in and what waits to go out.

    `beat_s` is the longest silence within a stream, in seconds; `commit_wait_s` overrides how long each
    dialect holds its headers back, 0 does not. `buffer_bytes` are kept for a client that reads slowly.
    """

    body: BodyLimits = BodyLimits()
    beat_s: float = 15.0
    commit_wait_s: float = 0.0
    buffer_bytes: int = HIGH_WATER
    cors_origins: tuple[str, ...] = ()


class Front:
    """An ASGI app: dialects' requests become flows, everything else goes to `rest`."""

    def __init__(
        self, routes: Routes, runner: Runner, rest: Asgi, ids: Ids, clock: Clock, options: FrontOptions
    ) -> None:
        self._routes = routes
        self._runner = runner
        self._rest = rest
        self._ids = ids
        self._clock = clock
        self._options = options
        self._cors = Cors(options.cors_origins)

    def use(self, options: FrontOptions) -> None:
        """Go by other options for requests that come from now on."""
        self._options = options
        self._cors = Cors(options.cors_origins)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        headers = _headers(scope)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        found = self._routes.find(scope["method"], scope["path"], headers, query)
        match found:
            case Match(dialect=dialect, endpoint=endpoint, path_id=path_id):
                params = Params(headers, query, path_id)
                send = self._cors.on(headers, send)
                await self._serve(dialect, endpoint, params, receive, send, _peer(scope))
            case Methods() | Refusal():
                await self._answer(found, headers, self._cors.on(headers, send))
            case None:
                await self._rest(scope, receive, send)

    async def _serve(
        self, dialect: Dialect, endpoint: Endpoint, params: Params, receive: Receive, send: Send, peer: str
    ) -> None:
        inbox = Inbox(receive, params.headers, self._options.body)
        flow = Flow(
            id=self._ids.flow(),
            dialect=dialect,
            endpoint=endpoint,
            params=params,
            outbox=Outbox(self._options.buffer_bytes),
            marks=Marks(opened=self._clock.monotonic()),
            created=int(self._clock.now()),
            read_body=inbox.body,
            peer=peer,
        )
        task = self._runner.start(flow)
        watch = asyncio.get_running_loop().create_task(inbox.left(), name=f"{flow.id} client")
        watch.add_done_callback(lambda left: None if left.cancelled() else _cancel(task))
        commit_wait_s = self._options.commit_wait_s or dialect.commit_wait_s
        reply = Reply(flow, send, self._clock, beat_s=self._options.beat_s, commit_wait_s=commit_wait_s)
        try:
            await reply.run()
        finally:
            watch.cancel()
            await _over(task)

    async def _answer(self, found: Methods | Refusal, headers: Mapping[str, str], send: Send) -> None:
        """What needs no flow, at once."""
        request_id = self._ids.flow()
        more: Mapping[str, str]
        match found:
            case Methods(allow=allow):
                status, body = 204, b""
                more = {"allow": allow, **self._cors.preflight(headers, allow)}
            case Refusal(dialect=dialect, error=error):
                status, more, body = error_reply(dialect, error, request_id)
                more = {**more, "content-length": str(len(body))}
        raw = raw_headers({**more, **found.dialect.headers(request_id, 0)})
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _cancel(task: asyncio.Task[None]) -> None:
    if not task.done():
        task.cancel()


async def _over(task: asyncio.Task[None]) -> None:
    """Return when the flow's task has ended, cancelling it as often as that takes."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_EVERY_S)


def _headers(scope: Message) -> dict[str, str]:
    """Request headers by lower-case name; repeated ones joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _peer(scope: Message) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
