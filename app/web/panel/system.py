"""The process itself: how it does, its backups, who is signed in."""

from quart import Blueprint, Response

from app.admin.api.sessions import SessionDesk
from app.admin.api.system import SystemDesk
from app.admin.refusals import Refused
from app.web.admin.desks import Desks
from app.web.admin.guard import actor, owner
from app.web.panel.formats import size
from app.web.panel.frame import Frame, Notice
from app.web.panel.system_logs import add_audit, add_log

_AREA = "system"


def add_system(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of the system."""
    _add_page(pages, frame, desks)
    _add_backups(pages, frame, desks.system)
    _add_sessions(pages, frame, desks.sessions)
    add_audit(pages, frame, desks.system)
    add_log(pages, frame, desks.system)


def _add_page(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    @pages.get("/system")
    async def system() -> Response:
        return frame.page(
            "system/system.html",
            _AREA,
            system=await desks.system.view(),
            backups=(await desks.system.backups()).backups,
            signed_in=await desks.sessions.all(owner()),
            is_local=frame.gateway.settings.server.host in ("127.0.0.1", "::1", "localhost"),
        )


def _add_backups(pages: Blueprint, frame: Frame, desk: SystemDesk) -> None:
    def done(word: str, **values: object) -> Response:
        return frame.to("/admin/system", Notice("done", frame.words()(word, **values)))

    @pages.post("/system/backups")
    async def make_backup() -> Response:
        made = await desk.back_up(actor())
        return done("system.backup_made", name=made.name, size=size(made.size_bytes))

    @pages.get("/system/backups/<name>/remove")
    async def removing_backup(name: str) -> Response:
        found = next((one for one in (await desk.backups()).backups if one.name == name), None)
        if found is None:
            raise Refused(404, "not_found", "There is no backup of that name.")
        return frame.page("system/remove_backup.html", _AREA, backup=found)

    @pages.post("/system/backups/<name>/remove")
    async def remove_backup(name: str) -> Response:
        await desk.remove_backup(name, actor())
        return done("system.backup_removed", name=name)


def _add_sessions(pages: Blueprint, frame: Frame, desk: SessionDesk) -> None:
    @pages.post("/system/sessions/end-others")
    async def end_other_sessions() -> Response:
        ended = await desk.end_others(owner(), actor())
        return frame.to("/admin/system", Notice("done", frame.words()("system.others_ended", n=ended)))

    @pages.post("/system/sessions/<session>/end")
    async def end_session(session: str) -> Response:
        await desk.end(session, actor())
        return frame.to("/admin/system", Notice("done", frame.words()("system.session_ended")))
