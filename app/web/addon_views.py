"""The admin views that addons bring, under `/admin/addons/NAME/`. For administrators only.

A view is looked up when it is asked for, so that it comes and goes with its addon. Never: what a view shows.
"""

from typing import Final

import structlog
from quart import Quart, Response, request

from app.admin.refusals import Refused
from app.gateway.parts import Gateway
from app.hooks.additions import AddedView, AdminCall
from app.hooks.errors import told
from app.web.admin.guard import Guard
from app.wire import json

log = structlog.get_logger("app.web")

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_INERT: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
"""An administrator opens views in the browser that is signed in: what an addon says must do nothing there."""


def add_addon_views(app: Quart, gateway: Gateway, guard: Guard) -> None:
    """Register the one route for all of them."""

    @app.route("/admin/addons/<addon>/<path:path>", methods=list(_METHODS))
    async def addon_view(addon: str, path: str) -> Response:
        try:
            await guard.admit()
            return await _answer(gateway, _view(gateway, addon, path.strip("/")))
        except Refused as refused:
            return _problem(refused)


def _view(gateway: Gateway, addon: str, path: str) -> AddedView:
    """The view that is asked for. Raises Refused."""
    views = [one for one in gateway.roster.additions.views if (one.addon, one.path) == (addon, path)]
    if not views:
        raise Refused(404, "not_found", "No addon has that view.")
    method = "GET" if request.method == "HEAD" else request.method
    found = next((one for one in views if one.method == method), None)
    if found is None:
        raise Refused(405, "method_not_allowed", f"Use {', '.join(one.method for one in views)}.")
    return found


async def _answer(gateway: Gateway, added: AddedView) -> Response:
    sent = await request.get_data(as_text=False)
    assert isinstance(sent, bytes), "not as text"
    try:
        said = await added.view(AdminCall(request.method, request.args.to_dict(), sent))
        body = said.encode() if isinstance(said, str) else json.encode(said)
    except Exception as exc:  # an addon's own code may raise anything
        log.exception("addon view failed", view=added.where)
        gateway.roster.troubles.note(added.addon, f"the view {added.path} failed: {told(exc)}")
        return _problem(Refused(500, "addon_failure", "The addon could not answer; the log says why."))
    kind = "text/plain; charset=utf-8" if isinstance(said, str) else "application/json"
    return Response(body, content_type=kind, headers=_INERT)


def _problem(refused: Refused) -> Response:
    body = {"code": refused.code, "message": refused.message, "where": refused.where}
    headers = refused.headers
    return Response(
        json.encode(body), status=refused.status, content_type="application/json", headers=headers
    )
