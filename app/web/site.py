"""The one Quart app: what is made for people and monitors, beside the dialects. Imported late."""

from urllib.parse import urlsplit

from quart import Quart, Response

from app.admin.auth import Door
from app.gateway.parts import Gateway
from app.web.addon_views import add_addon_views
from app.web.admin.api import add_admin_api
from app.web.admin.desks import Desks
from app.web.admin.guard import Guard
from app.web.exposition import add_metrics
from app.web.home import add_home
from app.web.panel.site import add_panel

_LARGEST_BODY = 1024 * 1024
"""In bytes; strangers can send one before they are asked who they are."""


def build_quart(gateway: Gateway) -> Quart:
    """Metrics, the admin API, the panel and the home page."""
    app = Quart("antigravity-proxy", static_folder=None)
    app.config["RESPONSE_TIMEOUT"] = None  # the default ends a stream after a minute, without a word
    app.config["BODY_TIMEOUT"] = gateway.settings.limits.body_timeout_s
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _LARGEST_BODY
    door = Door(gateway.settings.admin, gateway.store.sessions, gateway.clock)
    add_metrics(app, gateway, door)
    guard, desks = Guard(gateway.settings, door), Desks(gateway, door)
    add_admin_api(app, gateway, door, guard, desks)
    add_addon_views(app, gateway, guard)
    add_panel(app, gateway, door, guard, desks)
    add_home(app, urlsplit(gateway.settings.server.public_url or "").path.rstrip("/"))
    app.after_request(_hardened)
    return app


async def _hardened(response: Response) -> Response:
    """What is data stays data in a browser, whatever it looks like. Source: threats.md S08."""
    response.headers.setdefault("x-content-type-options", "nosniff")
    return response
