"""Is it alive, is it ready. Never names accounts to strangers.

Answered in front of the Quart app, so that a probe neither waits for it nor makes it load.
"""

from collections.abc import Callable
from typing import TypeAlias

from app.gateway.parts import Gateway
from app.web.body import Message, Receive
from app.web.reply import Send
from app.web.scope import Asgi
from app.wire import json

Finding: TypeAlias = tuple[int, dict[str, object]]
"""Status and body."""


class Probes:
    """An ASGI app: `/health/live` and `/health/ready`; every other path goes to `rest`."""

    def __init__(self, gateway: Gateway, rest: Asgi) -> None:
        self._rest = rest
        self._findings: dict[str, Callable[[], Finding]] = {
            "/health/live": _live,
            "/health/ready": lambda: _ready(gateway),
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        find = self._findings.get(scope["path"]) if scope["type"] == "http" else None
        if find is None:
            await self._rest(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await _answer(send, *find())
        else:
            await _answer(send, 405, {"code": "method_not_allowed"}, (b"allow", b"GET, HEAD"))


def _live() -> Finding:
    return 200, {"status": "ok"}


def _ready(gateway: Gateway) -> Finding:
    reasons = gateway.troubles()
    if not gateway.is_ready:
        return 503, {"status": "unavailable", "reasons": reasons}
    return 200, {"status": "degraded" if reasons else "ok", "reasons": reasons}


async def _answer(send: Send, status: int, body: dict[str, object], *headers: tuple[bytes, bytes]) -> None:
    content = json.encode(body)
    length = (b"content-length", b"%d" % len(content))
    every = [(b"content-type", b"application/json"), length, *headers]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": content, "more_body": False})
