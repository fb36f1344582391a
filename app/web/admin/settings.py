"""Settings: shown, changed where that is possible while running, put back."""

from quart import Blueprint
from quart_schema import validate_request, validate_response

from app.admin.api.settings import SettingsDesk
from app.admin.schemas.settings import SettingBody, SettingList, SettingView
from app.web.admin.documents import may_clash
from app.web.admin.guard import actor


def add_settings(api: Blueprint, desk: SettingsDesk) -> None:
    @api.get("/settings")
    @validate_response(SettingList)
    async def list_settings() -> SettingList:
        """List settings with their values in force and where those came from."""
        return await desk.all()

    @api.get("/settings/<name>")
    @validate_response(SettingView)
    async def show_setting(name: str) -> SettingView:
        """Show one setting."""
        return await desk.one(name)

    @api.put("/settings/<name>")
    @validate_request(SettingBody)
    @validate_response(SettingView)
    @may_clash
    async def change_setting(name: str, data: SettingBody) -> SettingView:
        """Put a knob to a value; it is in force at once."""
        return await desk.change(name, data.value, actor())

    @api.delete("/settings/<name>")
    @validate_response(SettingView)
    @may_clash
    async def reset_setting(name: str) -> SettingView:
        """Take back what was said of a knob while running."""
        return await desk.reset(name, actor())

    @api.post("/audit/<entry>/undo")
    @validate_response(SettingView)
    @may_clash
    async def undo_setting(entry: str) -> SettingView:
        """Put a knob back to what it was before a change."""
        return await desk.undo(entry, actor())
