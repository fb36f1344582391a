"""A Gateway to an ASGI app: the front for dialects, the probes, and one Quart app for everything else."""

from app.gateway.parts import Gateway
from app.web.body import BodyLimits
from app.web.health import Probes
from app.web.late_site import LateSite
from app.web.routes import Routes
from app.web.scope import Front, FrontOptions


def build_app(gateway: Gateway) -> Front:
    """The whole HTTP face of a gateway."""
    limits = gateway.settings.limits
    options = FrontOptions(
        body=BodyLimits(size=limits.body_max_bytes, time_s=limits.body_timeout_s),
        beat_s=limits.heartbeat_s,
        commit_wait_s=limits.early_headers_after_s,
        buffer_bytes=limits.stall_buffer_bytes,
        cors_origins=gateway.settings.server.cors_origins,
    )
    return Front(
        Routes(gateway.dialects),
        gateway.runner,
        Probes(gateway, LateSite(gateway)),
        gateway.ids,
        gateway.clock,
        options,
    )
