"""What can be said to the server, and what it says back.

Never: reading settings or the environment; the command line fills these in.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from msgspec import Struct

from app.networks import LOOPBACK, Networks

Message = MutableMapping[str, Any]
"""An ASGI event or scope; ASGI leaves their values open."""

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""scope, receive, send. Frameworks spell their types differently, so they are left open here."""


class Address(NamedTuple):
    """Where the server listens."""

    host: str
    port: int


class ServerOptions(Struct, frozen=True):
    """How to serve. Seconds and bytes throughout; TLS when both files are given.

    `max_connections` 0 derives the limit from the number of files the process may open. One source has at
    most `max_per_source` of them (0: no limit), unless it is in `uncapped`.
    `early_answer_*` bound how much of an unread request body is discarded after its answer, so that the
    client gets to read the answer.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certfile: str | None = None
    keyfile: str | None = None
    http2_cleartext: bool = True
    backlog: int = 1024
    max_connections: int = 0
    max_per_source: int = 0
    uncapped: Networks = LOOPBACK
    header_timeout_s: float = 5.0
    keepalive_timeout_s: float = 15.0
    write_timeout_s: float = 30.0
    handshake_timeout_s: float = 10.0
    startup_timeout_s: float = 60.0
    shutdown_timeout_s: float = 10.0
    graceful_s: float = 30.0
    max_head_bytes: int = 64 * 1024
    early_answer_bytes: int = 1024 * 1024
    early_answer_s: float = 2.0
    http2_streams: int = 100
    http2_resets: int = 200
    http2_control_frames: int = 2000
