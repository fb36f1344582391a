"""The stack without the gateway: our server, our HTTP client, bytes copied from one to the other.

    python -m tests.bench.passthrough PORT UPSTREAM_PORT

What it costs is the floor; what the gateway costs above it is translation, accounts, books and care.
"""

import asyncio
import sys

from app.server.loop import run, tune_gc
from app.server.options import Message, ServerOptions
from app.server.serve import serve
from app.upstreams.http import HttpOptions, UpstreamHttp
from app.web.body import Receive
from app.web.reply import Send

_PATH = "/v1internal:streamGenerateContent?alt=sse"


async def main(port: int, upstream_port: int) -> None:
    """Serve until the process is ended."""
    http = UpstreamHttp(HttpOptions())
    url = f"http://127.0.0.1:{upstream_port}{_PATH}"

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = await _body(receive)
        if scope["method"] == "GET":
            await _start(send, "application/json")
            await send({"type": "http.response.body", "body": b"{}"})
            return
        async with http.open("POST", url, {"content-type": "application/json"}, body) as reply:
            await _start(send, "text/event-stream")
            async for data in reply.chunks():
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    options = ServerOptions(port=port)
    await serve(app, options, stop=asyncio.Event(), on_ready=lambda _: tune_gc())


async def _start(send: Send, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})


if __name__ == "__main__":
    run(main(int(sys.argv[1]), int(sys.argv[2])))
