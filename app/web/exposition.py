"""The gateway's numbers for Prometheus: for everybody when they are switched on, else for administrators."""

from quart import Quart, Response, request

from app.admin.auth import Door, Peer
from app.admin.refusals import Refused
from app.gateway.parts import Gateway


def add_metrics(app: Quart, gateway: Gateway, door: Door) -> None:
    """Register `/metrics`. To strangers it is not there while it is off."""
    is_open = gateway.settings.observe.metrics

    @app.get("/metrics")
    async def metrics() -> Response:
        if not is_open:
            try:
                await door.admit(request.headers.get("authorization", ""), Peer(request.remote_addr or ""))
            except Refused as refused:
                return Response(status=404 if refused.status == 401 else refused.status)
        return Response(gateway.metrics.exposition(), content_type=gateway.metrics.content_type)
