"""The panel's pages behind their guard. A stranger is asked to sign in, and comes back to where they were."""

from quart import Blueprint, Quart, Response, g, request

from app.admin.auth import Door
from app.admin.refusals import Refused, refused
from app.errors import GatewayError
from app.gateway.parts import Gateway
from app.web.admin.desks import Desks
from app.web.admin.guard import Guard
from app.web.panel.account import add_account
from app.web.panel.accounts import add_accounts
from app.web.panel.addons import add_addons
from app.web.panel.entrance import OPEN, add_entrance
from app.web.panel.first_run import add_first_run
from app.web.panel.frame import Frame, Notice
from app.web.panel.jobs import add_jobs
from app.web.panel.keys import add_keys
from app.web.panel.live import add_live
from app.web.panel.models import add_models
from app.web.panel.overview import add_overview
from app.web.panel.playground import add_playground
from app.web.panel.requests import add_requests
from app.web.panel.settings import add_settings
from app.web.panel.shortcuts import add_shortcuts
from app.web.panel.sign_ins import add_ways_in
from app.web.panel.system import add_system
from app.web.panel.usage import add_usage


def add_panel(app: Quart, gateway: Gateway, door: Door, guard: Guard, desks: Desks) -> None:
    """Register every page."""
    frame = Frame(gateway, door)
    pages = Blueprint("panel", "panel", url_prefix="/admin")

    @pages.before_request
    async def admit() -> Response | None:
        if request.endpoint in OPEN:
            guard.greet()
            return None
        try:
            await guard.admit()
        except Refused as error:
            if error.status != 401:
                raise
            return _asked_in(frame)
        return None

    _add_refusals(pages, frame)
    add_entrance(pages, frame, gateway, door, guard)
    add_live(pages, gateway)
    add_overview(pages, frame, desks)
    add_accounts(pages, frame, desks)
    add_ways_in(pages, frame, desks, door)
    add_account(pages, frame, desks)
    add_jobs(pages, frame, desks)
    add_first_run(pages, frame)
    add_requests(pages, frame, desks)
    add_usage(pages, frame, desks)
    add_playground(pages, frame, desks)
    add_keys(pages, frame, desks)
    add_models(pages, frame, desks)
    add_settings(pages, frame, desks)
    add_addons(pages, frame, desks)
    add_system(pages, frame, desks)
    add_shortcuts(pages, frame)
    app.register_blueprint(pages)


def _asked_in(frame: Frame) -> Response:
    """Send a stranger to the sign-in page, and from there back. A change under way is not repeated."""
    back = request.full_path.rstrip("?") if request.method == "GET" else frame.came_from()
    if "hx-request" in request.headers:
        return Response("", 200, {"hx-redirect": frame.url("/admin/sign-in", next=back)})
    return frame.to("/admin/sign-in", next=back)


def _add_refusals(pages: Blueprint, frame: Frame) -> None:
    @pages.errorhandler(Refused)
    async def refusal(error: Refused) -> Response:
        return _told(frame, error)

    @pages.errorhandler(GatewayError)
    async def failure(error: GatewayError) -> Response:
        return _told(frame, refused(error))


def _told(frame: Frame, error: Refused) -> Response:
    """Back to the page from which the change was asked for, with the reason; else a page that says it."""
    text = frame.words().said(error.message)
    if request.method == "POST" and g.session is not None and (back := frame.came_from()):
        return frame.to(back, Notice("failed", text))
    if g.session is None:
        return frame.bare("problem.html", error.status, text=text)
    return frame.page("problem_inside.html", "", error.status, text=text)
