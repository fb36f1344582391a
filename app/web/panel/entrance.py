"""Signing in and out with a browser: the password, or a link that works once.

Source: admin-ui.md 2.10; threats.md S02, S05, S06.
"""

from quart import Blueprint, Response, g, request

from app.admin.auth import SESSION_S, Door, NewSession
from app.admin.refusals import Refused
from app.gateway.parts import Gateway
from app.web.admin.guard import COOKIE, Guard
from app.web.panel.frame import THEMES, Frame, is_inside
from app.web.panel.words import LANGUAGES

OPEN = frozenset({"panel.sign_in", "panel.begin", "panel.by_link", "panel.static", "panel.prefer"})
"""Pages for strangers."""
SWITCH = ("on", "off")
_YEAR_S = 365 * 24 * 3600.0


def add_entrance(pages: Blueprint, frame: Frame, gateway: Gateway, door: Door, guard: Guard) -> None:
    """Register the pages that let people in and out."""
    _add_signing(pages, frame, door, guard)

    @pages.get("/link/<token>")
    async def by_link(token: str) -> Response:
        if not gateway.sign_in_links.redeem(token):
            return frame.bare("sign_in.html", 403, problem="link_used", next_page="")
        return _entered(frame, await door.begin_trusted(g.peer), "/admin/")

    @pages.get("/static/<path:name>")
    async def static(name: str) -> Response:
        asset = frame.assets.find(name)
        if asset is None:
            return Response("", 404)
        if request.args.get("v") == asset.mark:
            kept = {"cache-control": "public, max-age=31536000, immutable"}
        else:  # a module that another one imports: its address stays when its content changes
            kept = {"cache-control": "no-cache", "etag": f'"{asset.mark}"'}
            if asset.mark in request.if_none_match:
                return Response("", 304, kept)
        return Response(asset.content, content_type=asset.kind, headers=kept)

    @pages.post("/prefer")
    async def prefer() -> Response:
        """Remember language, colours and the like in the browser; anybody may."""
        guard.check_origin()
        form = await request.form
        response = frame.to(_inside(form.get("next", "")))
        for name, known in (("language", LANGUAGES), ("theme", THEMES), ("shortcuts", SWITCH)):
            if (value := form.get(name, "")) in known:
                frame.set_cookie(response, name, value, max_age_s=_YEAR_S)
        return response


def _add_signing(pages: Blueprint, frame: Frame, door: Door, guard: Guard) -> None:
    @pages.get("/sign-in")
    async def sign_in() -> Response:
        return frame.bare("sign_in.html", problem="", next_page=_inside(request.args.get("next", "")))

    @pages.post("/sign-in")
    async def begin() -> Response:
        guard.check_origin()
        form = await request.form
        next_page = _inside(form.get("next", ""))
        try:
            begun = await door.begin_session(form.get("password", ""), g.peer)
        except Refused as error:
            return frame.bare("sign_in.html", error.status, problem=error.code, next_page=next_page)
        return _entered(frame, begun, next_page)

    @pages.post("/sign-out")
    async def sign_out() -> Response:
        await door.end(g.session.id if g.session is not None else "")
        response = frame.to("/admin/sign-in")
        response.delete_cookie(COOKIE, path=frame.cookie_path)
        return response


def _entered(frame: Frame, begun: NewSession, path: str) -> Response:
    response = frame.to(path)
    frame.set_cookie(response, COOKIE, begun.token, max_age_s=SESSION_S, hidden=True)
    return response


def _inside(path: str) -> str:
    """A path of the panel, whatever was asked for."""
    return path if is_inside(path) else "/admin/"
