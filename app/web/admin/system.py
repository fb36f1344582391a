"""The process itself: how it does, its log, who changed what, its backups."""

from quart import Blueprint, Response, send_file
from quart_schema import validate_querystring, validate_response

from app.admin.api.system import SystemDesk
from app.admin.schemas.system import AuditList, AuditQuery, BackupList, LogPage, LogQuery, SystemView
from app.store.backups import Backup
from app.web.admin.documents import answers_with_file, may_clash
from app.web.admin.guard import actor


def add_system(api: Blueprint, desk: SystemDesk) -> None:
    @api.get("/system")
    @validate_response(SystemView)
    async def show_system() -> SystemView:
        """Tell how the process does."""
        return await desk.view()

    @api.get("/audit")
    @validate_querystring(AuditQuery)
    @validate_response(AuditList)
    async def list_audit(query_args: AuditQuery) -> AuditList:
        """List what operators changed, newest first."""
        return await desk.audit(query_args)

    _add_log(api, desk)
    _add_backups(api, desk)


def _add_log(api: Blueprint, desk: SystemDesk) -> None:
    @api.get("/log")
    @validate_querystring(LogQuery)
    @validate_response(LogPage)
    async def show_log(query_args: LogQuery) -> LogPage:
        """Show the newest lines of the log."""
        return desk.log(query_args)

    @api.get("/log.txt")
    @answers_with_file("text/plain")
    async def download_log() -> Response:
        """Download all lines of the log that are kept."""
        kept = Response(desk.log_text(), content_type="text/plain; charset=utf-8")
        kept.headers["content-disposition"] = 'attachment; filename="antigravity-proxy.log"'
        kept.headers["cache-control"] = "no-store"
        return kept


def _add_backups(api: Blueprint, desk: SystemDesk) -> None:
    @api.get("/backups")
    @validate_response(BackupList)
    async def list_backups() -> BackupList:
        """List copies of the database."""
        return await desk.backups()

    @api.post("/backups")
    @validate_response(Backup, 201)
    @may_clash
    async def create_backup() -> tuple[Backup, int]:
        """Copy the database while everything goes on."""
        return await desk.back_up(actor()), 201

    @api.get("/backups/<name>")
    @answers_with_file("application/vnd.sqlite3")
    async def download_backup(name: str) -> Response:
        """Download a copy. Tokens inside stay sealed."""
        path = await desk.backup(name, actor())
        sent = await send_file(path, mimetype="application/vnd.sqlite3", as_attachment=True, cache_timeout=0)
        sent.headers["cache-control"] = "no-store"
        return sent

    @api.delete("/backups/<name>")
    async def remove_backup(name: str) -> tuple[str, int]:
        """Forget a copy."""
        await desk.remove_backup(name, actor())
        return "", 204
