"""The gateway's numbers for Prometheus, when they are switched on."""

from quart import Quart, Response

from app.gateway.parts import Gateway


def add_metrics(app: Quart, gateway: Gateway) -> None:
    """Register `/metrics`."""
    if not gateway.settings.observe.metrics:
        return

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(gateway.metrics.exposition(), content_type=gateway.metrics.content_type)
