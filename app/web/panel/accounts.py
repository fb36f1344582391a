"""Accounts: the list with its filter in the address, and what is done to one or many of them."""

from collections.abc import Sequence
from typing import Any, Final

from quart import Blueprint, Response, request

from app.admin.refusals import Refused
from app.admin.schemas.accounts import AccountFilter, AccountList, AccountQuery, BatchBody, BatchView
from app.admin.schemas.refreshes import RunView
from app.ids import AccountId
from app.pool.model import State
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel import quota_bars
from app.web.panel.forms import Mistake, shaped
from app.web.panel.frame import Frame, Notice

AREA: Final = "accounts"
STATES: Final = (*(state.value for state in State), "waiting", "needs_you")
ORDERS: Final = ("attention", "name", "quota", "busy", "newest")
_DIRECT: Final = ("enable", "disable", "refresh")
_ACTIONS: Final = (*_DIRECT, "remove")


def add_accounts(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the list, its rows' actions and its batches."""
    view = _View(frame, desks)

    @pages.get("/accounts")
    async def accounts() -> Response:
        asked = {name: request.args.get(name, "").strip() for name in ("text", "state", "sort", "cursor")}
        query = shaped({name: value for name, value in asked.items() if value}, AccountQuery)
        return await view.listed(query)

    @pages.post("/accounts/<account>/<any(enable,disable,refresh):verb>")
    async def act_on_account(account: str, verb: str) -> Response:
        desk = desks.accounts
        if verb == "refresh":
            done = await desk.refresh(AccountId(account), actor())
        else:
            done = await desk.switch(AccountId(account), actor(), enabled=verb == "enable")
        return view.back(frame.words()(f"accounts.did_{verb}", email=done.email))

    _add_batches(pages, view)


class _View:
    """What the pages of the list share."""

    def __init__(self, frame: Frame, desks: Desks) -> None:
        self.frame = frame
        self.desks = desks

    async def listed(self, query: AccountQuery) -> Response:
        """The list."""
        listed = await self.desks.accounts.all(query)
        run = await self.desks.refreshes.shown()
        return self.frame.page(
            "accounts/list.html",
            AREA,
            listed=listed,
            query=query,
            states=STATES,
            orders=ORDERS,
            families=bar_names(self.frame),
            bars=quota_bars.families,
            age_s=quota_bars.age_s,
            resting=quota_bars.resting,
            old_s=quota_bars.OLD_S,
            job=run,
            run_items=await self._items(run, listed),
        )

    async def _items(self, run: RunView | None, listed: AccountList) -> dict[str, Any]:
        if run is None or run.is_over:
            return {}
        return dict(await self.desks.refreshes.items_of(run.id, [one.id for one in listed.accounts]))

    def back(self, text: str, kind: str = "done") -> Response:
        """To where the change was asked for."""
        return self.frame.to(self.frame.came_from() or "/admin/accounts", Notice(kind, text))

    def batch(
        self, ids: Sequence[str], wanted: AccountFilter | None, action: str, mistake: Mistake | None = None
    ) -> Response:
        """What would be done to how many; without an action, what could be."""
        chosen = self.desks.batches.chosen(ids or None, wanted)
        return self.frame.page(
            "accounts/batch.html",
            AREA,
            400 if mistake else 200,
            count=len(chosen),
            ids=ids,
            wanted=wanted,
            action=action,
            actions=_ACTIONS,
            mistake=mistake or Mistake(),
        )

    def told(self, done: BatchView) -> Response:
        """To the list, with how many it was done to."""
        words = self.frame.words()
        notice = Notice("done", words(f"accounts.batch_did_{done.action}", n=done.done))
        if done.failed:
            failed = words(
                "accounts.batch_failed", n=len(done.failed), why=words.said(done.failed[0].message)
            )
            notice = Notice("failed", f"{notice.text} {failed}")
        back = self.frame.came_from()
        is_list = back.partition("?")[0] == "/admin/accounts"
        return self.frame.to(back if is_list else "/admin/accounts", notice)


def _add_batches(pages: Blueprint, view: _View) -> None:
    @pages.get("/accounts/batch")
    async def all_that_match() -> Response:
        return view.batch((), wanted_of(request.args), request.args.get("action", ""))

    @pages.post("/accounts/batch")
    async def do_batch() -> Response:
        form = await request.form
        ids, action = form.getlist("id"), form.get("action", "")
        wanted = None if ids else wanted_of(form)
        if not ids and "matching" not in form:
            raise Refused(400, "nothing_chosen", "Choose accounts first.")
        if action not in _DIRECT and "confirmed" not in form:
            return view.batch(ids, wanted, action)
        count = len(view.desks.batches.chosen(ids or None, wanted))
        if action == "remove" and form.get("typed", "").strip() != str(count):
            text = view.frame.words()("accounts.type_number", n=count)
            mistake = Mistake(Refused(400, "not_typed", text, where="typed"))
            return view.batch(ids, wanted, action, mistake)
        body = shaped({"action": action, "ids": ids or None, "filter": wanted}, BatchBody)
        return view.told(await view.desks.batches.do(body, actor()))


def wanted_of(values: Any) -> AccountFilter:
    """The filter in an address or a form. Raises Refused."""
    asked = {name: values.get(name, "").strip() for name in ("text", "state")}
    return shaped({name: value for name, value in asked.items() if value}, AccountFilter)


def bar_names(frame: Frame) -> quota_bars.Names:
    """What the quota groups of the offered models and their windows are called; the largest group first."""
    words = frame.words()
    groups = [profile.group for profile in frame.gateway.catalog.listed()]
    order = sorted(set(groups), key=lambda group: (-groups.count(group), group))
    return quota_bars.Names(
        {group: words.either(f"accounts.family_{group}", group) for group in order},
        {span: words.either(f"accounts.span_{span}", span) for span in quota_bars.SPANS},
    )
