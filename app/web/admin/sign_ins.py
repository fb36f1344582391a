"""Signing an account in with a browser elsewhere."""

from quart import Blueprint
from quart_schema import validate_request, validate_response

from app.admin.api.oauth import SignInDesk
from app.admin.schemas.accounts import AccountView, PastedBody, SignInView
from app.web.admin.documents import asks_upstream
from app.web.admin.guard import actor, owner


def add_sign_ins(api: Blueprint, desk: SignInDesk) -> None:
    @api.post("/sign-ins")
    @validate_response(SignInView, 201)
    async def begin_sign_in() -> tuple[SignInView, int]:
        """Begin to sign an account in: gives the page to open."""
        return await desk.begin(owner()), 201

    @api.get("/sign-ins/<sign_in>")
    @validate_response(SignInView)
    async def show_sign_in(sign_in: str) -> SignInView:
        """Show a sign-in that is under way."""
        return await desk.one(sign_in, owner())

    @api.post("/sign-ins/<sign_in>")
    @validate_request(PastedBody)
    @validate_response(AccountView, 201)
    @asks_upstream
    async def finish_sign_in(sign_in: str, data: PastedBody) -> tuple[AccountView, int]:
        """Finish a sign-in with what the browser came back with."""
        return await desk.finish(sign_in, data, owner(), actor()), 201
