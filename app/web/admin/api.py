"""The admin API in HTTP: one guard in front of every route, one shape for everything that goes wrong.

Never: what an administrator may do; that is in `app.admin`.
"""

from msgspec import to_builtins
from quart import Blueprint, Quart, Response, request
from quart_schema import QuartSchema, RequestSchemaValidationError

from app import __version__
from app.admin.auth import Door
from app.admin.refusals import Refused, refused
from app.admin.schemas.base import Problem
from app.errors import GatewayError
from app.gateway.parts import Gateway
from app.web.admin.accounts import add_accounts
from app.web.admin.addons import add_addons
from app.web.admin.desks import Desks
from app.web.admin.documents import AdminDocuments
from app.web.admin.guard import Guard
from app.web.admin.keys import add_keys
from app.web.admin.models import add_models
from app.web.admin.playground import add_playground
from app.web.admin.refreshes import add_refreshes
from app.web.admin.refusing import unreadable
from app.web.admin.requests import add_requests
from app.web.admin.sessions import add_sessions
from app.web.admin.settings import add_settings
from app.web.admin.sign_ins import add_sign_ins
from app.web.admin.system import add_system
from app.web.admin.transfer import add_transfer
from app.web.admin.usage import add_usage
from app.wire import json

PREFIX = "/admin/api"
OPEN_ENDPOINT = "admin.begin_session"
"""The one route for strangers: it takes the password itself."""


def add_admin_api(app: Quart, gateway: Gateway, door: Door, guard: Guard, desks: Desks) -> None:
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

    @api.before_request
    async def admit() -> None:
        if request.endpoint == OPEN_ENDPOINT:
            guard.greet()
        else:
            await guard.admit()

    _add_refusals(api)
    add_sessions(api, desks.sessions, door)
    add_accounts(api, desks.accounts, desks.batches)
    add_transfer(api, desks.transfer, door)
    add_sign_ins(api, desks.sign_ins)
    add_refreshes(api, desks.refreshes)
    add_keys(api, desks.keys)
    add_requests(api, desks.requests)
    add_usage(api, desks.usage)
    add_models(api, desks.models)
    add_addons(api, desks.addons)
    add_settings(api, desks.settings)
    add_system(api, desks.system)
    add_playground(api, desks.playground)
    app.register_blueprint(api)


def _add_refusals(api: Blueprint) -> None:
    @api.errorhandler(Refused)
    async def refusal(error: Refused) -> Response:
        return _problem(error)

    @api.errorhandler(GatewayError)
    async def failure(error: GatewayError) -> Response:
        return _problem(refused(error))

    @api.errorhandler(RequestSchemaValidationError)
    async def misread(error: RequestSchemaValidationError) -> Response:
        return _problem(unreadable(str(error.validation_error)))


def _problem(error: Refused) -> Response:
    body = Problem(code=error.code, message=error.message, where=error.where)
    return Response(
        json.encode(to_builtins(body)),
        status=error.status,
        content_type="application/json",
        headers=error.headers,
    )
