"""Addons: shown, configured, switched, loaded anew."""

from quart import Blueprint
from quart_schema import validate_request, validate_response

from app.admin.api.addons import AddonDesk
from app.admin.schemas.addons import AddonList, AddonOptionsBody, AddonView
from app.web.admin.documents import may_clash
from app.web.admin.guard import actor


def add_addons(api: Blueprint, desk: AddonDesk) -> None:
    @api.get("/addons")
    @validate_response(AddonList)
    async def list_addons() -> AddonList:
        """List addons in the order in which they are called."""
        return desk.all()

    @api.get("/addons/<name>")
    @validate_response(AddonView)
    async def show_addon(name: str) -> AddonView:
        """Show one addon with its options."""
        return desk.one(name)

    @api.patch("/addons/<name>/options")
    @validate_request(AddonOptionsBody)
    @validate_response(AddonView)
    @may_clash
    async def configure_addon(name: str, data: AddonOptionsBody) -> AddonView:
        """Change options; they are in force at once."""
        return await desk.configure(name, data.values, actor())

    @api.delete("/addons/<name>/options/<option>")
    @validate_response(AddonView)
    @may_clash
    async def reset_addon_option(name: str, option: str) -> AddonView:
        """Take back what was said of an option while running."""
        return await desk.reset(name, option, actor())

    _add_switching(api, desk)


def _add_switching(api: Blueprint, desk: AddonDesk) -> None:
    @api.post("/addons/<name>/enable")
    @validate_response(AddonView)
    @may_clash
    async def enable_addon(name: str) -> AddonView:
        """Switch an addon on, for requests that begin from now on."""
        return await desk.switch(name, actor(), enabled=True)

    @api.post("/addons/<name>/disable")
    @validate_response(AddonView)
    @may_clash
    async def disable_addon(name: str) -> AddonView:
        """Switch an addon off, for requests that begin from now on."""
        return await desk.switch(name, actor(), enabled=False)

    @api.post("/addons/<name>/reload")
    @validate_response(AddonView)
    @may_clash
    async def reload_addon(name: str) -> AddonView:
        """Load the file of an addon anew, with all addons in it."""
        return await desk.reload(name, actor())
