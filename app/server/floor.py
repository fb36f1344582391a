"""What all connections of one server share, and what is known of one client.

Never: behaviour.
"""

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.typing import LifespanState
from msgspec import Struct

from app.server.config import FloorConfig
from app.server.options import AsgiApp, ServerOptions


class Floor(Struct, frozen=True):
    """The application and how to serve it. `context.terminated` is set once the server drains."""

    app: AsgiApp
    options: ServerOptions
    config: FloorConfig
    context: WorkerContext
    state: LifespanState


class Peer(Struct, frozen=True):
    """Both ends of a connection; addresses are None where the system tells none."""

    client: tuple[str, int] | None
    server: tuple[str, int] | None
    is_tls: bool
