"""One account: how it stands, what became of it, and what the operator says of it."""

from quart import Blueprint, Response, request

from app.admin.refusals import Refused
from app.admin.schemas.accounts import AccountPatch, ClearBody
from app.ids import AccountId
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel import quota_bars
from app.web.panel.accounts import AREA, bar_names
from app.web.panel.forms import Mistake, entered, shaped
from app.web.panel.frame import Frame, Notice
from app.web.panel.quota_chart import quota_chart


def add_account(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of one account."""
    desk = desks.accounts

    @pages.get("/accounts/<account>")
    async def account(account: str) -> Response:
        detail = await desk.detail(AccountId(account))
        now = frame.gateway.clock.now()
        return frame.page(
            "accounts/detail.html",
            AREA,
            detail=detail,
            one=detail.account,
            bars=quota_bars.families(detail.account, bar_names(frame), now),
            age_s=quota_bars.age_s(detail.account, now),
            old_s=quota_bars.OLD_S,
            resting=quota_bars.resting(detail.account),
            chart=quota_chart(detail.quota, frame.words(), frame.zone(), now),
        )

    @pages.post("/accounts/<account>/clear")
    async def clear_account(account: str) -> Response:
        what = (await entered()).get("what") or None
        done = await desk.clear(AccountId(account), shaped({"what": what}, ClearBody), actor())
        notice = Notice("done", frame.words()("accounts.did_clear", email=done.email))
        return frame.to(f"/admin/accounts/{account}", notice)

    _add_describing(pages, frame, desks)
    _add_removing(pages, frame, desks)


def _add_describing(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    def form(account: str, email: str, values: dict[str, str], mistake: Mistake) -> Response:
        return frame.page(
            "accounts/edit.html",
            AREA,
            400 if mistake.text else 200,
            account=account,
            email=email,
            values=values,
            mistake=mistake,
            most=frame.gateway.pool.limits.per_account,
        )

    @pages.get("/accounts/<account>/edit")
    async def editing_account(account: str) -> Response:
        one = await desks.accounts.one(AccountId(account))
        values = {"note": one.note, "concurrent": str(one.concurrent or "")}
        return form(account, one.email, values, Mistake())

    @pages.post("/accounts/<account>/edit")
    async def edit_account(account: str) -> Response:
        values = await entered()
        said = {"note": values.get("note", ""), "concurrent": values.get("concurrent") or None}
        try:
            done = await desks.accounts.update(AccountId(account), shaped(said, AccountPatch), actor())
        except Refused as error:
            if error.status == 404:
                raise
            email = (await desks.accounts.one(AccountId(account))).email
            return form(account, email, values, Mistake(error))
        notice = Notice("done", frame.words()("accounts.did_update", email=done.email))
        back = frame.came_from()
        is_list = back.partition("?")[0] == "/admin/accounts"
        return frame.to(back if is_list else f"/admin/accounts/{account}", notice)


def _add_removing(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    @pages.get("/accounts/<account>/remove")
    async def removing_account(account: str) -> Response:
        one = await desks.accounts.one(AccountId(account))
        return frame.page("accounts/remove.html", AREA, one=one, mistake=Mistake())

    @pages.post("/accounts/<account>/remove")
    async def remove_account(account: str) -> Response:
        one = await desks.accounts.one(AccountId(account))
        typed = (await request.form).get("typed", "").strip().lower()
        if typed != one.email:
            text = frame.words()("accounts.type_address")
            mistake = Mistake(Refused(400, "not_typed", text, where="typed"))
            return frame.page("accounts/remove.html", AREA, 400, one=one, mistake=mistake)
        await desks.accounts.remove(AccountId(account), actor())
        notice = Notice("done", frame.words()("accounts.did_remove", email=one.email))
        return frame.to("/admin/accounts", notice)
