"""The admin views that addons bring, under `/admin/addons/`. For administrators only.

Never: what a view shows.
"""

from collections.abc import Awaitable, Callable

import structlog
from quart import Quart, Response, request

from app.admin.auth import Door, Peer
from app.admin.refusals import Refused
from app.gateway.parts import Gateway
from app.hooks.additions import AddedView, AdminCall
from app.wire import json

log = structlog.get_logger("app.web")


def add_addon_views(app: Quart, gateway: Gateway, door: Door) -> None:
    """Register every view of the addons that were loaded at the start."""
    for number, added in enumerate(gateway.roster.additions.views):
        view = _guarded(added, door)
        app.add_url_rule(added.where, f"addon {number}", view, methods=[added.method])


def _guarded(added: AddedView, door: Door) -> Callable[[], Awaitable[Response]]:
    async def answer() -> Response:
        try:
            await door.admit(request.headers.get("authorization", ""), Peer(request.remote_addr or ""))
        except Refused as refused:
            return _problem(refused.status, refused.code, refused.message)
        sent = await request.get_data(as_text=False)
        assert isinstance(sent, bytes), "not as text"
        call = AdminCall(request.method, request.args.to_dict(), sent)
        try:
            said = await added.view(call)
            body = said.encode() if isinstance(said, str) else json.encode(said)
        except Exception:  # an addon's own code may raise anything
            log.exception("addon view failed", view=added.where)
            return _problem(500, "addon_failure", "The addon could not answer; the log says why.")
        kind = "text/plain; charset=utf-8" if isinstance(said, str) else "application/json"
        return Response(body, content_type=kind)

    return answer


def _problem(status: int, code: str, message: str) -> Response:
    body = {"code": code, "message": message, "where": None}
    return Response(json.encode(body), status=status, content_type="application/json")
