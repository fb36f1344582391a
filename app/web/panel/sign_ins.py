"""Ways in: an account by signing in, by its token, or many out of a file; and the way out, into a file."""

from typing import Any, Final

from quart import Blueprint, Response, request

from app.admin.auth import Door
from app.admin.refusals import Refused, refused
from app.admin.schemas.accounts import AccountBody, PastedBody
from app.admin.schemas.transfer import ExportBody, ImportBody
from app.errors import GatewayError
from app.web.admin.desks import Desks
from app.web.admin.guard import actor, owner
from app.web.admin.transfer import exported
from app.web.panel.accounts import AREA, wanted_of
from app.web.panel.forms import Mistake, entered, shaped
from app.web.panel.frame import Frame, Notice

_SHOWN: Final = 200


def add_ways_in(pages: Blueprint, frame: Frame, desks: Desks, door: Door) -> None:
    """Register the pages on which accounts come and go."""
    _add_signing_in(pages, frame, desks)
    _add_by_token(pages, frame, desks)
    _add_import(pages, frame, desks)
    _add_export(pages, frame, desks, door)


def _add_signing_in(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    async def page(sign_in: str, values: dict[str, str], mistake: Mistake) -> Response:
        shown = await desks.sign_ins.one(sign_in, owner())
        status = 400 if mistake.text else 200
        return frame.page("accounts/sign_in.html", AREA, status, shown=shown, values=values, mistake=mistake)

    @pages.post("/accounts/sign-in")
    async def begin_sign_in() -> Response:
        begun = await desks.sign_ins.begin(owner())
        return frame.to(f"/admin/accounts/sign-in/{begun.id}")

    @pages.get("/accounts/sign-in/<sign_in>")
    async def show_sign_in(sign_in: str) -> Response:
        return await page(sign_in, {"pasted": "", "email": ""}, Mistake())

    @pages.post("/accounts/sign-in/<sign_in>")
    async def finish_sign_in(sign_in: str) -> Response:
        values = {"pasted": "", "email": "", **await entered()}
        said = {"pasted": values["pasted"] or " ", "email": values["email"] or None}
        try:
            added = await desks.sign_ins.finish(sign_in, shaped(said, PastedBody), owner(), actor())
        except (Refused, GatewayError) as error:
            mistake = _beside(frame, error, "pasted")
            try:
                return await page(sign_in, values, mistake)
            except Refused:
                # A code is good for one exchange, however that ended.
                return frame.to("/admin/accounts/add", Notice("failed", mistake.text))
        return _added(frame, added.id, added.email)


def _add_by_token(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    def page(values: dict[str, str], mistake: Mistake) -> Response:
        return frame.page(
            "accounts/add.html",
            AREA,
            400 if mistake.text else 200,
            values=values,
            mistake=mistake,
            is_first=not frame.gateway.pool.snapshot(),
        )

    @pages.get("/accounts/add")
    async def adding_account() -> Response:
        return page({"email": request.args.get("email", ""), "project": ""}, Mistake())

    @pages.post("/accounts/add")
    async def add_account_by_token() -> Response:
        values = await entered()
        said = {
            "email": values.get("email", ""),
            "refresh_token": values.get("refresh_token", ""),
            "project": values.get("project") or None,
        }
        try:
            added = await desks.accounts.add(shaped(said, AccountBody), actor())
        except (Refused, GatewayError) as error:
            # The token itself is not sent back.
            return page(
                {"email": said["email"] or "", "project": said["project"] or ""}, _beside(frame, error)
            )
        return _added(frame, added.id, added.email)


def _add_import(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    @pages.get("/accounts/import")
    async def importing_accounts() -> Response:
        return frame.page("accounts/import.html", AREA, mistake=Mistake())

    @pages.post("/accounts/import")
    async def bring_accounts() -> Response:
        form, files = await request.form, await request.files
        content = form.get("content", "")
        if (file := files.get("file")) is not None and (read := file.read()):
            content = read.decode("utf-8", "replace")
        said = {"content": content, "passphrase": form.get("passphrase") or None}
        try:
            held = await desks.transfer.hold(shaped(said, ImportBody), owner())
        except Refused as error:
            return frame.page("accounts/import.html", AREA, 400, mistake=Mistake(error, frame.words().said))
        return frame.to(f"/admin/accounts/import/{held}")

    @pages.get("/accounts/import/<name>")
    async def look_at_import(name: str) -> Response:
        told = await desks.transfer.look(name, owner())
        return frame.page("accounts/import_look.html", AREA, name=name, told=told, most=_SHOWN)

    @pages.post("/accounts/import/<name>")
    async def take_import(name: str) -> Response:
        told = await desks.transfer.take(name, owner(), actor())
        words = frame.words()
        return frame.to("/admin/accounts", Notice("done", words("accounts.imported", n=len(told.accounts))))


def _add_export(pages: Blueprint, frame: Frame, desks: Desks, door: Door) -> None:
    def page(ids: list[str], values: Any, mistake: Mistake) -> Response:
        wanted = None if ids else wanted_of(values)
        return frame.page(
            "accounts/export.html",
            AREA,
            400 if mistake.text else 200,
            ids=ids,
            wanted=wanted,
            count=len(desks.batches.chosen(ids or None, wanted)),
            plain=bool(values.get("plain")),
            mistake=mistake,
        )

    @pages.get("/accounts/export")
    async def exporting_accounts() -> Response:
        return page(request.args.getlist("id"), request.args, Mistake())

    @pages.post("/accounts/export")
    async def export_accounts() -> Response:
        form = await request.form
        ids = form.getlist("id")
        if "password" not in form:  # chosen in the list, nothing said yet
            return page(ids, form, Mistake())
        said = {
            "password": form.get("password", ""),
            "passphrase": None if form.get("plain") else form.get("passphrase", ""),
            **({"ids": ids} if ids else {"filter": wanted_of(form)}),
        }
        try:
            return await exported(desks.transfer, door, shaped(said, ExportBody))
        except Refused as error:
            return page(ids, form, Mistake(error, frame.words().said))


def _added(frame: Frame, account: str, email: str) -> Response:
    notice = Notice("done", frame.words()("accounts.did_add", email=email))
    return frame.to(f"/admin/accounts/{account}", notice)


def _beside(frame: Frame, error: Refused | GatewayError, where: str | None = None) -> Mistake:
    """What is wrong, for the field that it names or, where it names none, for `where`."""
    told = error if isinstance(error, Refused) else refused(error)
    beside = Refused(told.status, told.code, told.message, where=told.where or where)
    return Mistake(beside, frame.words().said)
