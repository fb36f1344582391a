"""A Gateway to an ASGI app: the front for dialects, the probes, and one Quart app for everything else."""

from app.gateway.parts import Gateway
from app.networks import networks_of
from app.settings.schema import Settings
from app.web.body import BodyLimits
from app.web.forwarded import Forwarded
from app.web.health import Probes
from app.web.late_site import LateSite
from app.web.routes import Routes
from app.web.scope import Asgi, Front, FrontOptions


def build_app(gateway: Gateway) -> Asgi:
    """The whole HTTP face of a gateway."""
    front = _front(gateway)
    trusted = networks_of(gateway.settings.server.trusted_proxies)
    return Forwarded(front, trusted) if trusted else front


def _front(gateway: Gateway) -> Front:
    routes = Routes(gateway.dialects)
    gateway.addons.on_dialects(routes.use)
    front = Front(
        routes,
        gateway.runner,
        Probes(gateway, LateSite(gateway)),
        gateway.ids,
        gateway.clock,
        front_options(gateway.housekeeping.settings),
    )
    gateway.housekeeping.on_turn(lambda settings: front.use(front_options(settings)))
    return front


def front_options(settings: Settings) -> FrontOptions:
    """The front's share of the settings."""
    limits = settings.limits
    return FrontOptions(
        body=BodyLimits(size=limits.body_max_bytes, time_s=limits.body_timeout_s),
        beat_s=limits.heartbeat_s,
        commit_wait_s=limits.early_headers_after_s,
        buffer_bytes=limits.stall_buffer_bytes,
        cors_origins=settings.server.cors_origins,
    )
