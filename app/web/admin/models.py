"""Models, their other names, and who steps in for them."""

from quart import Blueprint
from quart_schema import validate_querystring, validate_request, validate_response

from app.admin.api.models import ModelDesk
from app.admin.schemas.models import (
    AliasesBody,
    AliasList,
    ModelList,
    ModelView,
    Resolution,
    ResolveQuery,
)
from app.web.admin.documents import may_clash
from app.web.admin.guard import actor


def add_models(api: Blueprint, desk: ModelDesk) -> None:
    @api.get("/models")
    @validate_response(ModelList)
    async def list_models() -> ModelList:
        """List models and aliases with who can serve them now."""
        return await desk.all()

    @api.get("/models/aliases")
    @validate_response(AliasList)
    async def list_aliases() -> AliasList:
        """List names and fallbacks that the operator chose."""
        return await desk.aliases()

    @api.put("/models/aliases")
    @validate_request(AliasesBody)
    @validate_response(AliasList)
    @may_clash
    async def set_aliases(data: AliasesBody) -> AliasList:
        """Say all names and fallbacks anew; they are in force at once."""
        return await desk.set_aliases(data, actor())

    @api.get("/models/resolve")
    @validate_querystring(ResolveQuery)
    @validate_response(Resolution)
    async def resolve_model(query_args: ResolveQuery) -> Resolution:
        """Tell which models would be asked for a name, in order."""
        return await desk.resolve(query_args.model, query_args.key)

    @api.get("/models/<path:model>")
    @validate_response(ModelView)
    async def show_model(model: str) -> ModelView:
        """Show one model or alias."""
        return await desk.one(model)

    @api.post("/models/<path:model>/hide")
    @validate_response(ModelView)
    @may_clash
    async def hide_model(model: str) -> ModelView:
        """Leave a model out of lists; who asks for it by name still gets it."""
        return await desk.hide(model, actor(), hidden=True)

    @api.post("/models/<path:model>/list")
    @validate_response(ModelView)
    @may_clash
    async def relist_model(model: str) -> ModelView:
        """List a hidden model again."""
        return await desk.hide(model, actor(), hidden=False)
