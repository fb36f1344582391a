"""Accounts in a file, out and in."""

from quart import Blueprint, Response, g
from quart_schema import validate_request, validate_response

from app.admin.api.transfer import TransferDesk
from app.admin.auth import Door
from app.admin.schemas.transfer import ExportBody, ImportBody, ImportView
from app.web.admin.documents import answers_with_file, may_clash
from app.web.admin.guard import actor


def add_transfer(api: Blueprint, desk: TransferDesk, door: Door) -> None:
    @api.post("/accounts/export")
    @validate_request(ExportBody)
    @answers_with_file("application/json")
    @may_clash
    async def export_accounts(data: ExportBody) -> Response:
        """Download accounts with their tokens, sealed with a passphrase or open."""
        return await exported(desk, door, data)

    @api.post("/accounts/import")
    @validate_request(ImportBody)
    @validate_response(ImportView)
    async def import_accounts(data: ImportBody) -> ImportView:
        """Add the accounts of a file, all or none, or tell what that would mean."""
        return await desk.bring(data, actor())


async def exported(desk: TransferDesk, door: Door, body: ExportBody) -> Response:
    """The file, for whoever knows the password. Raises Refused."""
    await door.confirm(body.password, g.peer)
    content = await desk.export(body, actor())
    kept = Response(content, content_type="application/json")
    kept.headers["content-disposition"] = 'attachment; filename="accounts.json"'
    kept.headers["cache-control"] = "no-store"
    return kept
