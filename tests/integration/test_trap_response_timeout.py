"""The web framework's own response timeout must not end a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable

import h2.events
from quart import Quart, Response

from tests.support.server import Http1Client, Http2Client, Running, running

TICKS = 8
PAUSE_S = 0.05


def an_app(*, with_timeout: bool, on_cut: Callable[[], None] | None = None) -> Quart:
    app = Quart(__name__)
    app.config["RESPONSE_TIMEOUT"] = 0.2 if with_timeout else None

    @app.get("/")
    async def stream() -> Response:
        async def ticks() -> AsyncIterator[bytes]:
            try:
                for _ in range(TICKS):
                    yield b"tick"
                    await asyncio.sleep(PAUSE_S)
            except asyncio.CancelledError:
                if on_cut is not None:
                    on_cut()
                raise

        response = Response(ticks(), content_type="text/event-stream")
        if not with_timeout:
            response.timeout = None
        return response

    return app


async def ticks_seen(server: Running) -> tuple[int, int]:
    """Ticks that arrive over HTTP/1.1 and HTTP/2, before the end or the cut."""
    async with await Http1Client.connect(server) as old, await Http2Client.connect(server) as new:
        old.request("GET", "/", "connection: close")
        stream = new.request("/")
        over_http1 = (await old.rest()).count(b"tick")
        ends = (h2.events.StreamEnded, h2.events.StreamReset)
        while not any(isinstance(event, ends) for event in new.events):
            await new.read()
        return over_http1, new.body(stream).count(b"tick")


async def test_a_stream_without_the_timeout_lives_longer_than_it() -> None:
    """faults.md T1."""
    async with running(an_app(with_timeout=False)) as server:
        assert await ticks_seen(server) == (TICKS, TICKS)


async def test_a_stream_with_the_timeout_is_cut_in_silence() -> None:
    """faults.md T1: some versions of the framework leave the client waiting for ever besides."""
    was_cut = asyncio.Event()
    app = an_app(with_timeout=True, on_cut=was_cut.set)
    async with running(app) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/")

        await was_cut.wait()
