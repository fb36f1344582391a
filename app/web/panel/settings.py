"""Settings: what is in force, where it comes from, and the change of those that may change while running."""

from typing import Any

from quart import Blueprint, Response, request

from app.admin.api.settings import SettingsDesk
from app.admin.api.system import SystemDesk
from app.admin.refusals import Refused
from app.admin.schemas.settings import SettingGroup, SettingView
from app.admin.schemas.system import AuditQuery
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel.forms import Mistake, entered, shaped
from app.web.panel.frame import Frame, Notice

_AREA = "settings"


def add_settings(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of settings."""
    frame.filters["spoken"] = spoken
    _add_looking(pages, frame, desks.settings, desks.system)
    _add_changing(pages, frame, desks.settings)


def _add_looking(pages: Blueprint, frame: Frame, desk: SettingsDesk, system: SystemDesk) -> None:
    @pages.get("/settings")
    async def settings() -> Response:
        wanted = request.args.get("text", "").strip()
        groups = [
            group for each in (await desk.all()).groups if (group := _found(each, wanted, frame)).settings
        ]
        return frame.page("settings/list.html", _AREA, groups=groups, text=wanted)

    @pages.get("/settings/changes")
    async def setting_changes() -> Response:
        cursor = request.args.get("cursor", "")
        asked = {"action": "setting.", "subject": request.args.get("subject", ""), "cursor": cursor or None}
        page = await system.audit(shaped(asked, AuditQuery))
        return frame.page("settings/changes.html", _AREA, page=page)


def _add_changing(pages: Blueprint, frame: Frame, desk: SettingsDesk) -> None:
    def done(before: SettingView, after: SettingView) -> Response:
        word = "settings.was_changed" if after.effect == "now" else "settings.was_changed_later"
        said = frame.words()(word, name=after.name, old=spoken(before.value), new=spoken(after.value))
        return frame.to("/admin/settings", Notice("done", said))

    async def form(name: str, value: str, mistake: Mistake) -> Response:
        setting = await desk.one(name)
        status = 400 if mistake.text else 200
        return frame.page("settings/form.html", _AREA, status, setting=setting, value=value, mistake=mistake)

    @pages.get("/settings/<name>")
    async def setting(name: str) -> Response:
        return await form(name, spoken((await desk.one(name)).value), Mistake())

    @pages.post("/settings/<name>")
    async def change_setting(name: str) -> Response:
        value = (await entered()).get("value", "")
        before = await desk.one(name)
        try:
            return done(before, await desk.change_text(name, value, actor()))
        except Refused as error:
            return await form(name, value, Mistake(error))

    @pages.post("/settings/<name>/reset")
    async def reset_setting(name: str) -> Response:
        before = await desk.one(name)
        return done(before, await desk.reset(name, actor()))

    @pages.post("/settings/changes/<entry>/undo")
    async def undo_setting(entry: str) -> Response:
        after = await desk.undo(entry, actor())
        said = frame.words()("settings.was_undone", name=after.name, new=spoken(after.value))
        return frame.to("/admin/settings/changes", Notice("done", said))


def spoken(value: Any) -> str:
    """A value as one would write it into the environment."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case list() | tuple():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{name}={to}" for name, to in value.items())
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _found(group: SettingGroup, wanted: str, frame: Frame) -> SettingGroup:
    words, text = frame.words(), wanted.casefold()

    def fits(setting: SettingView) -> bool:
        about = words.either(f"about.{setting.name}", setting.description)
        return text in f"{setting.name} {setting.description} {about}".casefold()

    return SettingGroup(
        section=group.section,
        purpose=group.purpose,
        settings=[setting for setting in group.settings if fits(setting)],
    )
