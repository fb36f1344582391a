"""Addons: what each is and brings, its options, its switch. Their own views lie below `/admin/addons/NAME/`.

So that no view of an addon can stand where an action of ours does, actions lie below `/admin/addon/NAME/`.
"""

from collections.abc import Mapping
from urllib.parse import quote

from quart import Blueprint, Response

from app.admin.api.addons import AddonDesk
from app.admin.refusals import Refused
from app.admin.schemas.addons import AddonView
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel.forms import Mistake, entered
from app.web.panel.frame import Frame, Notice
from app.web.panel.option_form import changed, fields

_AREA = "addons"


def add_addons(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of addons."""
    view = _View(frame, desks.addons)
    _add_looking(pages, view)
    _add_changing(pages, view)


class _View:
    """What the pages of addons share."""

    def __init__(self, frame: Frame, desk: AddonDesk) -> None:
        self.frame = frame
        self.desk = desk

    def detail(self, name: str, mistake: Mistake, values: Mapping[str, str] | None = None) -> Response:
        """The page of one addon, with what was entered when that was not taken."""
        addon = self.desk.one(name)
        return self.frame.page(
            "addons/detail.html",
            _AREA,
            400 if mistake.text else 200,
            addon=addon,
            fields=fields(addon.options, values),
            links=_links(addon),
            mistake=mistake,
        )

    def back(self, addon: AddonView, word: str, to: str = "") -> Response:
        """To where the change was asked for."""
        said = self.frame.words()(word, name=addon.name)
        return self.frame.to(to or f"/admin/addons/{quote(addon.name)}", Notice("done", said))


def _links(addon: AddonView) -> list[str]:
    """Where its views that can be opened lie, each part fit for an address."""
    found = (view.partition(" ") for view in addon.views)
    return [quote(path) for method, _, path in found if method == "GET" and addon.enabled]


def _add_looking(pages: Blueprint, view: _View) -> None:
    @pages.get("/addons")
    async def addons() -> Response:
        return view.frame.page("addons/list.html", _AREA, addons=view.desk.all().addons)

    @pages.get("/addons/<name>")
    async def addon(name: str) -> Response:
        return view.detail(name, Mistake())


def _add_changing(pages: Blueprint, view: _View) -> None:
    @pages.post("/addons/<name>")
    async def configure_addon(name: str) -> Response:
        values = await entered()
        try:
            changes = changed(view.desk.one(name).options, values)
            if not changes:
                return view.back(view.desk.one(name), "addons.nothing_changed")
            return view.back(await view.desk.configure(name, changes, actor()), "addons.was_configured")
        except Refused as error:
            if error.status == 404:
                raise
            return view.detail(name, Mistake(error), values)

    @pages.post("/addon/<name>/options/<option>/reset")
    async def reset_option(name: str, option: str) -> Response:
        return view.back(await view.desk.reset(name, option, actor()), "addons.was_reset")

    @pages.post("/addon/<name>/enable")
    async def enable_addon(name: str) -> Response:
        shown = await view.desk.switch(name, actor(), enabled=True)
        return view.back(shown, "addons.was_enabled", view.frame.came_from())

    @pages.post("/addon/<name>/disable")
    async def disable_addon(name: str) -> Response:
        shown = await view.desk.switch(name, actor(), enabled=False)
        return view.back(shown, "addons.was_disabled", view.frame.came_from())

    @pages.post("/addon/<name>/reload")
    async def reload_addon(name: str) -> Response:
        shown = await view.desk.reload(name, actor())
        return view.back(shown, "addons.was_reloaded", view.frame.came_from())
