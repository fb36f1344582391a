"""Client keys."""

from quart import Blueprint
from quart_schema import validate_querystring, validate_request, validate_response

from app.admin.api.keys import KeyDesk
from app.admin.schemas.keys import (
    FreshKeyView,
    KeyBody,
    KeyList,
    KeyPatch,
    KeyQuery,
    KeyView,
    PresetList,
    RotateBody,
)
from app.web.admin.documents import may_clash
from app.web.admin.guard import actor


def add_keys(api: Blueprint, desk: KeyDesk) -> None:
    """Register the routes of keys."""
    _add_looking(api, desk)
    _add_making(api, desk)
    _add_changing(api, desk)


def _add_looking(api: Blueprint, desk: KeyDesk) -> None:
    @api.get("/keys")
    @validate_querystring(KeyQuery)
    @validate_response(KeyList)
    async def list_keys(query_args: KeyQuery) -> KeyList:
        """List keys, newest first."""
        return await desk.all(query_args)

    @api.get("/keys/presets")
    @validate_response(PresetList)
    async def list_key_presets() -> PresetList:
        """Tell what a new key may start from."""
        return PresetList(presets=list(desk.presets()))

    @api.get("/keys/<key>")
    @validate_response(KeyView)
    async def show_key(key: str) -> KeyView:
        """Show a key, without what is secret about it."""
        return await desk.one(key)


def _add_making(api: Blueprint, desk: KeyDesk) -> None:
    @api.post("/keys")
    @validate_request(KeyBody)
    @validate_response(FreshKeyView, 201)
    async def create_key(data: KeyBody) -> tuple[FreshKeyView, int]:
        """Make a key. It is told this once."""
        return await desk.create(data, actor()), 201

    @api.post("/keys/<key>/rotate")
    @validate_request(RotateBody)
    @validate_response(FreshKeyView, 201)
    @may_clash
    async def rotate_key(key: str, data: RotateBody) -> tuple[FreshKeyView, int]:
        """Make a key that may do the same; the old one ends after some hours."""
        return await desk.rotate(key, data, actor()), 201


def _add_changing(api: Blueprint, desk: KeyDesk) -> None:
    @api.patch("/keys/<key>")
    @validate_request(KeyPatch)
    @validate_response(KeyView)
    @may_clash
    async def update_key(key: str, data: KeyPatch) -> KeyView:
        """Say anew what a key is called and may do."""
        return await desk.update(key, data, actor())

    @api.post("/keys/<key>/pause")
    @validate_response(KeyView)
    @may_clash
    async def pause_key(key: str) -> KeyView:
        """Refuse a key until it is resumed."""
        return await desk.pause(key, actor())

    @api.post("/keys/<key>/resume")
    @validate_response(KeyView)
    @may_clash
    async def resume_key(key: str) -> KeyView:
        """Let a paused key work again."""
        return await desk.resume(key, actor())

    @api.delete("/keys/<key>")
    async def revoke_key(key: str) -> tuple[str, int]:
        """Make a key useless, for good. It stays in the list, as revoked."""
        await desk.revoke(key, actor())
        return "", 204
