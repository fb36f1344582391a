"""The admin API in HTTP: one guard in front of every route, one shape for everything that goes wrong.

Never: what an administrator may do; that is in `app.admin`.
"""

import ipaddress
from urllib.parse import urlsplit

from msgspec import to_builtins
from quart import Blueprint, Quart, Response, g, request
from quart_schema import QuartSchema, RequestSchemaValidationError

from app import __version__
from app.admin.auth import Door, Peer
from app.admin.refusals import Refused, refused
from app.admin.schemas import Problem
from app.errors import GatewayError
from app.gateway.parts import Gateway
from app.web.admin_routes import add_routes
from app.web.documents import AdminDocuments
from app.wire import json

PREFIX = "/admin/api"
OPEN_ENDPOINT = "admin.begin_session"
"""The one route for strangers: it takes the password itself."""


def add_admin_api(app: Quart, gateway: Gateway, door: Door) -> None:
    """Register the API and its document."""
    QuartSchema(
        app,
        openapi_path=f"{PREFIX}/openapi.json",
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info={"title": "Antigravity Proxy: administration", "version": __version__},
        security_schemes={"bearer": {"type": "http", "scheme": "bearer"}},
        security=[{"bearer": []}],
        conversion_preference="msgspec",
        openapi_provider_class=AdminDocuments,
    )
    api = Blueprint("admin", "admin", url_prefix=PREFIX)
    hosts = frozenset(host.lower() for host in gateway.settings.server.allowed_hosts)

    @api.before_request
    async def guard() -> None:
        _check_host(request.host, hosts)
        g.peer = Peer(request.remote_addr or "", request.headers.get("user-agent", ""))
        if request.endpoint != OPEN_ENDPOINT:
            g.session = await door.admit(request.headers.get("authorization", ""), g.peer)

    @api.errorhandler(Refused)
    async def refusal(error: Refused) -> Response:
        return _problem(error)

    @api.errorhandler(GatewayError)
    async def failure(error: GatewayError) -> Response:
        return _problem(refused(error))

    @api.errorhandler(RequestSchemaValidationError)
    async def unreadable(error: RequestSchemaValidationError) -> Response:
        return _problem(_unreadable(str(error.validation_error)))

    add_routes(api, gateway, door)
    app.register_blueprint(api)


def _check_host(host: str, allowed: frozenset[str]) -> None:
    """Refuse names that somebody else's page may have pointed at us. Source: threats.md S07."""
    name = (urlsplit(f"//{host}").hostname or "").lower()
    if name == "localhost" or name.endswith(".localhost") or name in allowed or _is_address(name):
        return
    raise Refused(403, "host_not_allowed", "Add this host name to ALLOWED_HOSTS to administer through it.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _unreadable(said: str) -> Refused:
    """msgspec says "Expected `str`, got `int` - at `$.email`"."""
    what, _, where = said.partition(" - at ")
    return Refused(
        400, "invalid_request", f"{what.rstrip('.')}.", where=where.strip("`").removeprefix("$.") or None
    )


def _problem(error: Refused) -> Response:
    body = Problem(code=error.code, message=error.message, where=error.where)
    return Response(
        json.encode(to_builtins(body)),
        status=error.status,
        content_type="application/json",
        headers=error.headers,
    )
